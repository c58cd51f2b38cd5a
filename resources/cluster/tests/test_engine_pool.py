"""Engines that die, fail, or are stopped, and what becomes of their rows. Ray is replaced by calls in this process."""

import threading
from types import SimpleNamespace

import pytest
from ray.exceptions import ActorDiedError, ObjectLostError, RayTaskError

from laurel_cluster import engine_pool, room
from laurel_cluster.engine_pool import MOST_ATTEMPTS, EnginePool, _Work
from laurel_cluster.errors import ClusterError, Stopped
from laurel_cluster.settings import Inference, Settings, busy_rows, engines_of

ROWS = [{"row": row, "ids": [row], "seeds": [1], "samples": [0]} for row in range(3)]
REQUEST = {"kind": "generate", "rows": ROWS}


class Engine:
    """Answers a row at a time, and fails after so many of them (never if None)."""

    def __init__(self, fails_after=None, error=None):
        self.ready = SimpleNamespace(remote=lambda: "ready")
        self.stop = SimpleNamespace(remote=lambda _: None)
        self.generate = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=self._answer))
        self._left, self._error = fails_after, error

    def _answer(self, _number, _request, rows):
        for row in rows:
            if self._left == 0:
                yield self._error
                return
            self._left = None if self._left is None else self._left - 1
            yield [{"row": row["row"], "sample": 0}]


class SlowEngine(Engine):
    """Answers a row, and then works until it is stopped."""

    def __init__(self):
        super().__init__()
        self.has_begun, self.is_stopped, self.has_ended = (threading.Event() for _ in range(3))
        self.stop = SimpleNamespace(remote=self._stop)

    def _stop(self, number):
        self.is_stopped.set()

    def _answer(self, _number, _request, rows):
        self.has_begun.set()
        yield [{"row": rows[0]["row"], "sample": 0}]
        assert self.is_stopped.wait(10)
        self.has_ended.set()


class FailingEngine(Engine):
    """Fails while another works."""

    def __init__(self, other, error):
        super().__init__()
        self._other, self._failure = other, error

    def _answer(self, _number, _request, _rows):
        assert self._other.has_begun.wait(10)
        yield self._failure


def raised(cause):
    """As Ray raises an engine's error."""
    return RayTaskError("generate", "", cause).as_instanceof_cause()


@pytest.fixture
def pool_of(monkeypatch):
    killed = []

    def got(value):
        if isinstance(value, Exception):
            raise value
        return value

    def make(engines, replicas=1, *, ready=True, nodes=({"Resources": {"CPU": 2}},), room_seconds=60):
        waiting = iter(engines)
        actor = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda *_: next(waiting)))
        fake = SimpleNamespace(remote=lambda _: actor, get=got, wait=lambda refs, **_: (refs if ready else [], []), kill=killed.append)
        monkeypatch.setattr(engine_pool, "ray", fake)
        monkeypatch.setattr(room, "working_nodes", lambda: list(nodes))
        settings = Settings(Inference(replicas=replicas), room_seconds=room_seconds)
        return EnginePool("memory://laurel", "models/abc", "float32", settings, gpus=0, nodes=1)

    return make, killed


def answered(pool):
    items = []
    pool.answer(REQUEST, ROWS, items.extend, lambda: False)
    return [item["row"] for item in items]


@pytest.mark.parametrize("error", [ActorDiedError(), ObjectLostError("ref", None, "")], ids=["process", "answer on a lost node"])
def test_another_engine_takes_the_remaining_rows_of_one_that_is_lost(pool_of, error):
    make, killed = pool_of
    lost = Engine(2, error)
    assert answered(make([lost, Engine()])) == [0, 1, 2]
    assert killed == [lost]


def test_rows_that_keep_losing_their_engine_fail(pool_of):
    make, _ = pool_of
    with pytest.raises(ClusterError, match=f"died {MOST_ATTEMPTS} times") as failure:
        answered(make([Engine(0, ActorDiedError()) for _ in range(MOST_ATTEMPTS)]))
    assert failure.value.code == "ENGINE_LOST"


