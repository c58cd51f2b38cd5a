"""Laurel's job on a Ray cluster: answers requests from shared storage, one after another, until there is nothing to do for a while.

Started as `job.py` describes, with the environment variable LAUREL_SESSION.
"""

import os
import re
import sys
import time
import traceback
from typing import Any

from laurel_cluster.errors import ErrorValue, Stopped, error_value
from laurel_cluster.inference import Inference
from laurel_cluster.job import LOOK_SECONDS, run_job
from laurel_cluster.nodes import check_nodes, cluster_facts
from laurel_cluster.results import Results
from laurel_cluster.settings import Settings, busy_rows, read_settings
from laurel_cluster.storage import Storage

ENTRY = re.compile(r"\d+-[0-9a-f]+")
"""A complete entry of the inbox. Laurel writes it under another name first."""

MOST_LOOK_SECONDS = 2.0


class Session:
    """The job, and the folder `sessions/NAME` through which Laurel reaches it."""

    def __init__(self, storage: Storage, name: str, job: str, settings: Settings) -> None:
        self._storage = storage
        self._folder = f"sessions/{name}"
        self._job = job
        self._settings = settings
        self._inference = Inference(storage, settings)

    def run(self) -> None:
        """Answer requests until none come for a while, or another job of this name has taken over."""
        self._storage.write_json(f"{self._folder}/info.json", self._info())
        idle_since = time.monotonic()
        wait = LOOK_SECONDS
        while time.monotonic() - idle_since < self._settings.idle_seconds:
            entries = self._storage.names(f"{self._folder}/inbox")
            entry = next((name for name in entries if ENTRY.fullmatch(name)), None)
            if entry is None:
                time.sleep(wait)
                wait = min(wait * 1.2, MOST_LOOK_SECONDS)
                continue
            if not self._is_owner():
                print("another job has taken over", flush=True)
                return
            self._answer(entry)
            idle_since = time.monotonic()
            wait = LOOK_SECONDS
        self._inference.close()

    def _answer(self, entry: str) -> None:
        request_id = entry.split("-", 1)[1]
        results = Results(self._storage, request_id, self._job)
        try:
            if not results.is_complete:
                print(f"request {request_id}", flush=True)
                concluded = self._perform(request_id, self._storage.read_json(f"requests/{request_id}.json"), results)
                results.end(concluded=concluded)
        except Stopped:
            results.flush()
            if not results.wants("stop"):
                return  # the user wants it again
        except Exception as error:
            traceback.print_exc()
            results.fail(self._explained(error))
        self._storage.remove(f"{self._folder}/inbox/{entry}")

    def _perform(self, request_id: str, request: dict[str, Any], results: Results) -> bool:
        """Answers a request. True if a training was ended early."""
        if results.wants("stop"):
            raise Stopped
        if request["kind"] != "train":
            self._inference.answer(request, results)
            return False
        self._inference.close()
        from laurel_cluster.training import train

        return train(self._storage, request_id, request, self._settings)

    def _is_owner(self) -> bool:
        info = self._storage.read_json(f"{self._folder}/info.json")
        return bool(info["job"] == self._job)

    def _info(self) -> dict[str, Any]:
        facts = cluster_facts()
        return {"job": self._job, "rows": busy_rows(self._settings.inference, facts["gpus"], facts["nodes"]), **facts}

    def _explained(self, error: Exception) -> ErrorValue:
        """An error as Laurel shows it. A node that doesn't see the storage fails in ways that don't say so: it is asked."""
        value = error_value(error)
        if value["code"] not in ("INTERNAL", "ENGINE_LOST"):
            return value
        try:
            errors = [node["error"] for node in check_nodes(self._storage)]
        except Exception:
            traceback.print_exc()
            return value
        return next((found for found in errors if found is not None and found["code"] == "NOT_FOUND"), value)


def serve(storage: Storage) -> None:
    """Entry point of the job."""
    Session(storage, os.environ["LAUREL_SESSION"], os.environ["LAUREL_JOB"], read_settings(storage)).run()


if __name__ == "__main__":
    sys.exit(run_job(serve))
