"""Engines of vLLM on a cluster, and the work that is shared out among them."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import ray
from ray.exceptions import ObjectLostError, RayActorError, RayTaskError

from laurel_cluster.errors import ClusterError, Stopped
from laurel_cluster.results import Item
from laurel_cluster.room import engine_room
from laurel_cluster.settings import Settings, engines_of, gpus_of_each
from laurel_cluster.vllm_engine import VllmEngine

Row = dict[str, Any]

MOST_ATTEMPTS = 4
"""How often a portion of rows may lose its engine before the request fails: its rows may be what kills it."""

LOOK_SECONDS = 0.5

STOP_SECONDS = 60.0
"""How long an engine may take to end the step that it is in. One that hangs is replaced."""

ENGINE_LOST = (RayActorError, ObjectLostError)
"""An engine's process died, or the node that held what it had answered."""


class Interruption(Protocol):
    """Tells whether the user wants the work to stop."""

    def __call__(self) -> bool: ...


class EnginePool:
    """The engines of one model. An engine that dies or breaks is replaced, and a dead one's rows go to whichever engine is free."""

    def __init__(self, storage: str, model: str, precision: str, all_settings: Settings, *, gpus: int, nodes: int) -> None:
        settings = self._settings = all_settings.inference
        each = gpus_of_each(settings, gpus)
        self.replicas = engines_of(settings, gpus, nodes)
        arguments = {**({"tensor_parallel_size": each} if each > 1 else {}), **settings.engine}
        resources = {"num_cpus": settings.cpus, "num_gpus": each, "runtime_env": {"env_vars": settings.environment}}
        engine = ray.remote(VllmEngine)
        self._create = lambda: engine.options(max_concurrency=2, **resources).remote(storage, model, precision, arguments)
        self._engines: list[Any] = [self._create() for _ in range(self.replicas)]
        self._number = 0
        self._room = engine_room(all_settings, gpus)

    def close(self) -> None:
        """End the engines and free their memory."""
        for engine in self._engines:
            if engine is not None:
                ray.kill(engine)
        self._engines = []

    def answer(self, request: Row, rows: list[Row], sink: Callable[[list[Item]], None], is_stopped: Interruption) -> None:
        """Have the engines answer rows; `sink` receives items as they come, from one thread at a time.

        Raises Stopped, the engine's error, or ENGINE_LOST if an engine keeps dying. By then no engine works on it any more.
        """
        self._number += 1
        work = _Work(self._number, request, rows, self._settings.rows, self.replicas, sink)
        threads = [threading.Thread(target=self._serve, args=(place, work), daemon=True) for place in range(self.replicas)]
        for thread in threads:
            thread.start()
        try:
            while not work.done.wait(LOOK_SECONDS):
                if is_stopped():
                    work.fail(Stopped())
                self._room.look()
        except Exception as error:  # the storage can't be read, or no node has room
            work.fail(error)
        if work.error is not None:
            self._settle(work, threads)
            raise work.error

    def _settle(self, work: "_Work", threads: list[threading.Thread]) -> None:
        """Has engines stop after their current step, and waits for that: the next request would have them make two steps at a time."""
        deadline = time.monotonic() + STOP_SECONDS
        while busy := [place for place, thread in enumerate(threads) if thread.is_alive()]:
            engines = [(place, self._engines[place]) for place in busy if self._engines[place] is not None]
            if time.monotonic() >= deadline:
                for place, engine in engines:
                    self._lose(place, engine)
                return
            for _, engine in engines:
                engine.stop.remote(work.number)
            threads[busy[0]].join(LOOK_SECONDS)

    def _serve(self, place: int, work: "_Work") -> None:
        """Has one engine take portions until none are left. A portion is taken only when the engine is ready for it."""
        while not work.done.is_set():
            engine: Any = None
            portion: _Portion | None = None
            try:
                engine = self._engine(place)
                if not self._is_ready(engine, work):
                    return
                portion = work.take()
                if portion is not None:
                    self._answer_portion(engine, portion, work)
            except ENGINE_LOST as error:
                self._lose(place, engine)  # where only its answer was lost, it is still there
                work.retry(portion, error)
            except Exception as error:
                cause = error.cause if isinstance(error, RayTaskError) and isinstance(error.cause, Exception) else error
                if engine is not None and not isinstance(cause, ClusterError):
                    self._lose(place, engine)  # what broke in it may stay broken
                work.fail(cause)

    def _engine(self, place: int) -> Any:
        if self._engines[place] is None:
            self._engines[place] = self._create()
        return self._engines[place]

    def _lose(self, place: int, engine: Any) -> None:
        """Ends an engine; another takes its place when there is work for it."""
        if self._engines[place] is engine:
            self._engines[place] = None
        ray.kill(engine)

    def _is_ready(self, engine: Any, work: "_Work") -> bool:
        """Waits for an engine: it may wait for a node itself, or load the model. False if the work is done before."""
        ready = engine.ready.remote()
        while not ray.wait([ready], timeout=LOOK_SECONDS)[0]:
            if work.done.is_set():
                return False
        ray.get(ready)
        return True

    def _answer_portion(self, engine: Any, portion: "_Portion", work: "_Work") -> None:
        method = engine.generate if work.request["kind"] == "generate" else engine.score
        for ref in method.options(num_returns="streaming").remote(work.number, work.request, portion.rows):
            items = ray.get(ref)
            try:
                work.deliver(portion, items)
            except Exception as error:  # the storage can't be written; the engine is read to its end nevertheless
                work.fail(error)
        work.finish(portion)


