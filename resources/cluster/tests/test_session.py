"""The job's inbox."""

import pytest

from laurel_cluster.results import Results
from laurel_cluster.session import Session
from laurel_cluster.settings import Settings
from laurel_cluster.storage import Storage


@pytest.fixture
def answered(tmp_path, monkeypatch):
    """Has a job answer what is in its inbox, and returns the storage and the requests that it performed."""
    storage = Storage(str(tmp_path))
    performed = []
    monkeypatch.setattr(Session, "_info", lambda _self: {"job": "job"})

    def perform(_self, request_id, _request, _results):
        performed.append(request_id)
        return False

    monkeypatch.setattr(Session, "_perform", perform)

    def run():
        Session(storage, "home", "job", Settings(idle_seconds=0.3)).run()
        return storage, performed

    return storage, run


def test_requests_are_answered_in_their_order_and_leave_the_inbox(answered):
    storage, run = answered
    for place, request in enumerate(("b1", "a2")):
        storage.write_json(f"requests/{request}.json", {})
        storage.write(f"sessions/home/inbox/{place:012d}-{request}", b"")
    _, performed = run()
    assert performed == ["b1", "a2"]
    assert storage.names("sessions/home/inbox") == []
    assert Results(storage, "b1", "job").is_complete


def test_an_entry_that_laurel_is_still_writing_is_left_alone(answered):
    storage, run = answered
    unfinished = "000000000000-a2.tmp-24141-0c9783d3"  # as `temporaryBeside` names it
    storage.write(f"sessions/home/inbox/{unfinished}", b"")
    _, performed = run()
    assert performed == []
    assert storage.names("sessions/home/inbox") == [unfinished]
