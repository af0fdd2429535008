"""The store on RocksDB: one column family, keys with their space in front, counters read, added and written.

For states far larger than memory with many random writes, where a tree of pages rewrites a page a key. It
needs the package rocksdict. RocksDB's own threads flush and compact; a write is in the operating system's
hands when `apply` returns, which survives the process's death.
"""

from asyncio import Future
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, cast

from rocksdict import AccessType, BlockBasedOptions, Cache, Checkpoint, Options, Rdict, WriteBatch

from orrery.kernel.store.ballast import Ballast
from orrery.kernel.store.contract import RECORDS, Batch, Durability, Listener, Pair, StoreFailed, StoreFull
from orrery.kernel.store.ending import End, end_process
from orrery.kernel.store.estimate import estimate_range
from orrery.kernel.store.syncing import Syncer, sync_path

DIRECTORY: Final = "rocksdb"
"""Where in the store's directory the database lies."""

SPACE: Final = (b"\x00", b"\x01", b"\x02")


class RocksStore:
    """`Store` in a directory."""

    def __init__(self, path: Path, durability: Durability, ballast: Ballast | None, end: End) -> None:
        self._path = path
        self._database = _open(path, ballast)
        self._ballast = ballast
        self._listeners: list[Listener] = []
        self._version = 0
        self._syncer = Syncer(self._sync, end) if durability == "power" else None
        self._closed = False

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        durability: Durability = "crash",
        ballast: Ballast | None = None,
        end: End = end_process,
    ) -> "RocksStore":
        """The store in `directory`, created if it is not there. Raises StoreFull or StoreFailed."""
        return cls(directory / DIRECTORY, durability, ballast, end)

    def get(self, space: int, key: bytes) -> bytes | None:
        return cast("bytes | None", self._database.get(SPACE[space] + key))

    def many(self, space: int, keys: Sequence[bytes]) -> list[bytes | None]:
        prefix = SPACE[space]
        return cast("list[bytes | None]", self._database.get([prefix + key for key in keys])) if keys else []

    def range(
        self, space: int, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[Pair]:
        low, high = SPACE[space] + start, SPACE[space] + stop
        pairs: Any = self._database.items(backwards=reverse, from_key=high if reverse else low)
        found = _within(pairs, low, high, reverse)
        return [(key[1:], value) for key, value in islice(found, limit)]

    def keys(
        self, space: int, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[bytes]:
        low, high = SPACE[space] + start, SPACE[space] + stop
        keys: Any = self._database.keys(backwards=reverse, from_key=high if reverse else low)
        found = _within(((key, b"") for key in keys), low, high, reverse)
        return [key[1:] for key, _ in islice(found, limit)]

    def apply(self, batch: Batch) -> int:
        ballast = self._ballast
        if ballast is not None:
            ballast.watch(0)
            if ballast.full and not batch.frees() and not ballast.restore(0):
                raise StoreFull("the disk is full")
        changes = self._changes(batch)
        problem = _attempt(lambda: self._database.write(changes))
        if problem is not None and "No space left" in problem and ballast is not None:
            ballast.release()
            if batch.frees():
                problem = _attempt(lambda: self._database.write(changes))
        if problem is not None:
            raise StoreFull("the disk is full") if "No space left" in problem else StoreFailed(problem)
        self._version += 1
        version = self._version
        if self._syncer is not None:
            self._syncer.applied(version)
        for listener in self._listeners:
            listener(version, batch)
        return version

    def durable(self, version: int) -> "Future[None] | None":
        return None if self._syncer is None else self._syncer.durable(version)

    def pressure(self) -> "Future[None] | None":
        """None: RocksDB slows writers down itself."""
        return None

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def estimate(self, space: int, start: bytes, stop: bytes) -> int:
        def keys(start: bytes, stop: bytes, limit: int, reverse: bool) -> list[bytes]:
            return self.keys(space, start, stop, limit=limit, reverse=reverse)

        return estimate_range(keys, start, stop)

    def settle(self) -> None:
        """Write what is in memory into table files, which `snapshot` would otherwise do in its caller's time."""
        _attempt(lambda: self._database.flush(True))

    def snapshot(self, target: Path) -> Callable[[], None]:
        """Table files are linked, not copied, where the file system can."""
        target.mkdir(mode=0o700)
        checkpoint = Checkpoint(self._database)
        problem = _attempt(lambda: checkpoint.create_checkpoint(str(target / DIRECTORY)))
        if problem is not None:
            rmtree(target, ignore_errors=True)
            raise StoreFull(problem) if "No space left" in problem else StoreFailed(problem)

        def sync() -> None:
            if self._syncer is not None:
                try:
                    sync_path(target)
                except OSError as failure:
                    rmtree(target, ignore_errors=True)
                    raise StoreFailed(f"the snapshot could not be synced: {failure}") from failure

        return sync

    def size(self) -> int:
        return sum(file.stat().st_blocks * 512 for file in self._path.iterdir())

    def log_size(self) -> int:
        return sum(file.stat().st_size for file in self._path.glob("*.log"))

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._syncer is not None:
            self._syncer.close()
        # Nothing that was acknowledged rests on these; after a full disk they fail.
        _attempt(lambda: self._database.flush_wal(True))
        _attempt(self._database.close)

    def _changes(self, batch: Batch) -> WriteBatch:
        """The batch as RocksDB's, whose entries take effect one after the other."""
        changes = WriteBatch(raw_mode=True)
        for space, start, stop in batch.clears:
            if start < stop:
                changes.delete_range(SPACE[space] + start, SPACE[space] + stop)
        for prefix, puts in zip(SPACE, batch.puts, strict=True):
            for key, value in puts.items():
                if value is None:
                    changes.delete(prefix + key)
                else:
                    changes.put(prefix + key, value)
        for key, amount in batch.adds.items():
            changes.put(SPACE[RECORDS] + key, _counter(self._before_adds(batch, key), amount))
        return changes

    def _before_adds(self, batch: Batch, key: bytes) -> bytes | None:
        """What is stored at `key` once the clears and puts of the batch are done."""
        if key in batch.puts[RECORDS]:
            return batch.puts[RECORDS][key]
        if any(space == RECORDS and start <= key < stop for space, start, stop in batch.clears):
            return None
        return self.get(RECORDS, key)

    def _sync(self) -> None:
        problem = _attempt(lambda: self._database.flush_wal(True))
        if problem is not None:
            raise OSError(problem)


def _open(path: Path, ballast: Ballast | None) -> Rdict:
    """Open the database, on a full disk in the room of the ballast: it writes even then."""
    opened: list[Rdict] = []

    def attempt() -> None:
        opened.append(Rdict(str(path), _options(), access_type=AccessType.read_write()))

    problem = _attempt(attempt)
    if problem is not None and "No space left" in problem and ballast is not None:
        ballast.release()
        problem = _attempt(attempt)
    if problem is not None:
        raise StoreFull(problem) if "No space left" in problem else StoreFailed(problem)
    return opened[0]


def _attempt(action: Callable[[], None]) -> str | None:
    """Do it; what went wrong, or None."""
    try:
        action()
    except Exception as problem:  # noqa: BLE001 - rocksdict raises no narrower class
        return str(problem)
    return None


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(2)
    options.set_max_total_wal_size(256 << 20)
    blocks = BlockBasedOptions()
    blocks.set_block_cache(Cache(32 << 20))
    blocks.set_bloom_filter(10, False)
    options.set_block_based_table_factory(blocks)
    return options


def _within(pairs: Iterable[Pair], low: bytes, high: bytes, reverse: bool) -> Iterator[Pair]:
    """The pairs up to the end of [low, high); going backwards, RocksDB begins with `high` itself if it is
    there.
    """
    if reverse:
        for pair in pairs:
            if pair[0] < low:
                return
            if pair[0] < high:
                yield pair
    else:
        for pair in pairs:
            if pair[0] >= high:
                return
            yield pair


def _counter(value: bytes | None, amount: int) -> bytes:
    if value is None:
        return amount.to_bytes(8, "big", signed=True)
    if len(value) != 8:
        raise StoreFailed("not a counter")
    return (int.from_bytes(value, "big", signed=True) + amount).to_bytes(8, "big", signed=True)
