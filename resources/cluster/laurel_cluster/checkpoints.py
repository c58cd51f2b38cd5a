"""Checkpoints of a training in shared storage. A marker makes one count, and is written after its files."""

import re
import shutil
from pathlib import Path

import torch.distributed as dist

from laurel_cluster.storage import Storage


class Checkpoints:
    """Folders `step-N` with the files of transformers' Trainer, and markers `N.json`."""

    def __init__(self, storage: Storage, folder: str, place: Path, *, is_uploader: bool) -> None:
        self._storage = storage
        self._folder = folder
        self._place = place
        self._is_uploader = is_uploader

    def clear_node(self) -> None:
        """Remove what this node has of the training: what counts is in shared storage, and a killed worker leaves the rest."""
        if self._is_uploader:
            shutil.rmtree(self._place, ignore_errors=True)

    def newest_step(self) -> int:
        """The step of the newest complete checkpoint; 0 if there is none."""
        return max((int(name.removesuffix(".json")) for name in self._storage.names(self._folder) if name.endswith(".json")), default=0)

    def fetch(self, step: int) -> str:
        """A checkpoint's files on this node."""
        name = f"{self._folder}/step-{step}"
        if self._storage.is_local:
            return self._storage.path(name)
        target = self._place / f"checkpoint-{step}"
        if self._is_uploader:
            shutil.rmtree(target, ignore_errors=True)
            self._storage.download(name, target)
        _together()
        return str(target)

    def keep(self, step: int, *, is_main: bool) -> str:
        """Move what the trainer has just saved on every node to shared storage, and drop older checkpoints. Returns where it is."""
        source = self._place / f"checkpoint-{step}"
        name = f"{self._folder}/step-{step}"
        _together()
        if self._is_uploader and source.exists():
            self._storage.upload(source, name)
        if self._is_uploader:
            for saved in self._place.glob("checkpoint-*"):  # also the one that the training continued from
                if int(saved.name.removeprefix("checkpoint-")) <= step:
                    shutil.rmtree(saved)
        _together()
        if is_main:
            self._storage.write_json(f"{self._folder}/{step}.json", {"step": step})
            for other in self._storage.names(self._folder):
                found = re.match(r"(?:step-)?(\d+)", other)  # also what a killed worker left half written
                if found and int(found[1]) < step:
                    self._storage.remove(f"{self._folder}/{other}")
        return self._storage.path(name)


def _together() -> None:
    """Wait for all workers."""
    if dist.is_available() and dist.is_initialized():
        dist.barrier()
