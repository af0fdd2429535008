"""Saving the state of a running cloud: what was acknowledged before one commit, while everybody goes on writing.

The store's state is held in the event loop, between two batches, in microseconds; it is copied in a thread. From
before that moment until all content files have a second name none of them is removed, so every body that the held
state refers to is among them.
"""

from asyncio import get_running_loop
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

from orrery import __version__
from orrery.kernel.kernel import Kernel
from orrery.kernel.states.copies import Counted, copy_bodies, size_of
from orrery.kernel.states.manifest import FORMAT, Manifest
from orrery.kernel.states.shelf import Saved, Shelf
from orrery.kernel.states.trouble import StateFailed
from orrery.kernel.store.contract import StoreFailed, StoreFull
from orrery.kernel.store.opening import Data
from orrery.wire.fault import Fault


async def save(
    kernel: Kernel, data: Data, shelf: Shelf, name: str, counted: Counted, *, replace: bool = False
) -> Saved:
    """Save the cloud's state as `name`. Raises StateExists, UnusableState for what is no name, and StateFailed with
    nothing saved."""
    run = get_running_loop().run_in_executor
    shelf.vacant(name, replace=replace)
    fresh: Path | None = None
    try:
        fresh = await run(None, shelf.begin, name)
        manifest = await _written(kernel, data, fresh, counted)
        sync = data.durability == "power"
        place = fresh
        return await run(None, lambda: shelf.settle(place, name, manifest, sync=sync))
    except (OSError, StoreFull, StoreFailed) as problem:
        raise StateFailed(f"{name!r} could not be saved: {_reason(problem)}") from problem
    finally:
        if fresh is not None:
            await run(None, lambda: rmtree(fresh, ignore_errors=True))


async def _written(kernel: Kernel, data: Data, fresh: Path, counted: Counted) -> Manifest:
    """Write store and bodies."""
    run = get_running_loop().run_in_executor
    sync = data.durability == "power"
    await run(None, data.store.settle)
    kernel.contents.spare()
    try:
        while kernel.committer.pending:
            kernel.committer.flush()
            if kernel.committer.pending:  # the store asks for a pause
                with suppress(Fault):  # whoever waited for what the store refused was told
                    await kernel.kept()
        write = data.store.snapshot(fresh / "store")
        now, host = kernel.clock.now(), kernel.clock.host_now()

        def copy() -> int:
            write()
            stored = size_of(fresh / "store")
            counted(stored)
            return stored + copy_bodies(data.content, fresh / "content", counted, sync=sync)

        size = await run(None, copy)
    finally:
        kernel.contents.spare_no_more()
    return Manifest(format=FORMAT, release=__version__, created=host, virtual_now=now, store=data.adapter, bytes=size)


def _reason(problem: Any) -> str:
    return getattr(problem, "strerror", None) or str(problem)
