"""From settings to an open store: what the kernel holds its state by."""

import sqlite3
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Literal

from orrery.kernel.store import exchange
from orrery.kernel.store.ballast import Ballast
from orrery.kernel.store.contract import Durability, Store, StoreFailed, StoreFull
from orrery.kernel.store.directory import DataDirectory, UnusableDirectory
from orrery.kernel.store.ending import End, end_process
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.store.table_ids import TableIds

Adapter = Literal["sqlite", "rocksdb"]


class Data:
    """An open store with what belongs to it: `store`, `tables`, and `content`, the directory for bodies.

    `durability` is what the store promises, `adapter` which one it is, `directory` where all of it lies: `kept` says
    whether it is still there after `close`, which closes all of it.
    """

    def __init__(
        self,
        directory: Path,
        open_store: Callable[[], Store],
        *,
        adapter: Adapter,
        durability: Durability,
        kept: bool,
        release: Callable[[], None],
    ) -> None:
        self.directory = directory
        self.content = directory / "content"
        self.adapter: Adapter = adapter
        self.durability: Durability = durability
        self.kept = kept
        self._open = open_store
        self._release = release
        self.store = open_store()
        self.tables = TableIds(self.store)

    def exchange(self) -> None:
        """Close the store and go over to the state that was prepared in `exchange.begin(directory)`, which is whole.

        `store` and `tables` are others then. What the old state leaves is removed by `exchange.tidy`. Raises OSError,
        StoreFailed, StoreFull or UnusableDirectory with the old state open, maybe anew.
        """
        where = self.directory
        exchange.decide(where, sync=self.durability == "power")
        if self.kept:
            self.store.close()
        try:
            exchange.complete(where)
            store = self._open()
        except BaseException:
            exchange.undo(where)
            if self.kept:
                self._hold(self._open())
            raise
        self.store.close()
        self._hold(store)
        exchange.finish(where)

    def close(self) -> None:
        """Sync and close the store and give the directory free. Idempotent."""
        self.store.close()
        self._release()

    def _hold(self, store: Store) -> None:
        self.store = store
        self.tables = TableIds(store)


def open_memory() -> Data:
    """State of which nothing is kept; bodies go into a temporary directory that `close` removes."""
    directory = Path(mkdtemp(prefix="orrery-"))
    (directory / "content").mkdir(mode=0o700)

    def remove() -> None:
        rmtree(directory, ignore_errors=True)

    def open_store() -> Store:
        """An empty store, or one with what was put into the directory."""
        prepared = directory / "store"
        store = SqliteStore.memory(prepared if prepared.exists() else None)
        rmtree(prepared, ignore_errors=True)
        return store

    return Data(directory, open_store, adapter="sqlite", durability="crash", kept=False, release=remove)


def open_directory(
    path: Path, *, adapter: Adapter = "sqlite", durability: Durability = "crash", end: End = end_process
) -> Data:
    """The state kept in the data directory `path`, which is made if it is not there.

    Raises UnusableDirectory with a message for people: in use by another process, written by a newer version,
    kept by another adapter, not to be written to, or the adapter is not installed.
    """
    directory = DataDirectory(path, adapter)

    def open_store() -> Store:
        return _open(directory, adapter, durability, end)

    try:
        return Data(path, open_store, adapter=adapter, durability=durability, kept=True, release=directory.close)
    except BaseException:
        directory.close()
        raise


def open_copy(path: Path, adapter: Adapter) -> Store:
    """The store that a snapshot has left in the directory `path`. Raises UnusableDirectory."""
    return _opened(path, adapter, "crash", end_process, None)


def _open(directory: DataDirectory, adapter: Adapter, durability: Durability, end: End) -> Store:
    return _opened(directory.store, adapter, durability, end, Ballast(directory.ballast))


def _opened(path: Path, adapter: Adapter, durability: Durability, end: End, ballast: Ballast | None) -> Store:
    if adapter == "sqlite":
        try:
            return SqliteStore.open(path, durability=durability, ballast=ballast, end=end)
        except sqlite3.Error as problem:
            raise UnusableDirectory(f"The store in {path} cannot be opened: {problem}.") from problem
    try:
        # Loaded by name, because the package it stands on is an option and takes time to load.
        module: Any = import_module("orrery.kernel.store.rocksdb")
    except ModuleNotFoundError as problem:
        raise UnusableDirectory(
            "The store 'rocksdb' needs the package rocksdict: pip install 'orrery-cloud[rocksdb]'."
        ) from problem
    try:
        store: Store = module.RocksStore.open(path, durability=durability, ballast=ballast, end=end)
    except (StoreFull, StoreFailed) as problem:
        raise UnusableDirectory(f"The store in {path} cannot be opened: {problem}.") from problem
    return store
