"""What an engine keeps of requests that fail, are stopped, or are left: nothing. vLLM is replaced by a list of requests in this process."""

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from laurel_cluster.errors import ClusterError
from laurel_cluster.storage import Storage
from laurel_cluster.vllm_engine import VllmEngine

MOST = 8  # tokens of a text, max_model_len
REFUSED = 99
SAMPLING = {"temperature": 1.0, "topP": 1.0, "topK": 0, "minNewTokens": 0, "stop": []}
GENERATE = {"kind": "generate", "sampling": SAMPLING, "stopTokens": [2]}
SCORE = {"kind": "score", "top": 0, "choicesOnly": False}


class Scheduler:
    """vLLM's engine: answers one request a step with its own token ids. Refuses a token, and breaks after so many steps."""

    def __init__(self):
        self.model_config = SimpleNamespace(max_model_len=MOST)
        self.waiting = {}
        self.breaks_after = None

    def add_request(self, name, prompt, params):
        ids = prompt["prompt_token_ids"]
        self.waiting[name] = ids  # vLLM may refuse a request of which it has noted a part
        if REFUSED in ids or len(ids) >= MOST:
            raise ValueError("refused")

    def has_unfinished_requests(self):
        return bool(self.waiting)

    def step(self):
        if self.breaks_after == 0:
            raise RuntimeError("a kernel failed")
        self.breaks_after = None if self.breaks_after is None else self.breaks_after - 1
        name = next(iter(self.waiting))
        ids = self.waiting.pop(name)
        answer = SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=[{}])
        scored = [None, *[{token: SimpleNamespace(logprob=-1.0)} for token in ids[1:]]]
        return [SimpleNamespace(request_id=name, finished=True, outputs=[answer], prompt_token_ids=ids, prompt_logprobs=scored)]

    def abort_request(self, names):
        for name in names:
            self.waiting.pop(name, None)


def use_scheduler(scheduler, monkeypatch):
    """Replaces vLLM. Returns the folders from which models are loaded."""
    folders = []

    def load(model, **_):
        folders.append(Path(model))
        return SimpleNamespace(llm_engine=scheduler)

    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(LLM=load, SamplingParams=lambda **_: None))
    auto = SimpleNamespace(from_pretrained=lambda _: SimpleNamespace(max_position_embeddings=MOST - 1))
    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace(AutoConfig=auto))
    return folders


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """An engine and its scheduler."""
    scheduler = Scheduler()
    use_scheduler(scheduler, monkeypatch)
    monkeypatch.setattr("laurel_cluster.vllm_engine.BATCH_SECONDS", 0)
    return VllmEngine(str(tmp_path), "model", "float32", {}), scheduler


def test_an_engine_loads_its_own_nodes_copy_of_a_model_in_a_bucket(tmp_path, monkeypatch):
    monkeypatch.setenv("LAUREL_CACHE", str(tmp_path))
    Storage("memory://bucket").write("models/abc/config.json", b"{}")
    folders = use_scheduler(Scheduler(), monkeypatch)
    VllmEngine("memory://bucket", "models/abc", "float32", {})
    assert [(folder / "config.json").read_text() for folder in folders] == ["{}"]


def rows_of(*texts):
    return [{"row": row, "ids": ids, "seeds": [1, 2], "samples": [0, 1], "room": 4} for row, ids in enumerate(texts)]


def to_score(*texts):
    return [{"row": row, "ids": ids, "samples": [0], "at": {"positions": [len(ids)], "choices": []}} for row, ids in enumerate(texts)]


def items_of(batches):
    return [item for batch in batches for item in batch]


def answered(engine, number, *texts):
    return [(item["row"], item["sample"]) for item in items_of(engine.generate(number, GENERATE, rows_of(*texts)))]


LONG = [1] * MOST


def test_a_row_that_max_model_len_excludes_is_left_out_and_the_others_are_answered(engine):
    items = items_of(engine[0].generate(1, GENERATE, rows_of([1], LONG, [1] * (MOST - 1))))
    left_out = [item for item in items if "leftOut" in item]
    assert [(item["row"], item["sample"]) for item in left_out] == [(1, 0), (1, 1)]
    assert "8 tokens" in left_out[0]["leftOut"]
    assert "max_model_len" in left_out[0]["leftOut"]
    assert sorted((item["row"], item["sample"]) for item in items if "leftOut" not in item) == [(0, 0), (0, 1), (2, 0), (2, 1)]


def test_a_row_that_is_too_long_to_score_is_left_out_as_well(engine):
    items = items_of(engine[0].score(1, SCORE, to_score([1, 2], LONG)))
    assert [(item["row"], "leftOut" in item) for item in items] == [(1, True), (0, False)]


def test_a_refused_row_fails_its_request_and_not_the_next(engine):
    with pytest.raises(ClusterError, match="refuses a row of 2 tokens"):
        answered(engine[0], 1, [1], [1, REFUSED])
    assert engine[1].waiting == {}
    assert answered(engine[0], 2, [5]) == [(0, 0), (0, 1)]


def test_the_error_of_a_refused_row_crosses_to_another_process():
    error = pickle.loads(pickle.dumps(ClusterError("BAD_INPUT", "refused", "Shorten it.")))
    assert (error.code, str(error), error.remedy) == ("BAD_INPUT", "refused", "Shorten it.")


def test_an_error_in_the_middle_of_a_request_leaves_none_of_it(engine):
    engine[1].breaks_after = 1
    with pytest.raises(RuntimeError, match="a kernel failed"):
        answered(engine[0], 1, [1], [2])
    assert engine[1].waiting == {}


def test_a_reader_that_leaves_early_leaves_none_of_it(engine):
    batches = engine[0].generate(1, GENERATE, rows_of([1], [2]))
    next(batches)
    batches.close()
    assert engine[1].waiting == {}


def test_a_stop_is_for_its_request_alone_even_if_it_comes_first(engine):
    engine[0].stop(1)
    assert answered(engine[0], 1, [1], [2]) == []
    assert engine[1].waiting == {}
    batches = engine[0].generate(2, GENERATE, rows_of([1], [2]))
    first = next(batches)
    engine[0].stop(1)  # late
    assert len(first + items_of(batches)) == 4


def test_a_stop_between_texts_and_choices_ends_both(engine):
    batches = engine[0].score(1, SCORE, to_score([1, 2], [3, 4]))
    engine[0].stop(1)
    assert items_of(batches) == []
    assert engine[1].waiting == {}
