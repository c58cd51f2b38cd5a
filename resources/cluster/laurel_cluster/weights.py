"""A training's weights: how they are loaded, what adapters start from, and how they are saved."""

import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from peft import PeftModel
from safetensors.torch import load_file
from torch.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel
from transformers.initialization import no_init_weights
from trl.trainer.utils import disable_dropout_in_model

from laurel_cluster.storage import Storage


def load_model(folder: Path, config: dict[str, Any], *, is_empty: bool = False) -> PreTrainedModel:
    """The model in float32: its weights stay so, and only products are computed in bfloat16. Its own dropout is off.

    `is_empty`: without values, which come from another worker, so that a node holds a model once and not as often as it has GPUs.
    """
    shape = AutoConfig.from_pretrained(folder)
    if hasattr(shape, "attention_dropout"):
        shape.attention_dropout = 0.0
    form = {"dtype": torch.float32, "attn_implementation": "sdpa" if torch.cuda.is_available() else "eager"}
    if is_empty:
        with no_init_weights():
            model = AutoModelForCausalLM.from_config(shape, **form)
        model.tie_weights()
    else:
        model = AutoModelForCausalLM.from_pretrained(folder, config=shape, **form)
    disable_dropout_in_model(model)
    if not config["freeze_padding"]:
        model.get_input_embeddings().padding_idx = None  # so that the padding token's embedding learns as well
    return model


def sharded_reference(folder: Path, config: dict[str, Any], rank: int) -> Any:
    """The model that references are computed by where none is whole: each layer is gathered when it is needed."""
    model = load_model(folder, config, is_empty=rank > 0)
    values = model.state_dict() if rank == 0 else {}
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16 if config["precision"] == "bfloat16" else None)
    for layer in model.get_decoder().layers:
        fully_shard(layer, mp_policy=policy)
    fully_shard(model, mp_policy=policy)
    set_model_state_dict(model, values, options=StateDictOptions(full_state_dict=True, broadcast_from_rank0=True))
    return model


def start_adapters(model: Any, folder: Path) -> None:
    """Give adapters the initial values that Laurel's own engine would."""
    values = load_file(folder / "adapter_model.safetensors")
    for name, parameter in model.named_parameters():
        if ".lora_A." in name:
            with torch.no_grad():
                parameter.copy_(values.pop(name.replace(".default.", ".")))
    if values:
        raise ValueError(f"no adapters for {', '.join(values)}")


def save_trained(trainer: Any, storage: Storage, folder: str, step: int) -> None:
    """Upload the trained weights, with adapters merged into them, and the adapters themselves."""
    job, request = trainer.job, trainer.job.request
    state = trainer.accelerator.get_state_dict(trainer.model)
    if trainer.accelerator.is_main_process:
        model = trainer.accelerator.unwrap_model(trainer.model)
        job.place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=job.place) as temporary:  # where the next attempt removes what a killed one left
            place = Path(temporary)
            number = request["steps"][step - 1]["number"]
            if request["config"]["lora"] is not None:
                model.save_pretrained(place / "adapter", state_dict=state)
                storage.upload(place / "adapter", f"{folder}/adapter-{number}")
                # Into weights of its own: those that were trained may be in parts on all workers.
                whole = PeftModel.from_pretrained(load_model(job.folder, request["config"]), place / "adapter")
                model, state = whole.merge_and_unload(), None
            else:
                for name in model.all_tied_weights_keys:
                    state.pop(name, None)  # gathered parts are no longer the same tensor
            model.save_pretrained(place / "model", state_dict=state, max_shard_size="1GB")
            storage.upload(place / "model", f"{folder}/model-{number}")
    if dist.is_initialized():
        dist.barrier()
