"""`durability=power`: one sync in flight, which covers every batch applied before it began."""

import os
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import deque
from collections.abc import Callable
from pathlib import Path

from orrery.kernel.store.ending import End
from orrery.kernel.store.worker import Worker


class Syncer:
    """Turns `sync`, which blocks until all that was written is on the disk, into futures for versions.

    `sync` raises OSError when it failed; the process is ended then and no future is fulfilled any more.
    """

    def __init__(self, sync: Callable[[], None], end: End) -> None:
        self._sync = sync
        self._end = end
        self._worker = Worker("orrery-sync")
        self._waiting: deque[tuple[int, Future[None]]] = deque()
        self._applied = 0
        self._durable = 0
        self._busy = False
        self._broken = False

    def applied(self, version: int) -> None:
        """Everything up to `version` has been written."""
        self._applied = version

    def durable(self, version: int) -> "Future[None] | None":
        if version <= self._durable:
            return None
        loop = get_running_loop()
        future: Future[None] = loop.create_future()
        self._waiting.append((version, future))
        if not self._busy:
            self._begin(loop)
        return future

    def close(self) -> None:
        self._worker.close()

    def _begin(self, loop: AbstractEventLoop) -> None:
        upto = self._applied
        self._busy = True

        def work() -> None:
            try:
                self._sync()
            except OSError as problem:
                self._broken = True
                self._end(f"syncing failed: {problem}")
                return
            try:
                loop.call_soon_threadsafe(self._finished, loop, upto)
            except RuntimeError:  # the loop was closed meanwhile, and with it went those who waited
                self._busy = False

        if not self._broken:
            self._worker.run(work)

    def _finished(self, loop: AbstractEventLoop, upto: int) -> None:
        self._busy = False
        self._durable = upto
        waiting = self._waiting
        later: list[tuple[int, Future[None]]] = []
        while waiting:
            version, future = waiting.popleft()
            if version > upto:
                later.append((version, future))
            elif not future.done():
                future.set_result(None)
        waiting.extend(later)
        if waiting:
            self._begin(loop)


def sync_file(descriptor: int) -> None:
    """Wait until a file's content is on the disk. Raises OSError; what was written may be lost then."""
    sync = getattr(os, "fdatasync", os.fsync)
    sync(descriptor)


def sync_path(path: Path) -> None:
    """Wait until a file's content or a directory's entries are on the disk. Raises OSError.

    Not for a file that SQLite has open: closing the descriptor would drop its locks.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
