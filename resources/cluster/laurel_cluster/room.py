"""Whether a cluster's nodes have room for the processes of a request. Ray itself waits without end for nodes that may never come."""

import time
from typing import Any

import ray
from ray.autoscaler.sdk import request_resources

from laurel_cluster.errors import ClusterError
from laurel_cluster.settings import Settings, gpus_of_each, resources_of, workers_of

LOOK_SECONDS = 5.0


def cluster_size() -> tuple[int, int]:
    """Nodes for work, and their GPUs."""
    nodes = working_nodes()
    return len(nodes), int(sum(node["Resources"].get("GPU", 0) for node in nodes))


def working_nodes() -> list[dict[str, Any]]:
    """Nodes that are alive and have a processor for work."""
    return [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) > 0]


def places(nodes: list[dict[str, Any]], need: dict[str, float]) -> int:
    """How many processes that each reserve `need` fit these nodes, if nothing else ran on them."""
    return sum(min(int(node["Resources"].get(kind, 0) // amount) for kind, amount in need.items() if amount > 0) for node in nodes)


class Room:
    """Room for processes that each reserve `need`. Nodes that are busy count: their other work ends at some time."""

    def __init__(self, what: str, need: dict[str, float], count: int, seconds: float) -> None:
        """`what`: the processes in words. `seconds`: how long nodes may be missing: an autoscaling cluster may be starting them."""
        self._count, self._seconds = count, seconds
        self._need = {kind: amount for kind, amount in need.items() if amount > 0}
        self._asked = f"{what} ({amounts(self._need)}{'' if count == 1 else ' each'})"
        self._missing_since: float | None = None
        self._next_look = 0.0

    def look(self) -> bool:
        """Whether there was room at the last look, which is made every few seconds.

        Raises a ClusterError that says what the nodes have if there has been none for too long.
        """
        now = time.monotonic()
        if now < self._next_look:
            return self._missing_since is None
        self._next_look = now + LOOK_SECONDS
        nodes = working_nodes()
        if not self._need or places(nodes, self._need) >= self._count:
            self._missing_since = None
            return True
        if self._missing_since is None:
            print(f"waiting for nodes with room for {self._asked}", flush=True)
            self._missing_since = now
        if now - self._missing_since >= self._seconds:
            raise self._error(nodes)
        return False

    def shortage(self) -> str | None:
        """What the nodes have no room for, in words."""
        return None if self.look() else f"No nodes have room for {self._asked}: see cluster.json."

    def wait(self) -> None:
        """Wait for room. An autoscaling cluster is asked for it."""
        if self.look():
            return
        request_resources(bundles=[self._need] * self._count)
        try:
            while not self.look():
                time.sleep(LOOK_SECONDS)
        finally:
            request_resources(bundles=[])

    def _error(self, nodes: list[dict[str, Any]]) -> ClusterError:
        kinds = {amounts({kind: node["Resources"].get(kind, 0) for kind in ("CPU", "GPU")}) for node in nodes}
        missing = f"For {self._seconds:g} s no nodes have had room for {self._asked}."
        has = f"The cluster's nodes have: {', '.join(sorted(kinds)) or 'nothing'}."
        return ClusterError("ENGINE_LOST", f"{missing} {has}", "Add nodes, or have less reserved in cluster.json, then resume.")


def engine_room(settings: Settings, gpus: int) -> Room:
    """The room that one engine takes."""
    need = {"CPU": settings.inference.cpus, "GPU": gpus_of_each(settings.inference, gpus)}
    return Room("an engine of vLLM", need, 1, settings.room_seconds)


def workers_room(settings: Settings, gpus: int, nodes: int) -> Room:
    """The room that the workers of a training take together."""
    workers = workers_of(settings.training, gpus, nodes)
    what = "a worker of Ray Train" if workers == 1 else f"{workers} workers of Ray Train"
    return Room(what, resources_of(settings.training, gpus), workers, settings.room_seconds)


def amounts(resources: dict[str, float]) -> str:
    """Resources in words."""
    return " and ".join(f"{amount:g} {kind}{'' if amount == 1 else 's'}" for kind, amount in resources.items() if amount > 0)
