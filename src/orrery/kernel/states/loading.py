"""Loading a saved state in the place of the running cloud's: all of it or, whatever fails, nothing.

The state is copied beside the cloud's own while that goes on serving. Then the kernel falls silent, the two are
exchanged (`store/exchange.py`: a crash leaves either), and the kernel stands on the other one.
"""

from asyncio import get_running_loop
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import rmtree

from orrery.kernel.kernel import HOME, Kernel
from orrery.kernel.keys import prefix_range
from orrery.kernel.rebuild import TableState
from orrery.kernel.records import table_of
from orrery.kernel.service import Service
from orrery.kernel.states import manifest as manifests
from orrery.kernel.states.copies import Counted, check_whole, convert, copy_bodies, copy_store
from orrery.kernel.states.manifest import Manifest
from orrery.kernel.states.trouble import StateFailed, UnusableState
from orrery.kernel.store import exchange
from orrery.kernel.store.contract import RECORDS, Durability, Store, StoreFailed, StoreFull
from orrery.kernel.store.directory import UnusableDirectory
from orrery.kernel.store.opening import Adapter, Data, open_copy
from orrery.kernel.store.table_ids import TableIds
from orrery.kernel.timeline import stand_still

TROUBLE = (OSError, StoreFull, StoreFailed, UnusableDirectory)
"""What may fail on the way, with nothing changed."""


async def load(kernel: Kernel, data: Data, state: Path, counted: Counted) -> Manifest:
    """Take the state in the directory `state` in the place of the cloud's own; when this returns it is durable.

    Virtual time goes on from where it was when the state was saved. Raises UnusableState for one that is damaged or a
    newer release's, StateFailed for what the machine would not do; the cloud's own state goes on then.
    """
    run = get_running_loop().run_in_executor
    try:
        manifest, versions = await run(
            None, lambda: prepare(data.directory, state, data.adapter, data.durability, counted)
        )
        try:
            check_versions(kernel.service, versions, manifest, state.name)
        except UnusableState:
            await run(None, exchange.tidy, data.directory)
            raise
        await kernel.silence()
        try:
            data.exchange()
        finally:
            kernel.take(data.store, data.tables, data.content)
            kernel.open()
        await kernel.kept()
        await run(None, exchange.tidy, data.directory)
    except TROUBLE as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise StateFailed(f"{state.name!r} could not be loaded: {reason}") from problem
    return manifest


def prepare(
    directory: Path, state: Path, adapter: Adapter, durability: Durability, counted: Counted
) -> tuple[Manifest, Mapping[str, int]]:
    """Copy a state into `incoming` of a data directory, as `adapter` keeps it; its manifest and the versions of its
    tables. Nothing is changed besides. To be called in a thread. Raises UnusableState, and TROUBLE."""
    manifest = manifests.read(state)
    check_whole(state)
    incoming = exchange.begin(directory)
    sync = durability == "power"
    try:
        copy_store(state / "store", incoming / "store", counted)
        if manifest.store != adapter:
            convert(incoming / "store", manifest.store, adapter)
        copy_bodies(state / "content", incoming / "content", counted, sync=sync)
        store = open_copy(incoming / "store", adapter)
        try:
            versions = table_versions(store)
            stand_still(store, HOME, manifest.created, manifest.virtual_now)
        finally:
            store.close()
        if sync:
            exchange.sync_tree(incoming)
    except BaseException:
        rmtree(incoming, ignore_errors=True)
        raise
    return manifest, versions


def table_versions(store: Store) -> dict[str, int]:
    """In which version each table of a store is written, by full name."""
    table = table_of(TableState)
    place = TableIds(store).names().get(table.name)
    if place is None:
        return {}
    rows = [table.decode(value) for _, value in store.range(RECORDS, *prefix_range(place))]
    return {row.name: row.version for row in rows}


def check_versions(
    find: Callable[[str], Service | None], versions: Mapping[str, int], manifest: Manifest, whose: str
) -> None:
    """Raises UnusableState when a table was written by a newer release than this one. `find` gives services by name."""
    for name, version in versions.items():
        service, _, record = name.partition(".")
        declaring = find(service)
        table = None if declaring is None else declaring.tables.get(record)
        if table is not None and version > table.version:
            raise UnusableState(
                f"{whose} was saved by a newer Orrery ({manifest.release}): {name} has version {version}, this one "
                f"knows {table.version}. Load it with that release, or a later one."
            )
