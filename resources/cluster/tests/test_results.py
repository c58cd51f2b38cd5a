"""Results of a request: parts that never change, and an end."""

from pathlib import Path

import pytest

from laurel_cluster.errors import ClusterError
from laurel_cluster.results import Results
from laurel_cluster.storage import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path))


def test_a_later_attempt_sees_what_an_earlier_one_stored(storage: Storage):
    first = Results(storage, "r", "one")
    first.add([{"row": 0}])
    first.flush()
    second = Results(storage, "r", "two")
    assert second.stored() == [{"row": 0}]
    second.add([{"row": 1}])
    second.end()
    assert Results(storage, "r", "three").stored() == [{"row": 0}, {"row": 1}]
    assert storage.names("results/r") == ["00000000-one.jsonl", "00000001-two.jsonl", "end.json"]


def test_items_that_wait_are_lost_with_their_writer_and_nothing_else(storage: Storage):
    results = Results(storage, "r", "one", interval=1000)
    results.add([{"row": 0}])  # the first is written at once
    results.add([{"row": 1}])
    assert Results(storage, "r", "two").stored() == [{"row": 0}]


def test_a_failed_request_keeps_its_items(storage: Storage):
    results = Results(storage, "r", "one")
    results.add([{"row": 0}])
    results.fail({"code": "INTERNAL", "message": "m", "remedy": "r"})
    assert results.stored() == [{"row": 0}]
    assert storage.read_json("results/r/end.json")["error"]["message"] == "m"


def test_a_number_that_json_lacks_is_a_numeric_error(storage: Storage):
    with pytest.raises(ClusterError) as error:
        Results(storage, "r", "one").add([{"logprob": float("nan")}])
    assert error.value.code == "NUMERIC"


def test_markers_are_seen(storage: Storage):
    results = Results(storage, "r", "one")
    assert not results.wants("stop")
    storage.write("results/r/stop", b"")
    assert results.wants("stop")
