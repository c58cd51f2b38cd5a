"""Models in shared storage, and their copies on this node."""

import hashlib
import os
import tempfile
from pathlib import Path

from laurel_cluster.errors import ClusterError
from laurel_cluster.storage import Storage


def model_place(storage: Storage, model: str) -> str:
    """The folder of the storage with a model's files.

    `models/NAME.json` says where they are. It is written after them, so that a model is there complete or not at all.
    """
    pointer = f"models/{model}.json"
    if not storage.exists(pointer):
        raise ClusterError("NOT_FOUND", f"{storage.path(pointer)} is missing.", "Resume the run: Laurel copies the model there again.")
    return str(storage.read_json(pointer)["folder"])


def local_copy(storage: Storage, folder: str) -> Path:
    """A folder of the storage as files that a program on this node can open: the shared folder itself, or a copy of it."""
    if storage.is_local:
        return Path(storage.path(folder))
    key = hashlib.sha256(f"{storage.url}/{folder}".encode()).hexdigest()[:24]
    target = cache_folder() / key
    if not target.exists():
        storage.download(folder, target)
    return target


def cache_folder() -> Path:
    """Where this node keeps copies of models. Set LAUREL_CACHE to a large, fast disk."""
    folder = Path(os.environ.get("LAUREL_CACHE", Path(tempfile.gettempdir()) / "laurel-cluster"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
