"""Room on nodes, for processes that reserve a part of them. Ray's list of nodes is replaced by one of this process."""

from types import SimpleNamespace

import pytest

from laurel_cluster import room
from laurel_cluster.check import shortages
from laurel_cluster.errors import ClusterError
from laurel_cluster.room import Room, amounts, places
from laurel_cluster.settings import Inference, Settings, Training


def node(cpus, gpus=0):
    return {"Resources": {"CPU": cpus, "GPU": gpus, "memory": 1e9}}


@pytest.fixture
def cluster(monkeypatch):
    """A cluster whose list of nodes tests change, with a clock that moves by each look."""
    state = SimpleNamespace(nodes=[], now=0.0, asked=[], joins=None)

    def pause(seconds):
        state.now += seconds
        if state.joins is not None:
            state.nodes.append(state.joins)

    monkeypatch.setattr(room, "working_nodes", lambda: list(state.nodes))
    monkeypatch.setattr(room, "request_resources", lambda bundles: state.asked.append(bundles))
    monkeypatch.setattr(room, "time", SimpleNamespace(monotonic=lambda: state.now, sleep=pause))
    return state


@pytest.mark.parametrize(
    ("nodes", "need", "count"),
    [
        ([node(8, 4)], {"CPU": 1, "GPU": 1}, 4),
        ([node(2, 4)], {"CPU": 1, "GPU": 1}, 2),
        ([node(8, 2), node(8, 2)], {"CPU": 1, "GPU": 4}, 0),  # an engine's GPUs are those of one node
        ([node(8), node(4)], {"CPU": 4, "GPU": 0}, 3),
        ([], {"CPU": 1}, 0),
    ],
)
def test_processes_are_counted_by_the_scarcest_resource_of_each_node(nodes, need, count):
    assert places(nodes, need) == count


@pytest.mark.usefixtures("cluster")
def test_a_process_that_reserves_nothing_always_has_room():
    assert Room("an engine", {"CPU": 0, "GPU": 0}, 1, 0).look()


def test_nodes_that_come_in_time_are_waited_for_and_asked_for_meanwhile(cluster):
    cluster.joins = node(2, 1)
    Room("2 workers", {"CPU": 1, "GPU": 1}, 2, 60).wait()
    assert cluster.asked == [[{"CPU": 1, "GPU": 1}] * 2, []]


def test_nodes_that_have_room_are_not_asked_for(cluster):
    cluster.nodes = [node(8, 8)]
    Room("2 workers", {"CPU": 1, "GPU": 1}, 2, 60).wait()
    assert cluster.asked == []


def test_nodes_that_do_not_come_end_the_wait_with_what_is_there(cluster):
    cluster.nodes = [node(8, 2), node(16)]
    with pytest.raises(ClusterError) as failure:
        Room("an engine", {"CPU": 1, "GPU": 4}, 1, 60).wait()
    assert str(failure.value) == (
        "For 60 s no nodes have had room for an engine (1 CPU and 4 GPUs). The cluster's nodes have: 16 CPUs, 8 CPUs and 2 GPUs."
    )
    assert "cluster.json" in failure.value.remedy
    assert cluster.asked[-1] == []  # an autoscaling cluster isn't kept large for it


def test_room_that_was_missing_for_a_while_is_forgotten(cluster):
    watched = Room("an engine", {"CPU": 1}, 1, 60)
    for nodes in ([], [node(1)], []):
        cluster.nodes = nodes
        cluster.now += 40
        assert watched.look() is (nodes != [])


def test_amounts_are_said_in_words():
    assert amounts({"CPU": 1, "GPU": 4}) == "1 CPU and 4 GPUs"
    assert amounts({"CPU": 0.5}) == "0.5 CPUs"


def test_a_test_of_a_cluster_says_what_its_nodes_have_no_room_for(cluster):
    cluster.nodes = [node(8, 2), node(8, 2)]
    assert shortages(Settings()) == []
    assert shortages(Settings(Inference(gpus=4), Training(workers=8))) == [
        "No nodes have room for an engine of vLLM (1 CPU and 4 GPUs): see cluster.json.",
        "No nodes have room for 8 workers of Ray Train (1 CPU and 1 GPU each): see cluster.json.",
    ]


@pytest.mark.usefixtures("cluster")
def test_a_cluster_without_nodes_yet_is_short_of_nothing():
    assert shortages(Settings()) == []
