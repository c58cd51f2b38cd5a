"""Engines that die, and what becomes of their rows. Ray is replaced by calls in this process."""

from types import SimpleNamespace

import pytest
from ray.exceptions import ActorDiedError, ObjectLostError

from laurel_cluster import engine_pool
from laurel_cluster.engine_pool import MOST_ATTEMPTS, EnginePool
from laurel_cluster.errors import ClusterError
from laurel_cluster.settings import Inference

ROWS = [{"row": row, "ids": [row], "seeds": [1], "samples": [0]} for row in range(3)]
REQUEST = {"kind": "generate", "rows": ROWS}


class Engine:
    """Answers a row at a time, and fails after so many of them (never if None)."""

    def __init__(self, fails_after, error):
        self.ready = SimpleNamespace(remote=lambda: "ready")
        self.generate = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=self._answer))
        self._left, self._error = fails_after, error

    def _answer(self, _request, rows):
        for row in rows:
            if self._left == 0:
                yield self._error
                return
            self._left = None if self._left is None else self._left - 1
            yield [{"row": row["row"], "sample": 0}]


@pytest.fixture
def pool_of(monkeypatch):
    killed = []

    def got(value):
        if isinstance(value, Exception):
            raise value
        return value

    def make(engines):
        waiting = iter(engines)
        actor = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda *_: next(waiting)))
        fake = SimpleNamespace(remote=lambda _: actor, get=got, wait=lambda refs, **_: (refs, []), kill=killed.append)
        monkeypatch.setattr(engine_pool, "ray", fake)
        return EnginePool("model", "float32", Inference(replicas=1), gpus=0, nodes=1)

    return make, killed


def answered(pool):
    items = []
    pool.answer(REQUEST, ROWS, items.extend, lambda: False)
    return [item["row"] for item in items]


@pytest.mark.parametrize("error", [ActorDiedError(), ObjectLostError("ref", None, "")], ids=["process", "answer on a lost node"])
def test_another_engine_takes_the_remaining_rows_of_one_that_is_lost(pool_of, error):
    make, killed = pool_of
    lost = Engine(2, error)
    assert answered(make([lost, Engine(None, None)])) == [0, 1, 2]
    assert killed == [lost]


def test_rows_that_keep_losing_their_engine_fail(pool_of):
    make, _ = pool_of
    with pytest.raises(ClusterError, match=f"died {MOST_ATTEMPTS} times") as failure:
        answered(make([Engine(0, ActorDiedError()) for _ in range(MOST_ATTEMPTS)]))
    assert failure.value.code == "ENGINE_LOST"
