"""What the nodes of a cluster say. Ray is replaced by calls in this process."""

from types import SimpleNamespace

import pytest
from ray.exceptions import NodeDiedError, RayTaskError

from laurel_cluster import job, nodes
from laurel_cluster.errors import ClusterError
from laurel_cluster.results import Results
from laurel_cluster.session import Session
from laurel_cluster.settings import Settings
from laurel_cluster.storage import Storage


@pytest.fixture
def storage(tmp_path):
    return Storage(str(tmp_path))


@pytest.fixture
def cluster_of(monkeypatch):
    """A cluster of nodes, each with what it answers: its own look at the storage of this URL, an error of Ray, or nothing (None)."""

    def cluster_of(answers):
        monkeypatch.setattr(job, "MARK_SECONDS", 0)
        monkeypatch.setattr(nodes, "working_nodes", lambda: [{"NodeManagerAddress": name} for name in answers])
        monkeypatch.setattr(nodes, "_ask", lambda node, _url, mark: (node["NodeManagerAddress"], mark))

        def got(ref):
            answer = answers[ref[0]]
            if isinstance(answer, Exception):
                raise answer
            try:
                return nodes.see(answer, ref[1])
            except ClusterError as error:
                raise RayTaskError("see", "traceback", error) from error

        def wait(refs, **_):
            return [ref for ref in refs if answers[ref[0]] is not None], []

        monkeypatch.setattr(nodes, "ray", SimpleNamespace(wait=wait, get=got))

    return cluster_of


def test_every_node_says_whether_it_sees_the_storage(cluster_of, storage, tmp_path):
    cluster_of({"a": storage.url, "b": str(tmp_path / "elsewhere"), "c": NodeDiedError("gone"), "d": None})
    found = nodes.check_nodes(storage)
    assert [node["node"] for node in found] == ["a", "b", "c", "d"]
    assert [node["error"] and node["error"]["code"] for node in found] == [None, "NOT_FOUND", "ENGINE_LOST", "ENGINE_LOST"]
    assert "elsewhere" in found[1]["error"]["message"]
    assert found[0]["versions"]["ray"] != "not installed"
    assert storage.names("marks") == []


def test_a_cluster_without_nodes_for_work_has_nothing_to_say(cluster_of, storage):
    cluster_of({})
    assert nodes.check_nodes(storage) == []


@pytest.mark.parametrize(("place", "code"), [("elsewhere", "NOT_FOUND"), ("", "INTERNAL")])
def test_a_request_that_fails_names_a_node_without_the_storage(cluster_of, storage, tmp_path, monkeypatch, place, code):
    cluster_of({"a": str(tmp_path / place)})
    monkeypatch.setattr(Session, "_info", lambda _self: {"job": "job"})

    def perform(_self, _request_id, _request, _results):
        raise OSError("models/x is not a local folder")

    monkeypatch.setattr(Session, "_perform", perform)
    storage.write_json("requests/a1.json", {})
    storage.write("sessions/home/inbox/000000000000-a1", b"")
    Session(storage, "home", "job", Settings(idle_seconds=0.1)).run()
    assert Results(storage, "a1", "job").is_complete
    assert storage.read_json("results/a1/end.json")["error"]["code"] == code
