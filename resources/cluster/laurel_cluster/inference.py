"""Answers the requests `generate` and `score`: what is stored is kept, and the rest goes to the engines."""

from typing import Any

from laurel_cluster.engine_pool import EnginePool
from laurel_cluster.models import model_place
from laurel_cluster.results import Results
from laurel_cluster.room import cluster_size
from laurel_cluster.settings import Settings
from laurel_cluster.storage import Storage


class Inference:
    """Holds the engines of the model that was used last: a stage of a run asks for one model many times."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage = storage
        self._settings = settings
        self._model: tuple[str, str] | None = None
        self._pool: EnginePool | None = None

    def answer(self, request: dict[str, Any], results: Results) -> None:
        """Answer what is missing of a request. Raises Stopped if the user stops it."""
        done = {(item["row"], item.get("sample", 0)) for item in results.stored()}
        rows = missing_rows(request["rows"], done)
        if not rows:
            return
        pool = self._pool_of(request["model"], request["precision"])
        pool.answer(request, rows, results.add, lambda: results.wants("stop"))

    def close(self) -> None:
        """End the engines: a training needs their memory."""
        if self._pool is not None:
            self._pool.close()
        self._pool = self._model = None

    def _pool_of(self, model: str, precision: str) -> EnginePool:
        if self._pool is None or self._model != (model, precision):
            self.close()
            place = model_place(self._storage, model)
            nodes, gpus = cluster_size()
            self._pool = EnginePool(self._storage.url, place, precision, self._settings, gpus=gpus, nodes=nodes)
            self._model = (model, precision)
        return self._pool


def missing_rows(rows: list[dict[str, Any]], done: set[tuple[int, int]]) -> list[dict[str, Any]]:
    """Rows with the samples that aren't done yet. A row to score has one."""
    missing = []
    for place, row in enumerate(rows):
        samples = [sample for sample in range(len(row.get("seeds", [0]))) if (place, sample) not in done]
        if samples:
            missing.append({**row, "row": place, "samples": samples})
    return missing
