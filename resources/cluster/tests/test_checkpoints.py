"""Checkpoints in shared storage, and what becomes of them."""

import pytest

from laurel_cluster.checkpoints import Checkpoints
from laurel_cluster.storage import Storage
from laurel_cluster.training import remove_checkpoints


def test_the_newest_complete_checkpoint_is_kept_and_what_a_killed_worker_left_is_removed(tmp_path):
    (tmp_path / "storage").mkdir()
    storage = Storage(str(tmp_path / "storage"))
    checkpoints = Checkpoints(storage, "ckpt", tmp_path / "node", is_uploader=True)
    for step in (5, 10):
        (tmp_path / "node" / f"checkpoint-{step}").mkdir(parents=True)
        (tmp_path / "node" / f"checkpoint-{step}" / "model").write_text(str(step))
    checkpoints.keep(5, is_main=True)
    storage.write("ckpt/5.json.0c9783d3.tmp", b"{")  # half a marker
    storage.write("ckpt/step-7/model", b"7")  # files without a marker
    assert checkpoints.newest_step() == 5
    assert list((tmp_path / "node").iterdir()) == [tmp_path / "node" / "checkpoint-10"]
    checkpoints.keep(10, is_main=True)
    assert list((tmp_path / "node").iterdir()) == []
    assert storage.names("ckpt") == ["10.json", "step-10"]
    assert checkpoints.newest_step() == 10


def test_a_node_keeps_nothing_of_a_killed_worker_or_of_the_checkpoint_that_a_training_began_with(tmp_path):
    storage = Storage("memory://node-keeps-nothing")
    storage.write("ckpt/step-5/model", b"5")
    storage.write_json("ckpt/5.json", {"step": 5})
    node = tmp_path / "node"
    (node / "checkpoint-7").mkdir(parents=True)
    checkpoints = Checkpoints(storage, "ckpt", node, is_uploader=True)
    checkpoints.clear_node()
    assert not node.exists()
    checkpoints.fetch(5)
    assert (node / "checkpoint-5" / "model").read_bytes() == b"5"
    (node / "checkpoint-8").mkdir()
    checkpoints.keep(8, is_main=True)
    assert list(node.iterdir()) == []


@pytest.mark.parametrize("killed_after", [0, 1, 2])
def test_a_removal_that_is_killed_leaves_no_checkpoint_that_counts_without_its_files(tmp_path, monkeypatch, killed_after):
    storage = Storage(str(tmp_path))
    for step in (5, 10):
        storage.write(f"ckpt/step-{step}/model", b"")
        storage.write_json(f"ckpt/{step}.json", {"step": step})
    remove, left = storage.remove, [killed_after]

    def remove_or_die(name):
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        remove(name)

    monkeypatch.setattr(storage, "remove", remove_or_die)
    checkpoints = Checkpoints(storage, "ckpt", tmp_path / "node", is_uploader=True)
    with pytest.raises(KeyboardInterrupt):
        remove_checkpoints(storage, "ckpt")
    newest = checkpoints.newest_step()
    assert newest == 0 or storage.names(f"ckpt/step-{newest}") == ["model"]
    monkeypatch.undo()
    remove_checkpoints(storage, "ckpt")
    assert storage.names("ckpt") == []
