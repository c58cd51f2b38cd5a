"""Writes the files in this folder with the tools that users get them from. See README.md."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from datasets import Dataset, DatasetDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData

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
    pq.write_table(pa.table({"prompt": pa.array([], pa.string())}), here / "no-rows.parquet")


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


def plain_folder():
    """Without a card: the names of the files tell the splits."""
    folder = here / "plain-folder"
    folder.mkdir(exist_ok=True)
    rows = Dataset.from_list([{"instruction": f"Task {i}", "output": f"Answer {i}"} for i in range(4)])
    rows.select(range(3)).to_json(folder / "train.jsonl")
    rows.select([3]).to_json(folder / "validation.jsonl")


if __name__ == "__main__":
    parquet()
    compressed()
    hub_folder()
    plain_folder()
