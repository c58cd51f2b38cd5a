"""Results of a request: items in immutable parts, and an end. What is there is never computed again."""

import json
import time
from typing import Any

from laurel_cluster.errors import ClusterError, ErrorValue
from laurel_cluster.storage import Storage

Item = dict[str, Any]


class Results:
    """The folder `results/ID`. Parts are named `NUMBER-WRITER.jsonl`, so that two writers never replace each other's."""

    def __init__(self, storage: Storage, request: str, writer: str, interval: float = 0.2) -> None:
        self._storage = storage
        self._folder = f"results/{request}"
        self._writer = writer
        self._interval = interval
        self._waiting: list[Item] = []
        self._flushed = 0.0
        self._next = 1 + max((int(name.split("-")[0]) for name in self._parts()), default=-1)

    def _parts(self) -> list[str]:
        return [name for name in self._storage.names(self._folder) if name.endswith(".jsonl")]

    def stored(self) -> list[Item]:
        """The items of earlier attempts."""
        return [json.loads(line) for name in self._parts() for line in self._storage.read(f"{self._folder}/{name}").decode().splitlines()]

    def add(self, items: list[Item]) -> None:
        """Store items, several times a second at most: a part per item would be slow in an object store."""
        self._waiting += items
        if time.monotonic() - self._flushed >= self._interval:
            self.flush()

    def flush(self) -> None:
        self._flushed = time.monotonic()
        if not self._waiting:
            return
        items, self._waiting = self._waiting, []
        try:
            lines = "".join(json.dumps(item, allow_nan=False) + "\n" for item in items)
        except ValueError as error:
            remedy = "Check the model, whose weights may be damaged, or use float32."
            raise ClusterError("NUMERIC", "The model gives a log-probability that is infinite or NaN.", remedy) from error
        self._storage.write(f"{self._folder}/{self._next:08d}-{self._writer}.jsonl", lines.encode())
        self._next += 1

    def end(self, *, concluded: bool = False) -> None:
        """Mark the request as answered. A training that was ended early has an end of its own: a later request may continue it."""
        self.flush()
        name = "concluded.json" if concluded else "end.json"
        self._storage.write_json(f"{self._folder}/{name}", {"error": None, "writer": self._writer})

    def fail(self, error: ErrorValue) -> None:
        """Mark the request as failed. Items that are stored stay; a later attempt begins with them."""
        self._waiting = []
        self._storage.write_json(f"{self._folder}/end.json", {"error": error, "writer": self._writer})

    @property
    def is_complete(self) -> bool:
        """Whether an earlier attempt answered the whole request, or failed."""
        return self._storage.exists(f"{self._folder}/end.json")

    def wants(self, marker: str) -> bool:
        """Whether Laurel left a marker: `stop` or `conclude`."""
        return self._storage.exists(f"{self._folder}/{marker}")
