"""A new cloud that begins with a saved state."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

from orrery.kernel.service import Service
from orrery.kernel.states import manifest as manifests
from orrery.kernel.states.archive import PIECE, Unpacker
from orrery.kernel.states.loading import TROUBLE, check_versions, prepare
from orrery.kernel.states.trouble import StateFailed, UnusableState
from orrery.kernel.store import exchange
from orrery.kernel.store.opening import Data

UNPACKED = "unpacked"


def seed(data: Data, source: Path, find: Callable[[str], Service | None]) -> bool:
    """Let `data`, if it is new, begin with the saved state in the directory or exported file `source`; whether it did.

    `find` gives a service by name. Before anybody uses the store. Raises UnusableState and StateFailed, with nothing
    changed.
    """
    if data.tables.names():
        return False
    unpacked = data.directory / UNPACKED
    try:
        rmtree(unpacked, ignore_errors=True)
        state = source if source.is_dir() else _unpacked(source, unpacked)
        manifest, versions = prepare(data.directory, state, data.adapter, data.durability, lambda size: None)
        check_versions(find, versions, manifest, str(source))
        data.exchange()
    except TROUBLE as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise StateFailed(f"the cloud cannot begin with {source}: {reason}") from problem
    finally:
        rmtree(unpacked, ignore_errors=True)
        exchange.tidy(data.directory)
    return True


def _unpacked(source: Path, target: Path) -> Path:
    """An exported file as a directory."""
    if not source.exists():
        raise UnusableState(f"there is no saved state at {source}")
    target.mkdir(mode=0o700)
    unpacker = Unpacker(target, str(source))
    try:
        with source.open("rb") as file:
            while piece := file.read(PIECE):
                unpacker.feed(piece)
        manifest = unpacker.finish()
    finally:
        unpacker.close()
    (target / manifests.FILE).write_bytes(manifests.encode(manifest))
    return target
