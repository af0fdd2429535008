"""The store on SQLite: three WITHOUT ROWID tables, one writing connection, committed in the event loop's
thread.

A commit into the write-ahead log is a write into the page cache: it survives the death of the process,
and costs less than handing it to a thread would. Between two batches the connection keeps a read
transaction open, so that reads take no file locks; nobody else writes, so what it sees is always the
latest state.
"""

import errno
import os
import sqlite3
from asyncio import Future
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Final

from orrery.kernel.store.ballast import Ballast
from orrery.kernel.store.checkpoints import CAP, PAGE, THRESHOLD, Checkpoints
from orrery.kernel.store.contract import RECORDS, Batch, Durability, Listener, Pair, StoreFailed, StoreFull
from orrery.kernel.store.copying import copy_file
from orrery.kernel.store.ending import End, end_process
from orrery.kernel.store.estimate import estimate_range
from orrery.kernel.store.syncing import Syncer, sync_file, sync_path

FILE: Final = "store.sqlite"
"""The database's name in the data directory."""

NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT))

TABLES: Final = ("records", "bulk", "log")

GET: Final = tuple(f"SELECT v FROM {table} WHERE k=?" for table in TABLES)
PUT: Final = tuple(f"INSERT OR REPLACE INTO {table} VALUES(?,?)" for table in TABLES)
DELETE: Final = tuple(f"DELETE FROM {table} WHERE k=?" for table in TABLES)
CLEAR: Final = tuple(f"DELETE FROM {table} WHERE k>=? AND k<?" for table in TABLES)
RANGE: Final = tuple(
    tuple(f"SELECT k,v FROM {table} WHERE k>=? AND k<? ORDER BY k{order} LIMIT ?" for order in ("", " DESC"))
    for table in TABLES
)
KEYS: Final = tuple(
    tuple(f"SELECT k FROM {table} WHERE k>=? AND k<? ORDER BY k{order} LIMIT ?" for order in ("", " DESC"))
    for table in TABLES
)
ADD: Final = (
    "INSERT INTO records VALUES(?,?) ON CONFLICT(k) DO UPDATE SET v="
    "CASE typeof(v) WHEN 'integer' THEN v ELSE counter(v) END + excluded.v"
)
"""A counter is an integer in the file; only one that was put as bytes needs the function."""