class _Portion:
    """Rows that one engine takes at a time, and how many engines they have lost."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.attempts = 0


class _Work:
    """A request in progress."""

    def __init__(self, number: int, request: Row, rows: list[Row], most: int, replicas: int, sink: Callable[[list[Item]], None]) -> None:
        self.number = number
        self.request = {key: value for key, value in request.items() if key != "rows"}
        rounds = -(-len(rows) // max(1, most * replicas))
        size = max(1, -(-len(rows) // max(1, rounds * replicas)))  # in the last round, engines have as much to do as before
        parts = [_Portion(rows[start : start + size]) for start in range(0, len(rows), size)]
        self.portions: queue.Queue[_Portion] = queue.Queue()
        for part in parts:
            self.portions.put(part)
        self._unfinished = len(parts)
        self._failed_starts = 0
        self._sink = sink
        self._lock = threading.Lock()
        self.done = threading.Event()
        self.error: Exception | None = None
        if not parts:
            self.done.set()

    def take(self) -> _Portion | None:
        """The next portion, if one is free for now."""
        try:
            return self.portions.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return None

    def deliver(self, portion: _Portion, items: list[Item]) -> None:
        with self._lock:
            if self.done.is_set():
                return
            self._sink(items)
            answered = {(item["row"], item.get("sample", 0)) for item in items}
            portion.rows = _without(portion.rows, answered)

    def finish(self, portion: _Portion) -> None:
        with self._lock:
            if portion.rows and not self.done.is_set():
                self.error = ClusterError("INTERNAL", "vLLM left rows unanswered.", "The job's log in Ray's dashboard says more.")
                self.done.set()
            self._unfinished -= 1
            if self._unfinished == 0:
                self.done.set()

    def fail(self, error: Exception) -> None:
        with self._lock:
            if not self.done.is_set():
                self.error = error
                self.done.set()

    def retry(self, portion: _Portion | None, error: Exception) -> None:
        """An engine died; its portion's remaining rows go to another. Engines that can't even start count as well."""
        with self._lock:
            if portion is None:
                self._failed_starts += 1
                attempts = self._failed_starts
            else:
                portion.attempts += 1
                attempts = portion.attempts
        print(f"an engine died, attempt {attempts}: {error}", flush=True)
        if portion is not None and attempts < MOST_ATTEMPTS:
            self.portions.put(portion)
        elif attempts >= MOST_ATTEMPTS:
            message = f"An engine of vLLM died {attempts} times: {error}"
            remedy = "It probably ran out of memory: see the job's log in Ray's dashboard, then resume."
            self.fail(ClusterError("ENGINE_LOST", message, remedy))


def _without(rows: list[Row], answered: set[tuple[int, int]]) -> list[Row]:
    """Rows without the units that are answered."""
    left = [{**row, "samples": [sample for sample in row["samples"] if (row["row"], sample) not in answered]} for row in rows]
    return [row for row in left if row["samples"]]
