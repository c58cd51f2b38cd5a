"""A short job that tests a cluster: it answers, through the storage, what the nodes are and see. Started as `job.py` describes."""

import os
import sys

from laurel_cluster.engine_pool import engine_room
from laurel_cluster.job import run_job
from laurel_cluster.nodes import check_nodes, cluster_facts
from laurel_cluster.room import cluster_size
from laurel_cluster.settings import Settings, read_settings
from laurel_cluster.storage import Storage
from laurel_cluster.training import workers_room


def check(storage: Storage) -> None:
    """Entry point of the job."""
    settings = read_settings(storage)  # a mistake in it ends the job with what is wrong
    answer = {"cluster": cluster_facts(), "nodes": check_nodes(storage), "shortages": shortages(settings)}
    storage.write_json(f"tests/{os.environ['LAUREL_JOB']}/answer.json", answer)


def shortages(settings: Settings) -> list[str]:
    """What the nodes, if there are any, have no room for. An autoscaling cluster may start others."""
    nodes, gpus = cluster_size()
    rooms = [engine_room(settings, gpus), workers_room(settings, gpus, nodes)] if nodes > 0 else []
    return [shortage for room in rooms if (shortage := room.shortage()) is not None]


if __name__ == "__main__":
    sys.exit(run_job(check))