class SqliteStore:
    """`Store` on a database file, or in memory (`SqliteStore.memory`)."""

    def __init__(self, connection: sqlite3.Connection, ballast: Ballast | None = None) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._executemany = connection.executemany
        self._ballast = ballast
        self._listeners: list[Listener] = []
        self._version = 0
        self._path: Path | None = None
        self._syncer: Syncer | None = None
        self._checkpoints: Checkpoints | None = None
        self._log: int | None = None
        self._closed = False
        self._execute("BEGIN")

    @classmethod
    def memory(cls, snapshot: Path | None = None) -> "SqliteStore":
        """A store of which nothing is kept, with what a snapshot holds, if one is given: it may be changed by that."""
        connection = _connect(":memory:", "MEMORY", "OFF")
        if snapshot is not None:
            source = sqlite3.connect(snapshot / FILE)
            try:
                source.execute("PRAGMA journal_mode=DELETE")  # memory knows no log
                source.backup(connection)
            finally:
                source.close()
        return cls(connection)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        durability: Durability = "crash",
        ballast: Ballast | None = None,
        end: End = end_process,
        threshold: int = THRESHOLD,
        cap: int = CAP,
    ) -> "SqliteStore":
        """The store in `directory`, created if it is not there. `threshold` and `cap` are frames of the
        log.
        """
        path = directory / FILE
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        # With a log NORMAL does not sync at a commit, but around a checkpoint, where the order of writes
        # decides whether the database is whole after a loss of power.
        connection = _connect(str(path), "WAL", "NORMAL" if durability == "power" else "OFF")
        store = cls(connection, ballast)
        store._path = path
        store._log = os.open(f"{path}-wal", os.O_RDWR | os.O_CLOEXEC)
        store._checkpoints = Checkpoints(
            path, store._restart, end, threshold=threshold, cap=cap, hold=durability == "power"
        )
        if durability == "power":
            sync_path(directory)
            store._syncer = Syncer(store._sync, end)
        return store

    def get(self, space: int, key: bytes) -> bytes | None:
        row = self._execute(GET[space], (key,)).fetchone()
        if row is None:
            return None
        value: bytes | int = row[0]
        return _counter(value) if isinstance(value, int) else value

    def many(self, space: int, keys: Sequence[bytes]) -> list[bytes | None]:
        get = self.get
        return [get(space, key) for key in keys]

    def range(
        self, space: int, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[Pair]:
        bounds = (start, stop, -1 if limit is None else limit)
        rows = self._execute(RANGE[space][reverse], bounds).fetchall()
        if space == RECORDS:
            for place, (key, value) in enumerate(rows):
                if type(value) is int:
                    rows[place] = (key, _counter(value))
        return rows

    def keys(
        self, space: int, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[bytes]:
        rows = self._execute(KEYS[space][reverse], (start, stop, -1 if limit is None else limit))
        return [row[0] for row in rows]

    def apply(self, batch: Batch) -> int:
        ballast = self._ballast
        if ballast is not None:
            self._admit(batch, ballast)
        try:
            self._write(batch)
            self._execute("COMMIT")
        except sqlite3.Error as problem:
            self._undo()
            self._recover(batch, problem)
        self._version += 1
        version = self._version
        if self._syncer is not None:
            self._syncer.applied(version)
        if self._checkpoints is not None:
            self._checkpoints.written()
        if not self._connection.in_transaction:
            self._execute("BEGIN")
        for listener in self._listeners:
            listener(version, batch)
        return version

    def durable(self, version: int) -> "Future[None] | None":
        return None if self._syncer is None else self._syncer.durable(version)

    def pressure(self) -> "Future[None] | None":
        return None if self._checkpoints is None else self._checkpoints.pressure()

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def estimate(self, space: int, start: bytes, stop: bytes) -> int:
        def keys(start: bytes, stop: bytes, limit: int, reverse: bool) -> list[bytes]:
            return self.keys(space, start, stop, limit=limit, reverse=reverse)

        return estimate_range(keys, start, stop)

    def settle(self) -> None:
        """Nothing: the log is short enough to be copied."""

    def snapshot(self, target: Path) -> Callable[[], None]:
        target.mkdir(mode=0o700)
        try:
            copy = self._serialised(target) if self._checkpoints is None else self._held(self._checkpoints, target)
        except (sqlite3.Error, OSError, MemoryError) as problem:
            raise _left_nothing(target, problem) from problem

        def write() -> None:
            try:
                copy()
                if self._syncer is not None:
                    sync_path(target)
            except (sqlite3.Error, OSError) as problem:
                raise _left_nothing(target, problem) from problem

        return write

    def size(self) -> int:
        if self._path is None:
            pages: int = self._execute("PRAGMA page_count").fetchone()[0]
            return pages * PAGE
        names = (self._path, self._path.with_name(FILE + "-wal"))
        return sum(name.stat().st_blocks * 512 for name in names if name.exists())

    def log_size(self) -> int:
        log = None if self._path is None else self._path.with_name(FILE + "-wal")
        return log.stat().st_size if log is not None and log.exists() else 0

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._syncer is not None:
            self._syncer.close()
        if self._connection.in_transaction:
            self._execute("COMMIT")
        if self._checkpoints is not None:
            self._checkpoints.close()
            self._execute("PRAGMA synchronous=NORMAL")
            with suppress(sqlite3.Error):  # a log that cannot be copied now is read again at the next start
                self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._connection.close()
        if self._checkpoints is not None:
            self._checkpoints.release()
        if self._log is not None:
            os.close(self._log)

    def _serialised(self, target: Path) -> Callable[[], None]:
        """A copy of the memory, taken now."""
        image = self._connection.serialize()
        return lambda: write_image(target / FILE, image)

    def _held(self, checkpoints: Checkpoints, target: Path) -> Callable[[], None]:
        """A reader that keeps the log and the database as they are, as far as its view needs them."""
        assert self._path is not None and self._log is not None
        path, log, sync = self._path, self._log, self._syncer is not None
        reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        try:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()
            length = checkpoints.needed()
        except BaseException:
            reader.close()
            raise

        def copy() -> None:
            try:
                copy_file(checkpoints.database, target / FILE, sync=sync)
                if length:
                    copy_file(log, target / f"{FILE}-wal", length, sync=sync)
            finally:
                reader.close()

        return copy

    def _write(self, batch: Batch) -> None:
        for space, start, stop in batch.clears:
            self._execute(CLEAR[space], (start, stop))
        for space in (0, 1, 2):
            puts = batch.puts[space]
            if not puts:
                continue
            if None in puts.values():
                self._executemany(DELETE[space], [(key,) for key, value in puts.items() if value is None])
                kept = [pair for pair in puts.items() if pair[1] is not None]
                if kept:
                    self._executemany(PUT[space], kept)
            else:
                self._executemany(PUT[space], puts.items())
        if batch.adds:
            self._executemany(ADD, batch.adds.items())

    def _admit(self, batch: Batch, ballast: Ballast) -> None:
        """On a full disk let pass what frees space, and what fits into the pages freed before."""
        # The log is still to be copied into the database, which may grow by all of it.
        log = 0 if self._checkpoints is None else self._checkpoints.frames() * PAGE
        if not ballast.full:
            ballast.watch(log)
            if not ballast.full:
                return
        if self._checkpoints is not None:
            self._checkpoints.begin()
        if batch.frees() or ballast.restore(log):
            return
        free: int = self._execute("PRAGMA freelist_count").fetchone()[0]
        if free * PAGE < 2 * ballast.size:
            raise StoreFull("the disk is full")

    def _undo(self) -> None:
        """Leave the failed transaction, which SQLite may have left already, for a new one."""
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
        if not self._connection.in_transaction:
            self._execute("BEGIN")

    def _recover(self, batch: Batch, problem: sqlite3.Error) -> None:
        """Apply on a full disk a batch that frees space, in the room the ballast took; else raise."""
        if problem.sqlite_errorname != "SQLITE_FULL":
            raise StoreFailed(str(problem)) from problem
        if self._checkpoints is not None:
            self._checkpoints.begin()
        if self._ballast is None or not batch.frees():
            if self._ballast is not None:
                self._ballast.full = True
            raise StoreFull("the disk is full") from problem
        self._ballast.release()
        try:
            self._write(batch)
            self._execute("COMMIT")
        except sqlite3.Error as again:
            self._undo()
            raise StoreFull("the disk is full") from again

    def _restart(self) -> bool:
        """Copy what is left of the log and let the next batch begin it anew. False if a reader is in the
        way.
        """
        if self._connection.in_transaction:
            self._execute("COMMIT")
        try:
            busy: int = self._execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0]
        except sqlite3.Error:
            busy = 1
        self._execute("BEGIN")
        return not busy

    def _sync(self) -> None:
        assert self._log is not None
        sync_file(self._log)


def _connect(name: str, journal: str, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=0)
    execute = connection.execute
    execute(f"PRAGMA page_size={PAGE}")
    execute(f"PRAGMA synchronous={synchronous}")
    execute(f"PRAGMA journal_mode={journal}")
    execute("PRAGMA wal_autocheckpoint=0")
    execute("PRAGMA cache_size=-32768")
    execute("PRAGMA secure_delete=OFF")
    execute("PRAGMA temp_store=MEMORY")
    connection.create_function("counter", 1, _number, deterministic=True)
    execute("BEGIN IMMEDIATE")
    for table in TABLES:
        execute(f"CREATE TABLE IF NOT EXISTS {table}(k BLOB PRIMARY KEY, v) WITHOUT ROWID")
    execute("COMMIT")
    return connection


def write_image(path: Path, image: bytes) -> None:
    """Write a database that was in memory. Raises OSError."""
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(image)


def _left_nothing(target: Path, problem: Exception) -> StoreFull | StoreFailed:
    """Remove what there is of a snapshot; what to raise."""
    rmtree(target, ignore_errors=True)
    full = getattr(problem, "errno", None) in NO_ROOM or getattr(problem, "sqlite_errorname", "") == "SQLITE_FULL"
    if full:
        return StoreFull("there is no room for the snapshot")
    return StoreFailed(f"the snapshot could not be written: {problem}")


def _counter(value: int) -> bytes:
    return value.to_bytes(8, "big", signed=True)


def _number(value: bytes) -> int:
    if len(value) != 8:
        raise ValueError("not a counter")
    return int.from_bytes(value, "big", signed=True)
