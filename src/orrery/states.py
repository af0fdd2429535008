"""The saved states of one cloud: what the operator interface does with them (`gateway/operated.py`)."""

from asyncio import Lock
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any, Protocol

from orrery.gateway.operated import Coming, Saved
from orrery.kernel.kernel import Kernel
from orrery.kernel.states import archive, shelf
from orrery.kernel.states import manifest as manifests
from orrery.kernel.states.loading import load
from orrery.kernel.states.saving import save
from orrery.kernel.states.trouble import StateFailed, UnusableState
from orrery.kernel.store.opening import Data
from orrery.settings import Settings

STATES = "states"
"""Where saved states lie in the data directory."""

FED = 1 << 20
"""Bytes of an imported file that are handed to a thread at once."""


class Stateful(Protocol):
    """The cloud, as the keeper of its states sees it."""

    settings: Settings
    data: Data
    kernel: Kernel

    def loaded(self) -> None: ...


class States:
    """Saves, loads, lists, deletes, exports and imports; one at a time of those that change something."""

    def __init__(self, cloud: Stateful) -> None:
        self._cloud = cloud
        chosen = cloud.settings.states_dir
        self._shelf = shelf.Shelf(Path(chosen) if chosen else cloud.data.directory / STATES)
        self._shelf.recover()
        self._changing = Lock()
        self._doing: dict[str, Any] | None = None

    def under_way(self) -> Mapping[str, Any] | None:
        """What is being done to which state, and how many bytes are done of how many (None: nobody knows)."""
        return self._doing

    async def list(self) -> list[Saved]:
        """What is saved."""
        return [self._told(saved) for saved in await self._thread(self._shelf.list)]

    async def save(self, name: str, *, replace: bool) -> Saved:
        """Save the cloud's state."""
        cloud = self._cloud
        async with self._changing:
            with _Doing(self, "save", name, cloud.data.store.size()) as counted:
                saved = await save(cloud.kernel, cloud.data, self._shelf, name, counted, replace=replace)
        return self._told(saved)

    async def load(self, name: str) -> int:
        """Take a saved state in the place of the cloud's; virtual now."""
        cloud = self._cloud
        async with self._changing:
            state = self._shelf.path(name)
            with _Doing(self, "load", name, None) as counted:
                await load(cloud.kernel, cloud.data, state, counted)
                cloud.loaded()
                await cloud.kernel.kept()
        return cloud.kernel.clock.now()

    async def delete(self, name: str) -> None:
        """Remove a saved state."""
        async with self._changing:
            await self._guarded(f"{name!r} could not be deleted", lambda: self._thread(self._shelf.delete, name))

    def export(self, name: str) -> AsyncIterator[bytes]:
        """A saved state as one file."""
        state = self._shelf.path(name)
        manifests.read(state)
        return self._pieces(archive.pack(state))

    async def take_in(self, name: str, body: Coming, *, replace: bool, digest: str | None = None) -> Saved:
        """Save under `name` what an exported file holds, of which `digest` is the SHA-256, if it was signed."""
        self._shelf.vacant(name, replace=replace)
        async with self._changing:
            with _Doing(self, "import", name, None) as counted:
                saved: Saved = await self._guarded(
                    f"{name!r} could not be imported", lambda: self._taken_in(name, body, counted, replace, digest)
                )
        return saved

    async def _taken_in(
        self, name: str, body: Coming, counted: Callable[[int], None], replace: bool, digest: str | None
    ) -> Saved:
        sync = self._cloud.data.durability == "power"
        fresh = await self._thread(self._shelf.begin, name)
        unpacker = archive.Unpacker(fresh, "the file", sync=sync)
        told = sha256()
        try:
            while piece := await _gathered(body):
                told.update(piece)
                await self._thread(unpacker.feed, piece)
                counted(len(piece))
            manifest = await self._thread(unpacker.finish)
            if digest is not None and digest != told.hexdigest():
                raise UnusableState("the file is not the one that was signed")
            self._shelf.vacant(name, replace=replace)
            saved = await self._thread(lambda: self._shelf.settle(fresh, name, manifest, sync=sync))
        finally:
            unpacker.close()
            await self._thread(lambda: rmtree(fresh, ignore_errors=True))
        return self._told(saved)

    async def _pieces(self, made: Iterator[bytes]) -> AsyncIterator[bytes]:
        while (piece := await self._thread(lambda: next(made, b""))) != b"":
            yield piece

    async def _guarded(self, what: str, act: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await act()
        except OSError as problem:
            raise StateFailed(f"{what}: {problem.strerror or problem}") from problem

    async def _thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await self._cloud.kernel.loop.run_in_executor(None, function, *arguments)

    def _told(self, saved: shelf.Saved) -> Saved:
        manifest = saved.manifest
        return Saved(
            name=saved.name,
            created=manifest.created,
            virtual_now=manifest.virtual_now,
            bytes=manifest.bytes,
            own_bytes=saved.own_bytes,
            version=manifest.release,
            path=str(self._shelf.directory / saved.name),
        )


class _Doing:
    """Says what is under way; gives the function that counts its bytes."""

    def __init__(self, states: States, doing: str, name: str, total: int | None) -> None:
        self._states = states
        self._told = {"doing": doing, "name": name, "bytes": 0, "of": total}

    def __enter__(self) -> Callable[[int], None]:
        self._states._doing = self._told
        return self._count

    def __exit__(self, *problem: object) -> None:
        self._states._doing = None

    def _count(self, size: int) -> None:
        self._told["bytes"] += size  # type: ignore[operator]


async def _gathered(body: Coming) -> bytes:
    """The next megabyte of a body, or the rest; b"" at its end. Raises BodyLost."""
    pieces = []
    size = 0
    while size < FED and (piece := await body.read()):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
