"""Shared storage, in a folder and in fsspec's memory (as a stand-in for a bucket)."""

import re
from pathlib import Path

import pytest

from laurel_cluster.errors import ClusterError
from laurel_cluster.models import local_copy, model_place
from laurel_cluster.storage import Storage


@pytest.fixture(params=["folder", "bucket"])
def storage(request, tmp_path: Path) -> Storage:
    return Storage(str(tmp_path) if request.param == "folder" else f"memory://{tmp_path.name}")


def test_what_is_written_is_read(storage: Storage):
    storage.write_json("a/b.json", {"x": 1})
    assert storage.read_json("a/b.json") == {"x": 1}
    assert storage.names("a") == ["b.json"]
    assert storage.exists("a/b.json")


def test_a_folder_that_is_missing_is_empty(storage: Storage):
    assert storage.names("nothing") == []
    storage.remove("nothing")


def test_uploaded_files_come_back(storage: Storage, tmp_path: Path):
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    (source / "inner" / "w.bin").write_bytes(b"123")
    storage.upload(source, "there")
    target = tmp_path / "copies" / "target"
    storage.download("there/inner", target)
    assert (target / "w.bin").read_bytes() == b"123"


@pytest.mark.parametrize("put", [lambda storage, _: storage.write("a/b", b""), lambda storage, source: storage.upload(source, "a")])
def test_nothing_is_written_where_the_storage_is_not(tmp_path: Path, put):
    source = tmp_path / "source"
    source.mkdir()
    (source / "w.bin").write_bytes(b"123")
    place = tmp_path / "mount" / "laurel-1"
    with pytest.raises(ClusterError, match=re.escape(str(place))) as error:
        put(Storage(str(place)), source)
    assert error.value.code == "NOT_FOUND"
    assert not (tmp_path / "mount").exists()


def test_a_model_is_there_once_its_pointer_is(storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LAUREL_CACHE", str(tmp_path / "cache"))
    storage.write("models/abc/config.json", b"{}")
    with pytest.raises(Exception, match="abc"):
        model_place(storage, "abc")
    storage.write_json("models/abc.json", {"folder": "models/abc"})
    for _ in range(2):  # the second time, a copy is there
        assert (local_copy(storage, model_place(storage, "abc")) / "config.json").read_text() == "{}"
