"""Steps, split among workers and forward passes."""

import pytest

from laurel_cluster.batches import plan_batches

STEPS = [{"rows": [3, 1, 4, 0]}, {"rows": [2, 5, 6]}, {"rows": [1]}]


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
@pytest.mark.parametrize("micro_batch", [1, 2, 8])
def test_the_scaled_mean_over_workers_and_passes_is_the_mean_over_the_step(workers: int, micro_batch: int):
    plans = [plan_batches(STEPS, worker, workers, micro_batch) for worker in range(workers)]
    passes = plans[0].passes
    assert {plan.passes for plan in plans} == {passes}
    assert {len(plan.micro_batches) for plan in plans} == {passes * len(STEPS)}
    for number, step in enumerate(STEPS):
        parts = [part for plan in plans for part in plan.micro_batches[number * passes : (number + 1) * passes]]
        counted = sorted(row for part in parts if part.scale > 0 for row in part.rows)
        assert counted == sorted(step["rows"])
        mean = sum(part.scale * sum(part.rows) / len(part.rows) for part in parts) / (workers * passes)
        assert mean == pytest.approx(sum(step["rows"]) / len(step["rows"]))
        assert all(1 <= len(part.rows) <= micro_batch for part in parts)
    for number in range(passes * len(STEPS)):
        assert len({len(plan.micro_batches[number].rows) for plan in plans}) == 1  # workers exchange tensors of one shape
