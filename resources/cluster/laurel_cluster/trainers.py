"""TRL's trainers on rows of token ids, in the steps that Laurel decides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate.state import DistributedType, PartialState
from datasets import Dataset
from peft import LoraConfig
from tokenizers import Tokenizer, models
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import PreTrainedModel, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from laurel_cluster.batches import MicroBatch, Plan, plan_batches
from laurel_cluster.progress import Progress
from laurel_cluster.reference import reference_logps
from laurel_cluster.results import Results
from laurel_cluster.settings import Training
from laurel_cluster.tally import Tally, locally
from laurel_cluster.weights import sharded_reference

Row = dict[str, Any]


@dataclass(frozen=True)
class TrainingJob:
    """What a worker trains."""

    model: PreTrainedModel
    folder: Path
    """The model's files."""
    request: Row
    is_sharded: bool
    """Whether each worker holds a part of the weights."""
    settings: Training
    place: Path
    start: int
    """Steps done before, in a checkpoint."""
    rank: int
    workers: int
    results: Results
    progress: Progress


class _LaurelSteps:
    """Mixed into a trainer of TRL: its data and its learning rates are those of the request's steps."""

    job: TrainingJob
    plan: Plan
    tally: Tally

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The worker's forward passes in order, from the step on that comes next."""
        first = self.job.start * self.plan.passes
        return DataLoader(self.plan.micro_batches[first:], batch_size=None, collate_fn=self.collate)  # type: ignore[arg-type]

    def collate(self, micro_batch: MicroBatch) -> Row:
        """The tensors of a forward pass."""
        raise NotImplementedError

    def create_scheduler(self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None) -> LambdaLR:
        """The learning rate of each step, as Laurel's schedule has it."""
        peak = self.job.request["config"]["learning_rate"]
        steps = self.job.request["steps"]

        def factor(step: int) -> float:
            return steps[min(step, len(steps) - 1)]["learningRate"] / peak if peak > 0 else 0.0

        self.lr_scheduler = LambdaLR(optimizer or self.optimizer, factor)  # type: ignore[attr-defined]
        return self.lr_scheduler

    def log(self, logs: dict[str, float], *args: Any) -> None:
        """Log a step with its metrics over all workers."""
        if "loss" in logs:
            self._metrics["train"].update({name: [value] for name, value in self.tally.means().items()})  # type: ignore[attr-defined]
        super().log(logs, *args)  # type: ignore[misc]


