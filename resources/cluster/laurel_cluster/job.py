"""What Laurel's programs on a cluster have in common: where they find the storage, and how they report that they can't work.

Started through Ray's Jobs API with the environment variables LAUREL_STORAGE, LAUREL_MARK, and LAUREL_JOB.
"""

import json
import os
import time
from collections.abc import Callable

import ray

from laurel_cluster.errors import ClusterError, error_value
from laurel_cluster.storage import Storage

PROTOCOL_FOLDER = "laurel-1"
ERROR_LINE = "laurel-error "
"""Begins the line of the output by which Laurel learns why a job can't work, even without a storage in common."""

LOOK_SECONDS = 0.1
MARK_SECONDS = 60
"""How long Laurel's mark may take: some mounts pass files on later, or list folders from a cache."""


def run_job(work: Callable[[Storage], None]) -> int:
    """Do a job's work, once its storage is known to be Laurel's. Returns the exit status."""
    storage = Storage(f"{os.environ['LAUREL_STORAGE'].rstrip('/')}/{PROTOCOL_FOLDER}")
    try:
        mark = os.environ["LAUREL_MARK"]
        expect_mark(storage, mark)
        storage.remove(mark)
        ray.init(address="auto", log_to_driver=True)
        work(storage)
    except ClusterError as error:
        print(ERROR_LINE + json.dumps(error_value(error)), flush=True)
        return 1
    return 0


def expect_mark(storage: Storage, mark: str) -> None:
    """Wait for a file by which this node knows the storage. Raises a ClusterError that names the place if it doesn't appear."""
    end = time.monotonic() + MARK_SECONDS
    while not storage.exists(mark):
        if time.monotonic() >= end:
            raise storage.not_shared()
        time.sleep(LOOK_SECONDS)
