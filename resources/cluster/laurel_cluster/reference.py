"""The reference model's log-probabilities of all pairs, computed once before any update, by all workers."""

from typing import Any

import torch
import torch.distributed as dist
from datasets import Dataset

PROGRESS_PASSES = 8
"""Workers exchange what they have after so many forward passes."""


def reference_logps(trainer: Any, dataset: Dataset, batch_size: int) -> tuple[list[float], list[float]]:
    """Log-probabilities of the chosen and the rejected responses, in the dataset's order. What is stored isn't computed again."""
    results = trainer.job.results
    known = {item["row"]: (item["chosen"], item["rejected"]) for item in results.stored() if item.get("kind") == "reference"}
    missing = [row for row in range(len(dataset)) if row not in known]
    rank, workers = trainer.job.rank, trainer.job.workers
    size = batch_size * PROGRESS_PASSES * workers
    model = trainer.ref_model or trainer.model
    was_training = model.training
    model.eval()
    for start in range(0, len(missing), size):
        part = missing[start : start + size]
        own = part[rank::workers]
        found = _computed(trainer, model, dataset, padded_share(own, part, workers), batch_size)
        known.update(_gathered({row: found[row] for row in own}, workers))
        if rank == 0:
            items = [{"kind": "reference", "row": row, "chosen": known[row][0], "rejected": known[row][1]} for row in part]
            results.add([*items, {"kind": "reference-progress", "done": len(known), "total": len(dataset)}])
            results.flush()
    model.train(was_training)
    pairs = [known[row] for row in range(len(dataset))]
    return [chosen for chosen, _ in pairs], [rejected for _, rejected in pairs]


def padded_share(own: list[int], rows: list[int], workers: int) -> list[int]:
    """As many rows for each worker, of which the last may be another's: in a forward pass that all make, parts of a model are gathered."""
    return [*own, *rows[: -(-len(rows) // workers) - len(own)]]


def _computed(trainer: Any, model: Any, dataset: Dataset, rows: list[int], batch_size: int) -> dict[int, tuple[float, float]]:
    found: dict[int, tuple[float, float]] = {}
    for start in range(0, len(rows), batch_size):
        part = rows[start : start + batch_size]
        batch = trainer._prepare_inputs(trainer.data_collator([dataset[row] for row in part]))
        with torch.no_grad():
            chosen, rejected = trainer.compute_ref_log_probs(model, batch)
        found.update(zip(part, zip(chosen.tolist(), rejected.tolist(), strict=True), strict=True))
    return found


def _gathered(own: dict[int, tuple[float, float]], workers: int) -> dict[int, tuple[float, float]]:
    if workers == 1:
        return own
    all_found: list[dict[int, tuple[float, float]]] = [{} for _ in range(workers)]
    dist.all_gather_object(all_found, own)
    return {row: pair for found in all_found for row, pair in found.items()}