class LaurelSft(_LaurelSteps, SFTTrainer):  # type: ignore[misc]
    """Supervised fine-tuning: the loss is the mean over the step's target tokens, as TRL counts them over all workers."""

    def __init__(self, job: TrainingJob, plan: Plan, **kwargs: Any) -> None:
        self.job, self.plan, self.tally = job, plan, Tally()
        super().__init__(**kwargs)

    def collate(self, micro_batch: MicroBatch) -> Row:
        """The tensors of a forward pass. An example that doesn't count has no targets."""
        rows = [self.train_dataset[index] for index in micro_batch.rows]
        if not micro_batch.counts:
            rows = [{**row, "labels": [-100] * len(row["labels"])} for row in rows]
        return dict(self.data_collator(rows))

    def compute_loss(self, model: Any, inputs: Row, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """TRL's loss; its metrics are means over target tokens."""
        targets = float((inputs["labels"][:, 1:] != -100).sum())
        with locally(self.accelerator):
            loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        self.tally.take(self._metrics["train"], {}, targets)
        return loss


class LaurelDpo(_LaurelSteps, DPOTrainer):  # type: ignore[misc]
    """Preference training: the loss is the mean over the step's pairs."""

    def __init__(self, job: TrainingJob, plan: Plan, args: DPOConfig, **kwargs: Any) -> None:
        self.job, self.plan, self.tally = job, plan, Tally()
        if not job.is_sharded:
            super().__init__(args=args, **kwargs)
            return
        args.precompute_ref_log_probs = False  # TRL would do it by a model that every worker holds as a whole
        super().__init__(args=args, ref_model=sharded_reference(job.folder, job.request["config"], job.rank), **kwargs)
        self.train_dataset = self._precompute_ref_logps(self.train_dataset, "train", args.per_device_train_batch_size)
        self.precompute_ref_logps, self.ref_model = True, None

    def _prepare_dataset(self, dataset: Dataset, *args: Any, **kwargs: Any) -> Dataset:
        return dataset  # it has token ids already, Laurel's

    def _precompute_ref_logps(self, dataset: Dataset, name: str, batch_size: int) -> Dataset:
        chosen, rejected = reference_logps(self, dataset, batch_size)
        return dataset.add_column("ref_chosen_logps", chosen).add_column("ref_rejected_logps", rejected)

    def collate(self, micro_batch: MicroBatch) -> Row:
        """The tensors of a forward pass, and how much it counts."""
        return {**self.data_collator([self.train_dataset[index] for index in micro_batch.rows]), "scale": micro_batch.scale}

    def compute_loss(self, model: Any, inputs: Row, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """TRL's loss, weighted so that every pair of the step counts the same, whichever worker has it."""
        scale = inputs.pop("scale")
        chosen, rejected = (float(mask[:, 1:].sum()) for mask in inputs["completion_mask"].chunk(2))
        with locally(self.accelerator):
            loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        counted = 1.0 if scale > 0 else 0.0
        weights = {"entropy": chosen + rejected, "mean_token_accuracy": chosen, "logits/chosen": chosen, "logits/rejected": rejected}
        pairs = inputs["input_ids"].shape[0] / 2
        self.tally.take(self._metrics["train"], {name: weight * counted for name, weight in weights.items()}, pairs * counted)
        return loss * scale


def make_trainer(job: TrainingJob) -> Any:
    """The trainer of a request's task."""
    plan = plan_batches(job.request["steps"], job.rank, job.workers, job.settings.micro_batch)
    common = {"model": job.model, "processing_class": padding_tokenizer(job.model), "callbacks": [job.progress]}
    lora = job.request["config"]["lora"]
    peft = {"peft_config": lora_config(lora)} if lora is not None else {}
    examples = job.request["examples"]
    if job.request["task"] == "dpo":
        rows = [{f"{side}_ids": example[side] for side in ("prompt", "chosen", "rejected")} for example in examples]
        args = DPOConfig(**arguments(job, plan), **preference_arguments(job.request["config"]))
        prepare_sharding(job)
        return LaurelDpo(job, plan, args=args, train_dataset=Dataset.from_list(rows), **common, **peft)
    rows = [{"input_ids": example["ids"], "labels": labels_of(example)} for example in examples]
    args = SFTConfig(dataset_kwargs={"skip_prepare_dataset": True}, **arguments(job, plan))
    prepare_sharding(job)
    return LaurelSft(job, plan, args=args, train_dataset=Dataset.from_list(rows), **common, **peft)


def labels_of(example: Row) -> list[int]:
    """An example's targets: its tokens, from the first with a loss on."""
    targets = set(example["targets"])
    return [token if place in targets else -100 for place, token in enumerate(example["ids"])]


def arguments(job: TrainingJob, plan: Plan) -> Row:
    """Training arguments of transformers for a request's config."""
    config = job.request["config"]
    on_gpu = torch.cuda.is_available()
    given = job.settings.arguments
    sharding = {"fsdp": True, "fsdp_config": {**(given.get("fsdp_config") or {}), "cpu_ram_efficient_loading": True}}
    return {
        "output_dir": str(job.place),
        "max_steps": len(job.request["steps"]),
        "per_device_train_batch_size": max(len(micro_batch.rows) for micro_batch in plan.micro_batches),
        "gradient_accumulation_steps": plan.passes,
        "learning_rate": config["learning_rate"],
        "weight_decay": config["weight_decay"],
        "max_grad_norm": config["max_grad_norm"] or 0.0,
        "adam_beta1": config["adam_beta1"],
        "adam_beta2": config["adam_beta2"],
        "adam_epsilon": config["adam_epsilon"],
        "optim": "adamw_torch",
        "seed": config["seed"] % 2**32,
        "bf16": config["precision"] == "bfloat16",
        "gradient_checkpointing": config["gradient_checkpointing"],
        "use_cpu": not on_gpu,
        "ddp_find_unused_parameters": False,
        "max_length": None,  # rows are cut already
        "save_strategy": "steps" if config["save_steps"] > 0 else "no",
        "save_steps": max(1, config["save_steps"]),
        "ignore_data_skip": True,  # the data starts where the checkpoint ends
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": [],
        "disable_tqdm": True,
        "remove_unused_columns": False,
        **given,
        **(sharding if job.is_sharded else {}),
    }


def prepare_sharding(job: TrainingJob) -> None:
    """Have accelerate shard a model on nodes without GPUs too: without this, it trains whole copies there and doesn't say so."""
    if job.is_sharded and not torch.cuda.is_available():
        PartialState._shared_state["distributed_type"] = DistributedType.MULTI_GPU


def preference_arguments(config: Row) -> Row:
    """DPO's own arguments, which have the same names in Laurel. `nll_weight` is TRL's loss `sft`."""
    losses = config["loss_type"] if isinstance(config["loss_type"], list) else [config["loss_type"]]
    weights = config["loss_weights"] or [1.0] * len(losses)
    if config["nll_weight"] > 0:
        losses, weights = [*losses, "sft"], [*weights, config["nll_weight"]]
    return {
        "beta": config["beta"],
        "loss_type": losses,
        "loss_weights": weights,
        "label_smoothing": config["label_smoothing"],
        "discopop_tau": config["discopop_tau"],
        "precompute_ref_log_probs": True,
        "disable_dropout": False,  # only adapters have any
    }


def lora_config(lora: Row) -> LoraConfig:
    """Laurel's adapters, as peft spells them."""
    return LoraConfig(
        r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=lora["dropout"], target_modules=lora["targets"], task_type="CAUSAL_LM"
    )


def padding_tokenizer(model: PreTrainedModel) -> PreTrainedTokenizerFast:
    """TRL wants a tokenizer for the token that it pads with. Which one that is has no effect: padding is masked."""
    pad = model.config.pad_token_id
    token = pad if isinstance(pad, int) and pad >= 0 else 0
    vocabulary = {f"<{i}>": i for i in range(token + 1)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<0>"))
    return PreTrainedTokenizerFast(tokenizer_object=backend, pad_token=f"<{token}>", eos_token=f"<{token}>")