@pytest.mark.parametrize(
    ("settings", "gpus", "nodes", "engines"),
    [
        (Inference(), 32, 4, 32),
        (Inference(gpus=4), 32, 4, 8),
        (Inference(), 0, 4, 4),
        (Inference(replicas=3), 32, 4, 3),
        (Inference(gpus=4), 2, 1, 1),
    ],
)
def test_a_request_that_keeps_all_engines_busy_has_the_rows_of_each(settings, gpus, nodes, engines):
    assert engines_of(settings, gpus, nodes) == engines
    assert busy_rows(settings, gpus, nodes) == 512 * engines


def portion_sizes(rows, most, engines):
    work = _Work(1, {"kind": "score"}, [{"row": row} for row in range(rows)], most, engines, lambda _: None)
    return [len(work.portions.get().rows) for _ in range(work.portions.qsize())]


def test_rows_are_shared_out_in_even_rounds_so_that_engines_end_together():
    assert portion_sizes(12, 4, 3) == [4, 4, 4]
    assert portion_sizes(13, 4, 3) == [3, 3, 3, 3, 1]
    assert portion_sizes(2, 4, 3) == [1, 1]


REFUSAL = ClusterError("BAD_INPUT", "refused", "Shorten it.")


def test_when_an_engine_fails_the_others_have_ended_before_the_request_does(pool_of):
    make, _ = pool_of
    slow = SlowEngine()
    pool = make([slow, FailingEngine(slow, raised(REFUSAL))], replicas=2)
    with pytest.raises(ClusterError, match="refused"):
        answered(pool)
    assert slow.has_ended.is_set()


def test_a_stopped_request_ends_after_its_engines(pool_of):
    make, _ = pool_of
    slow = SlowEngine()
    pool = make([slow])
    with pytest.raises(Stopped):
        pool.answer(REQUEST, ROWS, lambda _: None, slow.has_begun.is_set)
    assert slow.has_ended.is_set()


def test_an_engine_whose_answers_cant_be_stored_is_stopped(pool_of):
    make, _ = pool_of
    slow = SlowEngine()

    def full(_items):
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        make([slow]).answer(REQUEST, ROWS, full, lambda: False)
    assert slow.has_ended.is_set()


def test_an_engine_that_doesnt_stop_is_killed(pool_of, monkeypatch):
    make, killed = pool_of
    monkeypatch.setattr(engine_pool, "STOP_SECONDS", 0)
    slow = SlowEngine()
    monkeypatch.setattr(slow.stop, "remote", lambda _: None)
    pool = make([slow, Engine()])
    with pytest.raises(Stopped):
        pool.answer(REQUEST, ROWS, lambda _: None, slow.has_begun.is_set)
    assert killed == [slow]
    assert answered(pool) == [0, 1, 2]
    slow.is_stopped.set()


def test_an_engine_that_breaks_is_replaced_for_the_next_request_and_one_that_refuses_a_row_isnt(pool_of):
    make, killed = pool_of
    broken = Engine(1, raised(RuntimeError("a kernel failed")))
    refusing = Engine(0, raised(REFUSAL))
    pool = make([broken, refusing])
    with pytest.raises(RuntimeError, match="a kernel failed"):
        answered(pool)
    assert killed == [broken]
    with pytest.raises(ClusterError, match="refused"):
        answered(pool)
    with pytest.raises(ClusterError, match="refused"):
        answered(pool)
    assert killed == [broken]


def test_rows_that_are_left_out_count_as_answered(pool_of):
    make, _ = pool_of
    engine = Engine()
    engine._answer = lambda _number, _request, rows: iter([[{"row": row["row"], "sample": 0, "leftOut": "too long"} for row in rows]])
    engine.generate = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=engine._answer))
    assert answered(make([engine])) == [0, 1, 2]


def test_a_request_that_no_node_has_room_for_fails_after_a_while(pool_of):
    make, _ = pool_of
    with pytest.raises(ClusterError, match=r"no nodes have had room for an engine of vLLM \(1 CPU\)"):
        answered(make([Engine()], ready=False, nodes=(), room_seconds=0))
