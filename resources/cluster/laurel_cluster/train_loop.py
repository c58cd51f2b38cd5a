"""What every worker of Ray Train runs: a trainer of TRL on Laurel's rows, with checkpoints in shared storage."""

import json
import time
from dataclasses import dataclass
from typing import Any

import ray
import ray.train

from laurel_cluster.checkpoints import Checkpoints
from laurel_cluster.errors import ClusterError, ErrorValue, error_value
from laurel_cluster.models import cache_folder, local_copy, model_place
from laurel_cluster.progress import Progress
from laurel_cluster.results import Results
from laurel_cluster.settings import Training
from laurel_cluster.storage import Storage
from laurel_cluster.trainers import TrainingJob, make_trainer
from laurel_cluster.training import checkpoint_folder, outcome_name
from laurel_cluster.weights import load_model, save_trained, start_adapters


@dataclass(frozen=True)
class Worker:
    """A process among those that train together."""

    rank: int
    local_rank: int
    """Among those of its node."""
    workers: int
    node: str


def work(config: dict[str, Any]) -> None:
    """Train from the newest checkpoint on. Errors that another attempt won't cure are an outcome, not a failure."""
    storage = Storage(config["storage"])
    request_id = config["request"]
    context = ray.train.get_context()
    worker = Worker(
        rank=context.get_world_rank(), local_rank=context.get_local_rank(), workers=context.get_world_size(),
        node=ray.get_runtime_context().get_node_id()[:12],
    )  # fmt: skip
    try:
        how = train_as(worker, storage, request_id, config["settings"])
    except ClusterError as error:
        _write_outcome(storage, request_id, worker, "failed", error_value(error))
        return
    _write_outcome(storage, request_id, worker, how, None)


def _write_outcome(storage: Storage, request_id: str, worker: Worker, how: str, error: ErrorValue | None) -> None:
    if worker.rank == 0:
        storage.write_json(outcome_name(request_id), {"how": how, "error": error})


def stored_examples(storage: Storage, parts: list[str]) -> list[dict[str, Any]]:
    """The rows to train on. Laurel writes them in parts, because all of them may not fit a single text."""
    return [json.loads(line) for part in parts for line in storage.read(f"rows/{part}.jsonl").splitlines()]


def train_as(worker: Worker, storage: Storage, request_id: str, settings: Training) -> str:
    """Do a worker's part. Returns how the training ended: finished, concluded, or stopped."""
    request = storage.read_json(f"requests/{request_id}.json")
    request["examples"] = stored_examples(storage, request["examples"])
    results = Results(storage, request_id, f"train-{int(time.time())}-{worker.rank}")
    began = time.monotonic()
    folder = local_copy(storage, model_place(storage, request["model"]))
    is_sharded = settings.strategy == "fsdp" and worker.workers > 1
    model = load_model(folder, request["config"], is_empty=is_sharded and worker.rank > 0)
    if worker.rank == 0:
        results.add([{"kind": "loaded", "seconds": time.monotonic() - began}])
    place = cache_folder() / "trainings" / request_id / worker.node
    checkpoints = Checkpoints(storage, checkpoint_folder(request_id), place, is_uploader=worker.local_rank == 0)
    checkpoints.clear_node()
    start = checkpoints.newest_step()
    progress = Progress(results, checkpoints, request["steps"], rank=worker.rank)
    job = TrainingJob(
        model=model, folder=folder, request=request, is_sharded=is_sharded, settings=settings, place=place, start=start,
        rank=worker.rank, workers=worker.workers, results=results, progress=progress,
    )  # fmt: skip
    try:
        trainer = make_trainer(job)
        if request.get("adapters") is not None:
            start_adapters(trainer.model, local_copy(storage, f"adapters/{request['adapters']}"))
        trainer.train(resume_from_checkpoint=checkpoints.fetch(start) if start > 0 else None)
        done = trainer.state.global_step
        if progress.is_stopped and done < len(request["steps"]):
            return "stopped"
        save_trained(trainer, storage, f"trainings/{request_id}", done)
        return "concluded" if done < len(request["steps"]) else "finished"
    finally:
        checkpoints.clear_node()
