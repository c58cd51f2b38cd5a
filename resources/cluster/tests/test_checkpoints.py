"""Checkpoints in shared storage."""

from laurel_cluster.checkpoints import Checkpoints
from laurel_cluster.storage import Storage


def test_the_newest_complete_checkpoint_is_kept_and_what_a_killed_worker_left_is_removed(tmp_path):
    storage = Storage(str(tmp_path / "storage"))
    checkpoints = Checkpoints(storage, "ckpt", tmp_path / "node", is_uploader=True)
    for step in (5, 10):
        (tmp_path / "node" / f"checkpoint-{step}").mkdir(parents=True)
        (tmp_path / "node" / f"checkpoint-{step}" / "model").write_text(str(step))
    checkpoints.keep(5, is_main=True)
    storage.write("ckpt/5.json.0c9783d3.tmp", b"{")  # half a marker
    storage.write("ckpt/step-7/model", b"7")  # files without a marker
    assert checkpoints.newest_step() == 5
    checkpoints.keep(10, is_main=True)
    assert storage.names("ckpt") == ["10.json", "step-10"]
    assert checkpoints.newest_step() == 10
