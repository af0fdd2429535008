"""SQLite's write-ahead log kept bounded without ever stalling the event loop.

Automatic checkpoints would copy the whole log in the middle of a commit (5-31 ms). Instead, when the log
has grown to a threshold, a thread with a connection of its own copies it into the database (PASSIVE:
writers go on) and syncs both; what was written meanwhile is little, and is copied by the loop between two
batches, so that the log begins anew at its start. Beyond a cap `pressure` asks those who write to wait
for that.
"""

import os
import sqlite3
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections.abc import Callable
from enum import Enum
from mmap import ACCESS_READ, mmap
from pathlib import Path
from sys import byteorder

from orrery.kernel.store.ending import End
from orrery.kernel.store.syncing import sync_file
from orrery.kernel.store.worker import Worker

PAGE = 4096
THRESHOLD = (64 << 20) // PAGE
"""Frames in the log at which a checkpoint begins."""

CAP = 4 * THRESHOLD
"""Frames in the log from which writers are asked to wait."""

LOG_HEADER, FRAME_HEADER = 32, 24
"""Bytes of the log's layout: https://sqlite.org/fileformat2.html#the_write_ahead_log"""

REST = 512
"""Frames the loop may copy itself (2-3 ms); while more are left the thread goes over the log again."""


class State(Enum):
    IDLE = "nothing to do"
    COPYING = "the thread copies"
    NEAR = "little is left to copy, and to be synced by the thread"
    HOLDING = "the thread copies and syncs the rest, while writers wait"
    READY = "the loop is to copy the rest"


class LogIndex:
    """The number of frames in the log, from SQLite's wal-index file (sqlite.org/walformat.html, section 2.1).

    The mapping stays open as long as the connections: closing a descriptor of a file would drop the locks
    that SQLite holds on it in this process.
    """

    def __init__(self, database: Path) -> None:
        descriptor = os.open(f"{database}-shm", os.O_RDONLY | os.O_CLOEXEC)
        self._map = mmap(descriptor, 136, access=ACCESS_READ)
        self._descriptor = descriptor

    def frames(self) -> int:
        return int.from_bytes(self._map[16:20], byteorder)

    def copied(self) -> int:
        """How many of the frames are in the database."""
        return int.from_bytes(self._map[96:100], byteorder)

    def close(self) -> None:
        self._map.close()
        os.close(self._descriptor)


class Checkpoints:
    """`restart` is given by the store: it copies the rest on the loop's connection; False when a reader
    held it up. `self.database` is a descriptor of the database's file, for whoever reads it whole.
    """

    def __init__(
        self,
        database: Path,
        restart: Callable[[], bool],
        end: End,
        *,
        threshold: int = THRESHOLD,
        cap: int = CAP,
        hold: bool = False,
    ) -> None:
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False, timeout=0)
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA cache_size=-256")
        self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        self._index = LogIndex(database)
        self.database = os.open(database, os.O_RDWR | os.O_CLOEXEC)
        self._restart = restart
        self._end = end
        self._threshold = self._next = threshold
        self._cap = cap
        self._hold = hold
        self._worker = Worker("orrery-checkpoint")
        self._waiting: list[Future[None]] = []
        self._loop: AbstractEventLoop | None = None
        self._anew = False
        self._overlooked = False
        self.state = State.IDLE

    def frames(self) -> int:
        return self._index.frames()

    def needed(self) -> int:
        """Bytes at the log's start that make up the state together with the database; to be asked in the loop by
        whoever holds a reader that has just begun, and true until its end.

        The reader keeps what is copied from going beyond its view, and the log from beginning anew unless all of it
        is in the database already, which then stays as it is.
        """
        frames = self._index.frames()
        return 0 if self._index.copied() >= frames else LOG_HEADER + frames * (FRAME_HEADER + PAGE)

    def written(self) -> None:
        """To be called after each commit, outside of a transaction."""
        if self.state is State.READY:
            self.finish()
        elif self.state is State.NEAR:
            # A writer that asks `pressure` before it writes has overlooked this once at most.
            if self._overlooked:
                self.finish()
            self._overlooked = True
        elif self._index.frames() >= self._next:
            self.begin()
        else:
            self._anew = False

    def begin(self) -> None:
        """Begin a checkpoint unless one is under way."""
        if self.state is State.IDLE:
            self.state = State.COPYING
            self._overlooked = False
            following = State.NEAR if self._hold else State.READY
            self._worker.run(lambda: self._work(self._copy_most, following))

    def finish(self) -> None:
        """Copy the rest, the thread being done or nobody waiting for it; on the loop, between two batches."""
        self.state = State.IDLE
        self._anew = self._restart()
        self._next = self._threshold if self._anew else self._index.frames() + self._threshold // 4
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def pressure(self) -> "Future[None] | None":
        """None, or a future for the end of the checkpoint under way, when the log is longer than its cap.

        A reader that holds the log up (a snapshot being written) makes writers wait only for every
        further quarter of the threshold: it ends some time, and to stand still meanwhile would be worse
        than a long log.
        """
        if self.state is State.NEAR:
            self._hold_writers()
        elif self.state is not State.HOLDING:
            if self._anew or self._index.frames() < max(self._cap, self._next):
                return None
            self.begin()
        loop = get_running_loop()
        future: Future[None] = loop.create_future()
        self._loop = loop
        self._waiting.append(future)
        self._go_on()
        return None if future.done() else future

    def close(self) -> None:
        """End the thread and its connection. The caller copies what is left, then calls `release`."""
        self._worker.close()
        self._connection.close()

    def release(self) -> None:
        """Close the last descriptors, after all connections."""
        self._index.close()
        os.close(self.database)

    def _hold_writers(self) -> None:
        self.state = State.HOLDING
        self._worker.run(lambda: self._work(self._copy_once, State.READY))

    def _go_on(self) -> None:
        """On the loop: do what the thread waits for, if it does."""
        if self.state is State.NEAR:
            self._hold_writers()
        elif self.state is State.READY:
            self.finish()

    def _work(self, copy: Callable[[], object], following: State) -> None:
        """In the thread: copy, and tell the loop if somebody waits."""
        try:
            copy()
        except OSError as problem:
            self._end(f"syncing failed: {problem}")
            return
        except sqlite3.Error as problem:
            if problem.sqlite_errorname in ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"):
                self._end(f"syncing failed: {problem}")
                return
        self.state = following
        if self._waiting and self._loop is not None:
            try:
                self._loop.call_soon_threadsafe(self._go_on)
            except RuntimeError:  # the loop was closed, and with it went those who waited
                self._waiting.clear()

    def _copy_most(self) -> None:
        """Copy until little is left, or a reader is in the way."""
        before = -1
        while True:
            copied = self._copy_once()
            if self._index.frames() - copied <= REST or copied == before:
                return
            before = copied

    def _copy_once(self) -> int:
        """Copy what the log holds now and sync it; how many frames have been copied in all."""
        copied: int = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[2]
        # SQLite syncs the database only when nothing was written meanwhile.
        sync_file(self.database)
        return copied
