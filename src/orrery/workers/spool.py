"""Long bodies of the operator interface on their way between two processes: written into a file, and read from it."""

import os
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from orrery.gateway.operated import Coming
from orrery.settings import Settings

PIECE = 1 << 20


def spool_directory(settings: Settings) -> str | None:
    """Where such files lie: beside what they are made of, or where temporary files are."""
    return None if settings.in_memory else settings.data_dir


async def spool(source: Coming | AsyncIterator[bytes], directory: str | None, loop: AbstractEventLoop) -> str:
    """Write all of a body into a new file; its path. Raises what the source does, or OSError, with nothing left."""
    descriptor, path = mkstemp(prefix=".spool-", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if isinstance(source, AsyncIterator):
                async for piece in source:
                    await loop.run_in_executor(None, file.write, piece)
            else:
                while piece := await source.read():
                    await loop.run_in_executor(None, file.write, piece)
    except BaseException:
        remove(path)
        raise
    return path


def remove(path: str) -> None:
    """Remove such a file. Idempotent."""
    with suppress(OSError):
        Path(path).unlink()


class Spooled:
    """Such a file, read as a body that comes; it is removed at once, and gone when it is closed."""

    def __init__(self, path: str, loop: AbstractEventLoop) -> None:
        self._file = open(path, "rb")  # noqa: PTH123, SIM115 - closed by `close`
        self._loop = loop
        self.length = os.fstat(self._file.fileno()).st_size
        remove(path)

    async def read(self) -> bytes:
        """The next piece; b"" at the end."""
        return await self._loop.run_in_executor(None, self._file.read, PIECE)

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it; closed in the end."""
        try:
            while piece := await self.read():
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Close. Idempotent."""
        self._file.close()
