"""A step's metrics, as exact means over its examples or tokens, whichever workers and passes computed them."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist


class Tally:
    """Sums of a step's metrics on this worker, with their weights.

    TRL averages the workers' means of each pass, and then the passes'. That is exact only if all are equally large.
    """

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def take(self, metrics: dict[str, list[float]], weights: dict[str, float], otherwise: float) -> None:
        """Take over a pass's metrics, which TRL has just appended to its lists. `weights`: of those that aren't means over examples."""
        for name, values in metrics.items():
            if not values:
                continue
            value, weight = values.pop(), weights.get(name, otherwise)
            sums = self._sums[name]
            if weight > 0:
                sums[0] += value * weight
                sums[1] += weight

    def means(self) -> dict[str, float]:
        """The metrics over all workers. Starts the next step's."""
        names = sorted(self._sums)
        sums = torch.tensor([self._sums[name] for name in names], dtype=torch.float64)
        self._sums.clear()
        if dist.is_available() and dist.is_initialized():
            on_device = sums.to("cuda") if dist.get_backend() == "nccl" else sums
            dist.all_reduce(on_device)
            sums = on_device.cpu()
        return {name: (total / weight).item() for name, (total, weight) in zip(names, sums, strict=True) if weight > 0}


@contextmanager
def locally(accelerator: Any) -> Iterator[None]:
    """Have TRL compute its metrics on this worker alone; `Tally` adds them up."""
    gather, for_metrics = accelerator.gather, accelerator.gather_for_metrics
    accelerator.gather = accelerator.gather_for_metrics = lambda value: value
    try:
        yield
    finally:
        accelerator.gather, accelerator.gather_for_metrics = gather, for_metrics
