"""Which examples each worker sees in each step. Laurel decides the steps; here they are split among workers and forward passes."""

from dataclasses import dataclass
from typing import Any

Step = dict[str, Any]


@dataclass(frozen=True)
class MicroBatch:
    """The examples of a worker's forward pass."""

    rows: list[int]
    counts: bool
    """Whether it counts: DDP needs every worker in every pass, so one without an example of its own repeats another's for nothing."""
    scale: float
    """Factor that makes the mean over workers and passes of mean losses the mean over the step's examples; 0 if it doesn't count."""


@dataclass(frozen=True)
class Plan:
    """A worker's forward passes, `passes` for each step."""

    passes: int
    micro_batches: list[MicroBatch]


def plan_batches(steps: list[Step], worker: int, workers: int, micro_batch: int) -> Plan:
    """Split every step's examples over `workers` and forward passes of at most `micro_batch` examples.

    All steps have the same number of passes, and in a pass all workers have the same number of examples.
    """
    sizes = [pass_sizes(len(step["rows"]), workers, micro_batch) for step in steps]
    passes = max(len(of_step) for of_step in sizes)
    micro_batches: list[MicroBatch] = []
    for step, of_step in zip(steps, sizes, strict=True):
        rows, start = step["rows"], 0
        for size in [*of_step, *[0] * (passes - len(of_step))]:
            own = rows[start + worker * size : start + (worker + 1) * size]
            scale = len(own) * workers * passes / len(rows)
            micro_batches.append(MicroBatch(own or rows[:1], bool(own), scale))
            start += size * workers
    return Plan(passes, micro_batches)


def pass_sizes(rows: int, workers: int, micro_batch: int) -> list[int]:
    """Examples of each worker in each pass of a step. If they don't divide evenly, the last pass has one for some workers only."""
    each, rest = divmod(rows, workers)
    full, remainder = divmod(each, micro_batch)
    return [micro_batch] * full + ([remainder] if remainder > 0 else []) + ([1] if rest > 0 else [])
