"""Reports a training's steps as they are done, and does what the user wants: stop, or end early and keep the model."""

import math
import time
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from laurel_cluster.checkpoints import Checkpoints
from laurel_cluster.errors import ClusterError
from laurel_cluster.results import Results

CONTINUE, STOP, CONCLUDE = 0, 1, 2
"""What the user wants, as workers agree on it."""


class Progress(TrainerCallback):
    """A callback of transformers' Trainer. Only the first worker reports; all of them agree on when to stop."""

    def __init__(self, results: Results, checkpoints: Checkpoints, steps: list[dict[str, Any]], *, rank: int) -> None:
        self._results = results
        self._checkpoints = checkpoints
        self._steps = steps
        self._rank = rank
        self._began = time.monotonic()
        self.is_stopped = False

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Start the step's clock."""
        self._began = time.monotonic()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> TrainerControl:
        """Stop after a step if the user wants that, with a checkpoint to continue from. The last step's is the trained model."""
        wanted = self._agreed()
        if state.global_step >= len(self._steps):
            control.should_save = False
        elif wanted != CONTINUE:
            self.is_stopped = wanted == STOP
            control.should_save = control.should_training_stop = True
        return control

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, float] | None = None, **kwargs: Any
    ) -> None:
        """Report a step: TRL's metrics, under TRL's names."""
        if logs is None or "loss" not in logs:
            return
        number = self._steps[state.global_step - 1]["number"]
        if not math.isfinite(logs["loss"]) or not math.isfinite(logs.get("grad_norm", 0.0)):
            message = f"loss or gradient became infinite or NaN at step {number}"
            raise ClusterError("NUMERIC", message, "Lower the learning rate, or use float32.")
        if self._rank != 0:
            return
        metrics = {name: value for name, value in logs.items() if name != "epoch" and math.isfinite(value)}
        metrics["seconds"] = time.monotonic() - self._began
        self._results.add([{"kind": "step", "step": number, "metrics": metrics}])

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Put the checkpoint into shared storage, after the steps that it contains are reported."""
        self._results.flush()
        path = self._checkpoints.keep(state.global_step, is_main=self._rank == 0)
        if self._rank == 0:
            self._results.add([{"kind": "checkpoint", "step": self._steps[state.global_step - 1]["number"], "path": path}])

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Report the last steps."""
        self._results.flush()

    def _agreed(self) -> int:
        """What the first worker sees, on all workers."""
        wanted = CONTINUE
        if self._rank == 0:
            wanted = STOP if self._results.wants("stop") else CONCLUDE if self._results.wants("conclude") else CONTINUE
        if not (dist.is_available() and dist.is_initialized()):
            return wanted
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        shared = torch.tensor([wanted], device=device)
        dist.broadcast(shared, src=0)
        return int(shared.item())
