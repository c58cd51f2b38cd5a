"""Writes the files in this folder with the tools that users get them from. See README.md."""

import gzip
import json
import shutil
import tempfile
import uuid
from pathlib import Path

import alpaca_eval.annotators.base
import argilla as rg
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import yaml
import zstandard
from alpaca_eval.annotators import PairwiseAnnotator
from argilla.records._io import GenericIO, JsonIO
from datasets import Dataset, DatasetDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData
from label_studio_sdk.converter import Converter

here = Path(__file__).parent


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


pairs = [
    {
        "prompt": f"What is {i} plus {i}?",
        "chosen": [user(f"What is {i} plus {i}?"), assistant(f"{2 * i}.")],
        "rejected": [user(f"What is {i} plus {i}?"), assistant(f"It is {2 * i + 1}, naïvely: “ja”.")],
        "score_chosen": 8.5,
        "score_rejected": 3.0 + i / 10,
        "prompt_id": 9007199254740993 + i,
    }
    for i in range(1, 7)
]


def parquet():
    table = pa.Table.from_pylist(pairs)
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        pq.write_table(table, here / f"pairs-{codec}.parquet", compression=codec, row_group_size=4)
    tasks = [
        {"instruction": "Sort the letters.", "context": "b a", "response": "a b", "label": None, "added": 1},
        {"instruction": "Name a sea.", "context": None, "response": "The North Sea.", "label": None, "added": None},
    ]
    schema = pa.schema(
        [("instruction", pa.large_string()), ("context", pa.string()), ("response", pa.dictionary(pa.int32(), pa.string()))]
        + [("label", pa.null()), ("added", pa.timestamp("ms"))]
    )
    pq.write_table(pa.Table.from_pylist(tasks, schema=schema), here / "tasks.parquet")
    with pa.ipc.new_stream(here / "tasks.arrow", schema) as stream:
        stream.write_table(pa.Table.from_pylist(tasks, schema=schema))
    pq.write_table(pa.table({"prompt": pa.array([], pa.string())}), here / "no-rows.parquet")


def arrow():
    table = pa.Table.from_pylist([{**pair, "token_ids": [1, 2 + i]} for i, pair in enumerate(pairs)])
    for codec in ["uncompressed", "zstd", "lz4"]:
        feather.write_feather(table, here / f"pairs-{codec}.feather", compression=codec, chunksize=4)


def saved_folders():
    """As save_to_disk lays data sets out: one with a file of an earlier map() beside it, and one with splits."""
    data = Dataset.from_list(pairs)
    data.save_to_disk(here / "saved-dataset", num_shards=2)
    data.select([0]).save_to_disk(here / "saved-dataset" / "earlier")
    (here / "saved-dataset" / "earlier" / "data-00000-of-00001.arrow").rename(here / "saved-dataset" / "cache-1f0e.arrow")
    shutil.rmtree(here / "saved-dataset" / "earlier")
    DatasetDict({"train": data, "test_prefs": data.select(range(2))}).save_to_disk(here / "saved-splits")


def compressed():
    data = Dataset.from_list([{"prompt": f"Prompt {i}", "completion": f"Completion {i}"} for i in range(3)])
    data.to_json(here / "rows.jsonl.gz", compression="gzip")
    data.to_csv(here / "rows.csv", index=False)
    (here / "rows.csv.gz").write_bytes(gzip.compress((here / "rows.csv").read_bytes(), mtime=0))
    (here / "rows.csv").unlink()
    text = "".join(json.dumps(row) + "\n" for row in data)
    (here / "rows.jsonl.zst").write_bytes(zstandard.compress(text.encode()))
    # several members, as `cat a.gz b.gz` makes them
    halves = text.splitlines(keepends=True)
    (here / "members.jsonl.gz").write_bytes(b"".join(gzip.compress(half.encode(), mtime=0) for half in halves))
    (here / "members.jsonl.zst").write_bytes(b"".join(zstandard.compress(half.encode()) for half in halves))


def tables():
    """Lists in cells: pandas prints Python's lists, datasets prints NumPy's arrays."""
    rows = [
        {"messages": [user('Say "hi",\nor it\'s \\n.'), assistant("Hi: ünï 👩‍🚀")], "note": None},
        {"messages": [user("Write a list."), assistant("[1, 2]")], "note": "x"},
    ]
    pd.DataFrame(rows).to_csv(here / "messages-pandas.csv", index=False)
    Dataset.from_list(rows).to_csv(here / "messages-datasets.csv", index=False)
    steps = [{"prompt": "p", "completions": ["it's", 'b"'], "labels": [True, True]}, {"prompt": "q", "completions": ["c"], "labels": [False]}]
    pd.DataFrame(steps).to_csv(here / "steps-pandas.csv", index=False)
    Dataset.from_list(steps).to_csv(here / "steps-datasets.csv", index=False)


def hub_folder():
    """As push_to_hub lays a data set out: shards, and a card whose front matter names them."""
    folder = here / "hub-folder"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    data = DatasetDict({"train": Dataset.from_list(pairs), "test_prefs": Dataset.from_list(pairs[:2])})
    for i in range(2):
        data["train"].shard(2, i, contiguous=True).to_parquet(folder / "data" / f"train-0000{i}-of-00002.parquet")
    data["test_prefs"].to_parquet(folder / "data" / "test_prefs-00000-of-00001.parquet")
    card = DatasetCardData()
    splits = [{"split": name, "path": f"data/{name}-*"} for name in ["train", "test_prefs"]]
    MetadataConfigs({"default": {"data_files": splits}}).to_dataset_card_data(card)
    DatasetCard(f"---\n{card}\n---\n\nSix sums.\n").save(folder / "README.md")


