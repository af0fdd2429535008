"""The data directory: one cloud's files, for one process at a time.

format      what wrote it: the format's number and the store's adapter
lock        held by the process that uses it, whose id it names
ballast     disk space kept back
store/      the store's own files
content/    bodies too large for the store
states/     saved states, unless they are kept elsewhere (kernel/states)
incoming/   and the like: another state being loaded (store/exchange.py)
"""

import errno
import fcntl
import json
import os
from pathlib import Path
from typing import Final

from orrery.kernel.store import exchange
from orrery.kernel.store.syncing import sync_path

FORMAT: Final = 1
"""The format of data directories that this code writes, and the newest it reads."""


class UnusableDirectory(Exception):
    """The data directory cannot be used; the message says why and what to do, for people."""


class DataDirectory:
    """A locked data directory, made if it is not there. Raises UnusableDirectory."""

    def __init__(self, path: Path, adapter: str) -> None:
        self.path = path
        self.store = path / "store"
        self.content = path / "content"
        self.ballast = path / "ballast"
        try:
            _make(path)
            self._lock: int | None = _lock(path)
        except OSError as problem:
            raise UnusableDirectory(f"The data directory {path} cannot be used: {problem.strerror}.") from problem
        try:
            self._check_format(adapter)
            exchange.recover(path)
            _make(self.store)
            _make(self.content)
        except OSError as problem:
            self.close()
            raise UnusableDirectory(f"The data directory {path} cannot be used: {problem.strerror}.") from problem
        except UnusableDirectory:
            self.close()
            raise

    def close(self) -> None:
        """Give the lock back. Idempotent."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def _check_format(self, adapter: str) -> None:
        path = self.path / "format"
        try:
            found = json.loads(path.read_bytes())
            number, kind = int(found["format"]), str(found["store"])
        except FileNotFoundError:
            _write_new(path, json.dumps({"format": FORMAT, "store": adapter}).encode() + b"\n")
            return
        except (ValueError, KeyError, TypeError) as problem:
            raise UnusableDirectory(f"{path} is damaged: it does not say which format the directory has.") from problem
        if number > FORMAT:
            raise UnusableDirectory(
                f"The data directory {self.path} was written by a newer Orrery (format {number}; this one reads "
                f"up to {FORMAT}). Use that version, or another directory."
            )
        if kind != adapter:
            raise UnusableDirectory(
                f"The data directory {self.path} is kept by the store '{kind}', not '{adapter}'. "
                f"Choose that store, or another directory."
            )


def _make(path: Path) -> None:
    """Make a directory for its owner only; one that is there and holds something keeps its permissions."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid == os.geteuid() and not any(path.iterdir()):
        path.chmod(0o700)


def _lock(directory: Path) -> int:
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        if problem.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        who = f"process {holder}" if holder else "another process"
        raise UnusableDirectory(
            f"The data directory {directory} is in use by {who}. Stop it (orrery stop), or use another directory."
        ) from problem
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _write_new(path: Path, content: bytes) -> None:
    """A small file that is there whole or not at all, also after a loss of power."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(path)
    sync_path(path.parent)
