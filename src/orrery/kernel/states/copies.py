"""A state's files, from the cloud's directory to a saved state's and back: shared where they never change."""

import os
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Final

from orrery.kernel.blob_file import place, stored
from orrery.kernel.states.trouble import UnusableState
from orrery.kernel.store.contract import BULK, LOG, RECORDS, Batch, Store
from orrery.kernel.store.copying import copy_path, link_file
from orrery.kernel.store.exchange import sync_tree
from orrery.kernel.store.opening import Adapter, open_copy
from orrery.kernel.store.syncing import sync_path

Counted = Callable[[int], None]
"""Told how many bytes more are done."""

CONSTANT: Final = (".sst",)
"""Endings of store files that are never changed once written: RocksDB's tables."""

ROWS: Final = 1000


def copy_bodies(source: Path, target: Path, counted: Counted, *, sync: bool = False) -> int:
    """Give every content file below `source` (SERVICE/CONTENT/…) a second name below `target`; their bytes.

    Files that go meanwhile are passed over: nothing refers to them. Raises OSError.
    """
    total = 0
    target.mkdir(mode=0o700, exist_ok=True)
    for bodies in sorted(path for path in source.glob("*/*") if path.is_dir()):
        within = target / bodies.relative_to(source)
        made: set[str] = set()
        for blob in stored(bodies):
            name = place(blob)
            if name[:2] not in made:
                (within / name[:2]).mkdir(mode=0o700, parents=True, exist_ok=True)
                made.add(name[:2])
            try:
                link_file(f"{bodies}/{name}", f"{within}/{name}")
            except FileNotFoundError:
                continue
            if sync:
                sync_path(within / name)
            size = os.stat(f"{within}/{name}").st_size  # noqa: PTH116 - no Path made for each body
            total += size
            counted(size)
    if sync:
        sync_tree(target)
    return total


def copy_store(source: Path, target: Path, counted: Counted, *, sync: bool = False) -> int:
    """Copy the files of a store that nobody has open, sharing those that are never changed; their bytes. Raises
    OSError."""
    total = 0
    for here, _, files in os.walk(source):
        within = target / Path(here).relative_to(source)
        within.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in sorted(files):
            if name.endswith(CONSTANT):
                link_file(Path(here) / name, within / name)
            else:
                copy_path(Path(here) / name, within / name, sync=sync)
            size = (within / name).stat().st_size
            total += size
            counted(size)
    if sync:
        sync_tree(target)
    return total


def convert(directory: Path, before: Adapter, after: Adapter) -> None:
    """Turn the store in `directory` from one adapter's into another's. Raises UnusableDirectory, StoreFull,
    StoreFailed or OSError."""
    old_place = directory.with_name(directory.name + ".converted")
    directory.rename(old_place)
    directory.mkdir(mode=0o700)
    old = open_copy(old_place, before)
    try:
        new = open_copy(directory, after)
        try:
            for space in (RECORDS, BULK, LOG):
                _pour(old, new, space)
        finally:
            new.close()
    finally:
        old.close()
    rmtree(old_place)


def check_whole(state: Path) -> None:
    """Raises UnusableState when a state lacks its parts."""
    if not (state / "store").is_dir() or not any((state / "store").iterdir()):
        raise UnusableState(f"{state.name} is damaged: it has no store")


def size_of(directory: Path) -> int:
    """Bytes of all files below a directory."""
    return sum(os.lstat(f"{place}/{name}").st_size for place, _, files in os.walk(directory) for name in files)


def _pour(old: Store, new: Store, space: int) -> None:
    after = b"\x00"
    while rows := old.range(space, after, b"\xff", limit=ROWS):
        batch = Batch()
        batch.puts[space].update(rows)
        new.apply(batch)
        after = rows[-1][0] + b"\x00"