def argilla_records():
    users = [uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)]

    def record(number, choices, **more):
        responses = [rg.Response("better", choice, user_id=user) for choice, user in zip(choices, users)]
        fields = {"prompt": f"Question {number}", "response_a": f"First {number}", "response_b": f"Second {number}"}
        return rg.Record(id=str(number), fields=fields, responses=responses, **more)

    suggestion = rg.Suggestion("better", "response_a", score=0.9, agent="judge")
    pairs = [
        record(1, ["response_b"], metadata={"source": "x"}, suggestions=[suggestion]),
        record(2, ["response_a", "response_b", "response_a"]),
        record(3, ["response_a", "response_b"]),
        record(4, [], suggestions=[suggestion]),
        record(5, ["tie"]),
        record(6, []),
    ]
    places = [
        rg.Record(
            id="1",
            fields={"prompt": "Rank.", "generation-0": "worse", "generation-1": "best", "generation-2": "worst"},
            responses=[rg.Response("ranking", ["generation-1", "generation-0", "generation-2"], user_id=users[0])],
        )
    ]
    texts = [
        rg.Record(
            id="1",
            fields={"instruction": "Say hello.", "response": "helo"},
            responses=[rg.Response("corrected_response", "Hello.", user_id=users[0]), rg.Response("note", "typo", user_id=users[0])],
        )
    ]
    for name, records in [("pairs", pairs), ("ranking", places), ("texts", texts)]:
        path = here / f"argilla-{name}.json"
        path.unlink(missing_ok=True)
        JsonIO.to_json(records, path)
    Dataset.from_list(GenericIO.to_list(pairs, flatten=True)).to_parquet(here / "argilla-pairs.parquet")


def label_studio():
    config = """<View><Text name="prompt" value="$prompt"/><Text name="answer1" value="$answer1"/><Text name="answer2" value="$answer2"/>
    <Pairwise name="comparison" toName="answer1,answer2"/><TextArea name="reason" toName="prompt"/></View>"""

    def annotation(number, selected, cancelled=False):
        result = [{"id": "x", "from_name": "comparison", "to_name": "answer1,answer2", "type": "pairwise", "value": {"selected": selected}}]
        result.append({"id": "y", "from_name": "reason", "to_name": "prompt", "type": "textarea", "value": {"text": ["It is right."]}})
        times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "lead_time": 2.5}
        return {"id": number, "completed_by": {"id": 1}, "was_cancelled": cancelled, "result": result, **times}

    def task(number, *annotations):
        data = {"prompt": f"Question {number}", "answer1": f"First {number}", "answer2": f"Second {number}"}
        return {"id": number, "data": data, "annotations": list(annotations), "predictions": []}

    tasks = [task(1, annotation(1, "left")), task(2, annotation(2, "right")), task(3, annotation(3, "left", cancelled=True)), task(4)]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "tasks.json"
        source.write_text(json.dumps(tasks))
        for form, name in [("JSON", "json"), ("JSON_MIN", "min.json"), ("CSV", "csv")]:
            Converter(config, folder).convert(str(source), f"{folder}/{form}", form, is_dir=False)
            [written] = Path(f"{folder}/{form}").iterdir()
            (here / f"label-studio.{name}").write_bytes(written.read_bytes())


def alpaca_eval_annotations():
    """With a judge that asks no model: AlpacaEval swaps the outputs of some rows itself."""

    def judge(prompts, **_):
        def choice(prompt):
            wanted = "Answer" if int(prompt.split("Question ")[1][0]) % 2 else "Reference"
            return "Output (a)" if prompt.splitlines()[2].startswith(wanted) else "Output (b)"

        answers = [choice(prompt) for prompt in prompts]
        return {"completions": answers, "price_per_example": [0.0] * len(prompts), "time_per_example": [0.1] * len(prompts)}

    def outputs(text, generator):
        return [{"dataset": "sums", "instruction": f"Question {i}", "output": text.format(i) + "!" * i, "generator": generator} for i in range(4)]

    alpaca_eval.annotators.base.get_fn_completions = lambda name: judge
    with tempfile.TemporaryDirectory() as folder:
        prompt = Path(folder) / "prompt.txt"
        prompt.write_text("<|im_start|>user\n{instruction}\n{output_1}\n{output_2}\nWhich?<|im_end|>\n")
        config = {"prompt_template": str(prompt), "fn_completions": "judge", "completions_kwargs": {"model_name": "none"}, "batch_size": 1}
        config["completion_parser_kwargs"] = {"outputs_to_match": {1: r"Output \(a\)", 2: r"Output \(b\)"}}
        (Path(folder) / "configs.yaml").write_text(yaml.safe_dump({"sums": config}))
        annotator = PairwiseAnnotator(annotators_config=Path(folder) / "configs.yaml", caching_path=None)
        rows = annotator.annotate_head2head(outputs_1=outputs("Reference {}", "base"), outputs_2=outputs("Answer {}", "mine"))
    (here / "alpaca-eval-annotations.json").write_text(json.dumps(rows, indent=4))
    (here / "alpaca-eval-outputs.json").write_text(json.dumps(outputs("Answer {}", "mine"), indent=4))


def plain_folder():
    """Without a card: the names of the files tell the splits."""
    folder = here / "plain-folder"
    folder.mkdir(exist_ok=True)
    rows = Dataset.from_list([{"instruction": f"Task {i}", "output": f"Answer {i}"} for i in range(4)])
    rows.select(range(3)).to_json(folder / "train.jsonl")
    rows.select([3]).to_json(folder / "validation.jsonl")


if __name__ == "__main__":
    parquet()
    arrow()
    saved_folders()
    compressed()
    tables()
    hub_folder()
    plain_folder()
    argilla_records()
    label_studio()
    alpaca_eval_annotations()
