"""What every worker of Ray Train runs: a trainer of TRL on Laurel's rows, with checkpoints in shared storage."""

import tempfile
import time
from pathlib import Path
from typing import Any

import ray
import ray.train
import torch
import torch.distributed as dist
from transformers import AutoModelForCausalLM, PreTrainedModel

from laurel_cluster.checkpoints import Checkpoints
from laurel_cluster.errors import ClusterError, ErrorValue, error_value
from laurel_cluster.models import cache_folder, model_folder
from laurel_cluster.progress import Progress
from laurel_cluster.results import Results
from laurel_cluster.storage import Storage
from laurel_cluster.trainers import TrainingJob, make_trainer
from laurel_cluster.training import outcome_name


def work(config: dict[str, Any]) -> None:
    """Train from the newest checkpoint on. Errors that another attempt won't cure are an outcome, not a failure."""
    storage = Storage(config["storage"])
    request_id = config["request"]
    is_first = ray.train.get_context().get_world_rank() == 0
    try:
        how = _train(storage, request_id, config)
    except ClusterError as error:
        _write_outcome(storage, request_id, is_first, "failed", error_value(error))
        return
    _write_outcome(storage, request_id, is_first, how, None)


def _write_outcome(storage: Storage, request_id: str, is_first: bool, how: str, error: ErrorValue | None) -> None:
    if is_first:
        storage.write_json(outcome_name(request_id), {"how": how, "error": error})


def _train(storage: Storage, request_id: str, config: dict[str, Any]) -> str:
    context = ray.train.get_context()
    rank = context.get_world_rank()
    request = storage.read_json(f"requests/{request_id}.json")
    results = Results(storage, request_id, f"train-{int(time.time())}-{rank}")
    began = time.monotonic()
    model = load_model(model_folder(storage, request["model"]), request["config"])
    if rank == 0:
        results.add([{"kind": "loaded", "seconds": time.monotonic() - began}])
    place = cache_folder() / "trainings" / request_id / ray.get_runtime_context().get_node_id()[:12]
    checkpoints = Checkpoints(storage, f"trainings/{request_id}/checkpoints", place, is_uploader=context.get_local_rank() == 0)
    start = checkpoints.newest_step()
    progress = Progress(results, checkpoints, request["steps"], rank=rank)
    job = TrainingJob(
        model=model, request=request, settings=config["settings"], place=place, start=start, rank=rank, workers=context.get_world_size(),
        results=results, progress=progress,
    )  # fmt: skip
    trainer = make_trainer(job)
    if start < len(request["steps"]) and not (start > 0 and progress.is_concluded()):
        trainer.train(resume_from_checkpoint=checkpoints.fetch(start) if start > 0 else None)
    done = trainer.state.global_step or start
    if progress.is_stopped and done < len(request["steps"]):
        return "stopped"
    save_trained(trainer, storage, request, f"trainings/{request_id}", done)
    return "concluded" if done < len(request["steps"]) else "finished"


def load_model(folder: Path, config: dict[str, Any]) -> PreTrainedModel:
    """The model in float32: its weights stay so, and only products are computed in bfloat16."""
    attention = "sdpa" if torch.cuda.is_available() else "eager"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention)
    if not config["freeze_padding"]:
        model.get_input_embeddings().padding_idx = None  # so that the padding token's embedding learns as well
    return model


def save_trained(trainer: Any, storage: Storage, request: dict[str, Any], folder: str, step: int) -> None:
    """Upload the trained weights, with adapters merged into them, and the adapters themselves."""
    state = trainer.accelerator.get_state_dict(trainer.model)
    if trainer.accelerator.is_main_process:
        model = trainer.accelerator.unwrap_model(trainer.model)
        with tempfile.TemporaryDirectory(dir=cache_folder()) as temporary:
            place = Path(temporary)
            number = request["steps"][step - 1]["number"]
            if request["config"]["lora"] is not None:
                model.save_pretrained(place / "adapter", state_dict=state)
                storage.upload(place / "adapter", f"{folder}/adapter-{number}")
                model, state = model.merge_and_unload(), None
            model.save_pretrained(place / "model", state_dict=state, max_shard_size="1GB")
            storage.upload(place / "model", f"{folder}/model-{number}")
    if dist.is_initialized():
        dist.barrier()
