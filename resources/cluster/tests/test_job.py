"""What a job does before its work: it looks for the mark that Laurel left in the storage."""

import json
import threading

import pytest

from laurel_cluster import job
from laurel_cluster.errors import ClusterError
from laurel_cluster.job import ERROR_LINE, PROTOCOL_FOLDER, expect_mark, run_job
from laurel_cluster.storage import Storage


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Runs a job on the storage `tmp_path`; returns its exit status, the error that it reports, and whether it did its work."""
    monkeypatch.setattr(job.ray, "init", lambda **_: None)
    monkeypatch.setattr(job, "MARK_SECONDS", 0.2)
    monkeypatch.setenv("LAUREL_STORAGE", f"{tmp_path}/")
    monkeypatch.setenv("LAUREL_MARK", "sessions/home/marks/a1")

    def run(work=lambda _storage: None):
        done = []
        status = run_job(lambda storage: done.append(work(storage)))
        lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith(ERROR_LINE)]
        return status, json.loads(lines[0].removeprefix(ERROR_LINE)) if lines else None, bool(done)

    return run


def test_a_job_that_sees_the_mark_works_and_removes_it(run, tmp_path):
    (tmp_path / PROTOCOL_FOLDER).mkdir()
    storage = Storage(str(tmp_path / PROTOCOL_FOLDER))
    storage.write("sessions/home/marks/a1", b"")
    assert run() == (0, None, True)
    assert not storage.exists("sessions/home/marks/a1")


@pytest.mark.parametrize("made", [[], [PROTOCOL_FOLDER], [f"{PROTOCOL_FOLDER}/sessions/home/marks"]])
def test_a_job_that_sees_another_storage_says_which_place_it_means_and_writes_nothing(run, tmp_path, made):
    for folder in made:
        (tmp_path / folder).mkdir(parents=True)
    status, error, worked = run()
    assert (status, worked, error["code"]) == (1, False, "NOT_FOUND")
    assert str(tmp_path / PROTOCOL_FOLDER) in error["message"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_error_of_the_work_is_reported_in_the_output(run, tmp_path):
    (tmp_path / PROTOCOL_FOLDER).mkdir()
    Storage(str(tmp_path / PROTOCOL_FOLDER)).write("sessions/home/marks/a1", b"")

    def work(_storage):
        raise ClusterError("BAD_INPUT", "cluster.json: no", "Correct the file.")

    assert run(work) == (1, {"code": "BAD_INPUT", "message": "cluster.json: no", "remedy": "Correct the file."}, False)


def test_a_mark_may_take_a_while_to_appear(tmp_path):
    storage = Storage(str(tmp_path))
    threading.Timer(0.1, storage.write, ("late", b"")).start()
    expect_mark(storage, "late")
