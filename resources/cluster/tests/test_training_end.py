"""What a job keeps of a training that ends, and of one that is killed. Ray Train is replaced by what its workers store."""

import pytest

from laurel_cluster import room, training
from laurel_cluster.errors import ClusterError, Stopped
from laurel_cluster.settings import Settings
from laurel_cluster.storage import Storage

REQUEST = {"task": "sft", "config": {"loss_type": "sigmoid", "dropout": 0}}
CHECKPOINTS = "trainings/r/checkpoints"


class Workers:
    """Stands in for Ray Train: its workers write a checkpoint and say how the training ended."""

    def __init__(self, storage):
        self._storage = storage
        self.runs = 0
        self.how, self.error = "finished", None

    def fit(self):
        self.runs += 1
        self._storage.write(f"{CHECKPOINTS}/step-2/model", b"")
        self._storage.write_json(f"{CHECKPOINTS}/2.json", {"step": 2})
        self._storage.write("results/r/00000000-train.jsonl", b"")
        self._storage.write_json(training.outcome_name("r"), {"how": self.how, "error": self.error})


@pytest.fixture
def job(tmp_path, monkeypatch):
    storage = Storage(str(tmp_path))
    workers = Workers(storage)
    monkeypatch.setattr(training, "TorchTrainer", lambda *_, **__: workers)
    monkeypatch.setattr(room, "working_nodes", lambda: [{"Resources": {"CPU": 2}}])
    return storage, workers, lambda: training.train(storage, "r", REQUEST, Settings())


def test_a_finished_training_keeps_no_checkpoint(job):
    storage, _, train = job
    assert train() is False
    assert storage.names(CHECKPOINTS) == []


@pytest.mark.parametrize(
    ("how", "error", "raised"),
    [
        ("concluded", None, None),
        ("stopped", None, Stopped),
        ("failed", {"code": "NUMERIC", "message": "NaN", "remedy": "Lower it."}, ClusterError),
    ],
)
def test_a_training_that_may_continue_keeps_its_checkpoint_and_is_trained_again(job, how, error, raised):
    storage, workers, train = job
    workers.how, workers.error = how, error
    for runs in (1, 2):
        if raised is None:
            assert train() is True
        else:
            with pytest.raises(raised):
                train()
        assert storage.names(CHECKPOINTS) == ["2.json", "step-2"]
        assert workers.runs == runs


def test_a_job_that_is_killed_after_the_training_is_noted_as_finished_has_nothing_trained_again(job, monkeypatch):
    storage, workers, train = job

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(training, "remove_checkpoints", die)
        with pytest.raises(KeyboardInterrupt):
            train()
    assert train() is False
    assert workers.runs == 1
    assert storage.names(CHECKPOINTS) == []


def test_a_training_whose_results_a_user_deleted_is_trained_again(job):
    storage, workers, train = job
    train()
    storage.remove("results/r")
    train()
    assert workers.runs == 2
