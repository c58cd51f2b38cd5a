"""The cluster's settings file."""

from pathlib import Path

import pytest

from laurel_cluster.errors import ClusterError
from laurel_cluster.settings import Settings, read_settings
from laurel_cluster.storage import Storage


def test_without_a_file_there_are_defaults(tmp_path: Path):
    assert read_settings(Storage(str(tmp_path))) == Settings()


def test_settings_are_read(tmp_path: Path):
    storage = Storage(str(tmp_path))
    storage.write_json("cluster.json", {"idle_seconds": 5, "inference": {"replicas": 3}, "training": {"strategy": "fsdp"}})
    settings = read_settings(storage)
    assert (settings.idle_seconds, settings.inference.replicas, settings.training.strategy) == (5, 3, "fsdp")


@pytest.mark.parametrize("content", [b"{", b'{"inference": {"replica": 1}}', b'{"training": {"strategy": "magic"}}', b"[]"])
def test_a_wrong_file_is_named(tmp_path: Path, content: bytes):
    storage = Storage(str(tmp_path))
    storage.write("cluster.json", content)
    with pytest.raises(ClusterError, match=r"cluster\.json") as error:
        read_settings(storage)
    assert error.value.code == "BAD_INPUT"
