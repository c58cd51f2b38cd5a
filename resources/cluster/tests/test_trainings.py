"""Trainings by TRL in processes of this machine, without Ray: whether weights are whole or in parts, what is trained is the same."""

import json
import multiprocessing
import os
import socket
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

from laurel_cluster.settings import Training
from laurel_cluster.storage import Storage

multiprocessing.set_forkserver_preload(["laurel_cluster.train_loop"])  # torch and TRL take longer to load than to train this

NEAR = 1e-4
PAIRS = 9  # two workers have different numbers of them
LORA = {"rank": 4, "alpha": 8.0, "dropout": 0.0, "targets": ["q_proj", "down_proj"]}
CONFIG = {
    "learning_rate": 1e-2, "weight_decay": 0.01, "max_grad_norm": 1.0, "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8,
    "seed": 3, "precision": "float32", "gradient_checkpointing": False, "save_steps": 2, "freeze_padding": False, "lora": None,
    "dropout": 0, "loss_type": "sigmoid", "loss_weights": None, "nll_weight": 0, "beta": 0.1, "label_smoothing": 0, "discopop_tau": 0.05,
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("base")
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    form = {"vocab_size": 40, "max_position_embeddings": 64, "pad_token_id": 0, "attention_dropout": 0.5, "tie_word_embeddings": True}
    LlamaForCausalLM(LlamaConfig(**sizes, **form)).save_pretrained(folder)
    return folder


def request_of(task: str, **changes: Any) -> dict[str, Any]:
    steps = [{"number": i + 1, "rows": [(3 * i + j) % PAIRS for j in range(3)], "learningRate": 1e-2} for i in range(4)]
    pairs = [{"prompt": [5, i + 1], "chosen": [7, 8, i + 10], "rejected": [i + 20, 3]} for i in range(PAIRS)]
    texts = [{"ids": [5, i + 1, 7, 8, i + 10], "targets": [2, 3, 4]} for i in range(PAIRS)]
    config = {**CONFIG, **changes}
    adapters = "start" if config["lora"] else None
    examples = pairs if task == "dpo" else texts
    return {"kind": "train", "task": task, "model": "base", "examples": examples, "steps": steps, "config": config, "adapters": adapters}


def storage_with(tmp_path: Path, base: Path, request: dict[str, Any]) -> Storage:
    tmp_path.mkdir(exist_ok=True)
    storage = Storage(str(tmp_path))
    storage.upload(base, "models/base")
    storage.write_json("models/base.json", {"folder": "models/base"})
    parts = {"first": request["examples"][:4], "second": request["examples"][4:]}
    for name, rows in parts.items():
        storage.write(f"rows/{name}.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows).encode())
    storage.write_json("requests/r.json", {**request, "examples": list(parts)})
    values = {f"base_model.model.model.layers.{i}.{name}.lora_A.weight": torch.full((4, inputs), 0.01 * (i + 1))
              for i in range(2) for name, inputs in (("self_attn.q_proj", 32), ("mlp.down_proj", 48))}  # fmt: skip
    (tmp_path / "adapters" / "start").mkdir(parents=True)
    save_file(values, tmp_path / "adapters" / "start" / "adapter_model.safetensors")
    return storage


def worker(rank: int, workers: int, port: int, folder: str, strategy: str) -> None:
    """A worker as Ray Train starts it."""
    os.environ.update(
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK=str(rank), WORLD_SIZE=str(workers), LOCAL_RANK=str(rank),
        LOCAL_WORLD_SIZE=str(workers), LAUREL_CACHE=f"{folder}/cache",
    )  # fmt: skip
    torch.set_num_threads(1)
    if workers > 1:
        dist.init_process_group("gloo")
    from laurel_cluster import train_loop

    save = train_loop.save_trained

    def save_and_note(trainer: Any, *rest: Any) -> None:
        if rank == 0:
            Path(folder, "type").write_text(trainer.accelerator.distributed_type.value)
        save(trainer, *rest)

    train_loop.save_trained = save_and_note
    how = train_loop.train_as(
        train_loop.Worker(rank, rank, workers, "node"), Storage(folder), "r", Training(strategy=strategy, micro_batch=2)
    )
    if rank == 0:
        Path(folder, "how").write_text(how)


def ended(folder: Path, strategy: str = "ddp", workers: int = 1) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(worker, (workers, port, str(folder), strategy), nprocs=workers, start_method="forkserver")
    return (folder / "how").read_text()


def weights_in(folder: Path, step: int = 4) -> dict[str, torch.Tensor]:
    return load_file(folder / "trainings" / "r" / f"model-{step}" / "model.safetensors")


def trained(folder: Path, strategy: str = "ddp", workers: int = 1) -> dict[str, torch.Tensor]:
    assert ended(folder, strategy, workers) == "finished"
    return weights_in(folder)


def losses(folder: Path) -> dict[int, float]:
    lines = [line for part in sorted((folder / "results" / "r").glob("*.jsonl")) for line in part.read_text().splitlines()]
    return {item["step"]: item["metrics"]["loss"] for item in map(json.loads, lines) if item["kind"] == "step"}


def left_on_node(folder: Path) -> list[Path]:
    return [path for path in (folder / "cache").rglob("*") if path.is_file()]


def most_apart(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> float:
    assert a.keys() == b.keys()
    return max(float((a[name] - b[name]).abs().max()) for name in a)


@pytest.mark.parametrize(("task", "lora"), [("dpo", None), ("dpo", LORA), ("sft", LORA)], ids=["dpo", "dpo-adapters", "sft-adapters"])
def test_weights_in_parts_are_trained_like_whole_ones_also_when_killed_before_they_are_saved(tmp_path, base, task, lora):
    request = request_of(task, lora=lora)
    one, parts = tmp_path / "one", tmp_path / "parts"
    storage_with(one, base, request)
    storage = storage_with(parts, base, request)
    expected = trained(one)
    assert most_apart(expected, load_file(base / "model.safetensors")) > 1e-3
    assert most_apart(expected, trained(parts, "fsdp", workers=2)) < NEAR
    assert (parts / "type").read_text() == "FSDP"
    assert losses(parts) == pytest.approx(losses(one), abs=1e-5)
    storage.remove("trainings/r/model-4")
    assert most_apart(expected, trained(parts, "fsdp", workers=2)) < NEAR
    if lora is not None:
        assert len(load_file(parts / "trainings" / "r" / "adapter-4" / "adapter_model.safetensors")) == 8


def test_adapters_have_their_dropout_in_preference_trainings(tmp_path, base):
    request = request_of("dpo", lora={**LORA, "dropout": 0.5})
    storage_with(tmp_path, base, request)
    trained(tmp_path)
    undropped = tmp_path / "undropped"
    storage_with(undropped, base, request_of("dpo", lora=LORA))
    trained(undropped)
    assert losses(tmp_path)[1] == pytest.approx(losses(undropped)[1])  # adapters begin as zero
    assert abs(losses(tmp_path)[4] - losses(undropped)[4]) > 1e-4


def test_a_stopped_training_continues_to_the_same_weights_and_one_that_is_ended_early_keeps_its_model(tmp_path, base):
    request = request_of("dpo")
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    storage_with(whole, base, request)
    storage = storage_with(stopped, base, request)
    storage.write("results/r/stop", b"")
    assert ended(stopped) == "stopped"
    assert list(losses(stopped)) == [1]
    assert left_on_node(stopped) == []
    storage.remove("results/r/stop")
    storage.write("results/r/conclude", b"")
    assert ended(stopped) == "concluded"
    assert list(losses(stopped)) == [1, 2]
    early = weights_in(stopped, 2)
    storage.remove("results/r/conclude")
    assert most_apart(trained(stopped), trained(whole)) < NEAR
    assert most_apart(early, weights_in(whole)) > NEAR
    assert left_on_node(stopped) == []


def test_a_training_removes_what_a_killed_worker_left_on_its_node(tmp_path, base):
    storage_with(tmp_path, base, request_of("sft"))
    half_saved = tmp_path / "cache" / "trainings" / "r" / "node" / "tmp-weights"
    half_saved.mkdir(parents=True)
    (half_saved / "model.safetensors").write_text("half")
    trained(tmp_path)
    assert left_on_node(tmp_path) == []
