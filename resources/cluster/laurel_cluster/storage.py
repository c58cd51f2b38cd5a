"""Shared storage: files under a URL that fsspec understands, each written as a whole and never changed."""

import contextlib
import json
import os
import shutil
import socket
import uuid
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from laurel_cluster.errors import ClusterError


class Storage:
    """A folder in shared storage. Names are relative to it and use `/`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = root.rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether every node sees the storage as a folder."""
        return isinstance(self._fs, LocalFileSystem)

    @property
    def file_system(self) -> fsspec.AbstractFileSystem:
        """The file system behind the storage."""
        return self._fs

    def path(self, name: str) -> str:
        """The name's path as its file system spells it: for a shared folder, a path that any program can open."""
        return f"{self._root}/{name}"

    def exists(self, name: str) -> bool:
        self._fs.invalidate_cache()
        return bool(self._fs.exists(self.path(name)))

    def names(self, folder: str) -> list[str]:
        """What is in a folder, sorted; nothing if there is no such folder."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.ls(self.path(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in found)

    def read(self, name: str) -> bytes:
        return bytes(self._fs.cat_file(self.path(name)))

    def read_json(self, name: str) -> Any:
        return json.loads(self.read(name))

    def write(self, name: str, content: bytes) -> None:
        """Write a file that appears complete or not at all. Object stores guarantee that themselves."""
        path = self.path(name)
        if not self.is_local:
            self._fs.pipe_file(path, content)
            return
        self._make_folder(Path(path).parent)
        temporary = f"{path}.{uuid.uuid4().hex}.tmp"
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    def write_json(self, name: str, value: Any) -> None:
        self.write(name, json.dumps(value, allow_nan=False).encode())

    def remove(self, name: str) -> None:
        """Remove a file or a folder, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm(self.path(name), recursive=True)

    def download(self, folder: str, target: Path) -> None:
        """Copy a folder's files to this node. The target appears complete or not at all."""
        temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex}.tmp")
        temporary.mkdir(parents=True)
        for name in self.names(folder):
            self._fs.get_file(self.path(f"{folder}/{name}"), str(temporary / name))
        try:
            temporary.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(temporary)

    def upload(self, source: Path, folder: str) -> None:
        """Copy a node's files into a folder, each as a whole; files in subfolders keep their place."""
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            name = f"{folder}/{file.relative_to(source).as_posix()}"
            if self.is_local:
                self._copy_whole(file, Path(self.path(name)))
            else:
                self._fs.put_file(str(file), self.path(name))

    def _copy_whole(self, source: Path, target: Path) -> None:
        self._make_folder(target.parent)
        temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex}.tmp")
        shutil.copyfile(source, temporary)
        os.replace(temporary, target)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder in the storage, never the storage itself: where it isn't mounted, files would land on the node's own disk."""
        if not Path(self._root).is_dir():
            raise self.not_shared()
        folder.mkdir(parents=True, exist_ok=True)

    def not_shared(self) -> ClusterError:
        """The error of a node that sees another place than Laurel, or none."""
        message = f"Node {socket.gethostname()} doesn't see your machine's files in {self.url}."
        remedy = "Mount the storage there on every node, or correct the engine's storage and its folder on this machine."
        return ClusterError("NOT_FOUND", message, remedy)
