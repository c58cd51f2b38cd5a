"""Trains a model with TRL on Ray Train. The job calls `train`; every worker of Ray Train runs `train_loop`."""

import time
from typing import Any

import pyarrow.fs
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer

from laurel_cluster.errors import ClusterError, Stopped
from laurel_cluster.room import cluster_size, workers_room
from laurel_cluster.settings import Settings, resources_of, workers_of
from laurel_cluster.storage import Storage

MOST_FAILURES = 3
"""How often lost workers are replaced, each time continuing from the newest checkpoint."""


def outcome_name(request_id: str) -> str:
    """Name the file that says how a training ended."""
    return f"trainings/{request_id}/outcome.json"


def checkpoint_folder(request_id: str) -> str:
    """Name the folder of a training's checkpoints."""
    return f"trainings/{request_id}/checkpoints"


def train_loop(config: dict[str, Any]) -> None:
    """Do a worker's part. Only workers load torch and TRL: the job itself starts much sooner without."""
    from laurel_cluster.train_loop import work

    work(config)


def train(storage: Storage, request_id: str, request: dict[str, Any], settings: Settings) -> bool:
    """Train, or continue a training. True if the user ended it early. Raises Stopped, or the error of a worker.

    The checkpoints of a finished training are removed, after its weights are saved and it is noted as finished: a job that is killed in
    between has nothing trained again.
    """
    check_supported(request)
    if not is_finished(storage, request_id):
        storage.remove(outcome_name(request_id))
        run_workers(storage, request_id, settings)
    outcome = storage.read_json(outcome_name(request_id))
    if outcome["error"] is not None:
        raise ClusterError(**outcome["error"])
    if outcome["how"] == "stopped":
        raise Stopped
    if outcome["how"] == "finished":
        remove_checkpoints(storage, checkpoint_folder(request_id))
    return bool(outcome["how"] == "concluded")


def is_finished(storage: Storage, request_id: str) -> bool:
    """Whether an earlier job trained to the end: weights and results are stored. A user may have deleted the results since."""
    if not storage.exists(outcome_name(request_id)) or not storage.names(f"results/{request_id}"):
        return False
    return bool(storage.read_json(outcome_name(request_id))["how"] == "finished")


def remove_checkpoints(storage: Storage, folder: str) -> None:
    """Remove all checkpoints in a folder. Markers go first, so that none counts of which only a part is left."""
    for name in storage.names(folder):
        if name.endswith(".json"):
            storage.remove(f"{folder}/{name}")
    storage.remove(folder)


def run_workers(storage: Storage, request_id: str, settings: Settings) -> None:
    """Have Ray Train run `train_loop` on every worker, until it has written how the training ended."""
    nodes, gpus = cluster_size()
    name = f"{request_id}-{int(time.time())}"  # Ray Train would continue a run of the same name from its own state
    workers = workers_of(settings.training, gpus, nodes)
    workers_room(settings, gpus, nodes).wait()
    trainer = TorchTrainer(
        train_loop,
        train_loop_config={"storage": storage.url, "request": request_id, "settings": settings.training},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus > 0, resources_per_worker=resources_of(settings.training, gpus)),
        run_config=RunConfig(
            name=name,
            storage_path=storage.path("ray-train"),
            storage_filesystem=pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(storage.file_system)),
            failure_config=FailureConfig(max_failures=MOST_FAILURES),
        ),
    )
    trainer.fit()
    storage.remove(f"ray-train/{name}")


def check_supported(request: dict[str, Any]) -> None:
    """TRL has no such settings; Laurel's own engine does."""
    config = request["config"]
    losses = config["loss_type"] if isinstance(config["loss_type"], list) else [config["loss_type"]]
    own = "Train on this machine's engine, or change the recipe."
    if request["task"] == "dpo" and config["label_smoothing"] > 0 and "sigmoid" in losses:
        raise ClusterError("UNSUPPORTED", "TRL's sigmoid loss has no label smoothing.", own)
    if config["dropout"] > 0:
        raise ClusterError("UNSUPPORTED", "Training by TRL has no dropout outside adapters.", own)
