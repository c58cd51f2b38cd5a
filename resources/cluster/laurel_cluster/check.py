"""A short job that tests a cluster: it answers, through the storage, what the nodes are and see. Started as `job.py` describes."""

import os
import sys

from laurel_cluster.job import run_job
from laurel_cluster.nodes import check_nodes, cluster_facts
from laurel_cluster.storage import Storage


def check(storage: Storage) -> None:
    """Entry point of the job."""
    nodes = check_nodes(storage)
    storage.write_json(f"tests/{os.environ['LAUREL_JOB']}/answer.json", {"cluster": cluster_facts(), "nodes": nodes})


if __name__ == "__main__":
    sys.exit(run_job(check))
