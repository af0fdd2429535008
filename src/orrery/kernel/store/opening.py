"""From settings to an open store: what the kernel holds its state by."""

import sqlite3
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Literal

from orrery.kernel.store.ballast import Ballast
from orrery.kernel.store.contract import Durability, Store, StoreFailed, StoreFull
from orrery.kernel.store.directory import DataDirectory, UnusableDirectory
from orrery.kernel.store.ending import End, end_process
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.store.table_ids import TableIds

Adapter = Literal["sqlite", "rocksdb"]


class Data:
    """An open store with what belongs to it: `store`, `tables`, and `content`, the directory for bodies.

    `durability` is what the store promises. `close` closes all of it.
    """

    def __init__(self, store: Store, content: Path, durability: Durability, release: Callable[[], None]) -> None:
        self.store = store
        self.tables = TableIds(store)
        self.content = content
        self.durability: Durability = durability
        self._release = release

    def close(self) -> None:
        """Sync and close the store and give the directory free. Idempotent."""
        self.store.close()
        self._release()


def open_memory() -> Data:
    """State of which nothing is kept; bodies go into a temporary directory that `close` removes."""
    content = Path(mkdtemp(prefix="orrery-"))
    return Data(SqliteStore.memory(), content, "crash", lambda: rmtree(content, ignore_errors=True))


def open_directory(
    path: Path, *, adapter: Adapter = "sqlite", durability: Durability = "crash", end: End = end_process
) -> Data:
    """The state kept in the data directory `path`, which is made if it is not there.

    Raises UnusableDirectory with a message for people: in use by another process, written by a newer version,
    kept by another adapter, not to be written to, or the adapter is not installed.
    """
    directory = DataDirectory(path, adapter)
    try:
        store = _open(directory, adapter, durability, end)
        return Data(store, directory.content, durability, directory.close)
    except BaseException:
        directory.close()
        raise


def _open(directory: DataDirectory, adapter: Adapter, durability: Durability, end: End) -> Store:
    ballast = Ballast(directory.ballast)
    if adapter == "sqlite":
        try:
            return SqliteStore.open(directory.store, durability=durability, ballast=ballast, end=end)
        except sqlite3.Error as problem:
            raise UnusableDirectory(f"The store in {directory.store} cannot be opened: {problem}.") from problem
    try:
        # Loaded by name, because the package it stands on is an option and takes time to load.
        module: Any = import_module("orrery.kernel.store.rocksdb")
    except ModuleNotFoundError as problem:
        raise UnusableDirectory(
            "The store 'rocksdb' needs the package rocksdict: pip install 'orrery-cloud[rocksdb]'."
        ) from problem
    try:
        store: Store = module.RocksStore.open(directory.store, durability=durability, ballast=ballast, end=end)
    except (StoreFull, StoreFailed) as problem:
        raise UnusableDirectory(f"The store in {directory.store} cannot be opened: {problem}.") from problem
    return store
