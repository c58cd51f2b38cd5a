"""How the cluster's hardware is used: `cluster.json` in the shared storage. Without it, defaults that fit the nodes."""

from dataclasses import dataclass, field
from typing import Any

from laurel_cluster.errors import ClusterError
from laurel_cluster.storage import Storage


@dataclass(frozen=True)
class Inference:
    """Engines of vLLM."""

    replicas: int | None = None
    """Engines beside each other (default: one per GPU, or one per node without GPUs)."""
    cpus: float = 1
    """CPUs that each engine reserves."""
    gpus: int | None = None
    """GPUs of each engine: tensor parallelism within a node (default: 1 where there are GPUs)."""
    rows: int = 512
    """Rows that an engine takes at a time."""
    engine: dict[str, Any] = field(default_factory=dict)
    """Further engine arguments of vLLM, such as max_model_len or gpu_memory_utilization."""
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variables of the engines' processes."""


@dataclass(frozen=True)
class Training:
    """Workers of Ray Train."""

    workers: int | None = None
    """Processes (default: one per GPU, or one per node without GPUs)."""
    cpus: float = 1
    """CPUs that each worker reserves."""
    strategy: str = "ddp"
    """`ddp`, or `fsdp` for models that don't fit one GPU."""
    micro_batch: int = 4
    """Rows of a forward pass. Affects memory and speed, not the loss."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """Further training arguments of transformers, such as fsdp_config."""


@dataclass(frozen=True)
class Settings:
    """The settings of a cluster."""

    inference: Inference = field(default_factory=Inference)
    training: Training = field(default_factory=Training)
    idle_seconds: float = 300
    """How long the job stays, with its engines, when there is nothing to do."""
    room_seconds: float = 1800
    """How long a request waits for nodes with room for its processes, which an autoscaling cluster may be starting."""


def engines_of(settings: Inference, gpus: int, nodes: int) -> int:
    """How many engines a cluster has, by its settings and hardware."""
    each = gpus_of_each(settings, gpus)
    return settings.replicas or (gpus // each if each > 0 else nodes) or 1


def busy_rows(settings: Inference, gpus: int, nodes: int) -> int:
    """Rows of a request that gives every engine as many as it takes at a time."""
    return engines_of(settings, gpus, nodes) * settings.rows


def gpus_of_each(settings: Inference, gpus: int) -> int:
    """GPUs that an engine reserves."""
    return settings.gpus if settings.gpus is not None else (1 if gpus > 0 else 0)


def workers_of(settings: Training, gpus: int, nodes: int) -> int:
    """How many workers a cluster has, by its settings and hardware."""
    return settings.workers or gpus or nodes or 1


def resources_of(settings: Training, gpus: int) -> dict[str, float]:
    """What each worker reserves."""
    return {"CPU": settings.cpus, **({"GPU": 1.0} if gpus > 0 else {})}


def read_settings(storage: Storage) -> Settings:
    """The settings in `cluster.json`. Raises a ClusterError that names what is wrong in it."""
    if not storage.exists("cluster.json"):
        return Settings()
    place = storage.path("cluster.json")
    try:
        given = storage.read_json("cluster.json")
        rest = {key: value for key, value in given.items() if key not in ("inference", "training")}
        settings = Settings(Inference(**given.get("inference", {})), Training(**given.get("training", {})), **rest)
    except (TypeError, ValueError, AttributeError) as error:
        raise ClusterError("BAD_INPUT", f"{place}: {error}", "Correct the file; docs/cluster.md lists its settings.") from error
    if settings.training.strategy not in ("ddp", "fsdp"):
        message = f"{place}: training.strategy must be ddp or fsdp, not {settings.training.strategy!r}."
        raise ClusterError("BAD_INPUT", message, "Correct the file.")
    return settings
