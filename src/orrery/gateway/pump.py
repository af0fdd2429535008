"""Sending bodies of any size at the client's pace: pieces from an iterator, or a file by sendfile."""

import asyncio
import os
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any, Protocol

from orrery.gateway.reply import CRLF, FileSlice

PIECE = 256 * 1024
"""Bytes read from a file at a time where sendfile cannot serve."""

RUN = 1024 * 1024
"""Bytes handed to sendfile before other connections get their turn."""


class SourceBroken(Exception):
    """A body's source gave more or less than was announced."""


class Drain(Protocol):
    """What pumping needs of a connection."""

    transport: asyncio.Transport

    def write(self, data: bytes) -> None: ...
    def writelines(self, pieces: list[bytes]) -> None: ...
    def drained(self) -> Awaitable[None] | None: ...
    def emptied(self) -> Awaitable[None] | None: ...
    def stalling(self, stalls: bool) -> None: ...


@types.coroutine
def turn() -> Generator[None, None, None]:
    """Let the loop serve others before going on."""
    yield


async def pump_pieces(
    drain: Drain, source: AsyncIterator[bytes | FileSlice], length: int | None, chunked: bool
) -> None:
    """Send what `source` yields. Raises SourceBroken when `length` was announced and does not come true."""
    sent = 0
    try:
        async for piece in source:
            size = piece.open() if isinstance(piece, FileSlice) else len(piece)
            sent += size
            if length is not None and sent > length:
                raise SourceBroken(f"The body has more than the announced {length} bytes")
            if isinstance(piece, FileSlice):
                await _pump_slice(drain, piece, size, chunked)
                continue
            if not size:
                continue
            if chunked:
                drain.writelines([b"%x\r\n" % size, piece, CRLF])
            else:
                drain.write(piece)
            waiting = drain.drained()
            if waiting is not None:
                await waiting
    finally:
        close: Callable[[], Awaitable[Any]] | None = getattr(source, "aclose", None)
        if close is not None:
            await close()
    if chunked:
        drain.write(b"0\r\n\r\n")
    elif length is not None and sent != length:
        raise SourceBroken(f"The body has {sent} of the announced {length} bytes")


async def _pump_slice(drain: Drain, piece: FileSlice, size: int, chunked: bool) -> None:
    if chunked and size:
        drain.write(b"%x\r\n" % size)
    await pump_file(drain, piece, size)
    if chunked and size:
        drain.write(CRLF)


async def pump_file(drain: Drain, source: FileSlice, length: int) -> None:
    """Send `length` bytes of a file: by sendfile where the socket is plain, by reading under TLS."""
    try:
        sock = drain.transport.get_extra_info("socket")
        if sock is None or drain.transport.get_extra_info("ssl_object") is not None:
            await _pump_reads(drain, source, length)
        else:
            await _pump_sendfile(drain, source, length, sock.fileno())
    finally:
        source.close()


async def _pump_reads(drain: Drain, source: FileSlice, length: int) -> None:
    offset, end = source.offset, source.offset + length
    while offset < end:
        piece = os.pread(source.fd, min(PIECE, end - offset), offset)
        if not piece:
            raise SourceBroken("The file is shorter than announced")
        offset += len(piece)
        drain.write(piece)
        waiting = drain.drained()
        await (waiting if waiting is not None else turn())


async def _pump_sendfile(drain: Drain, source: FileSlice, length: int, fileno: int) -> None:
    """The socket is used beside its transport, whose buffer must be empty; a duplicate descriptor lets the loop
    watch it for room while the transport watches it for requests."""
    waiting = drain.emptied()
    if waiting is not None:
        await waiting
    loop = asyncio.get_running_loop()
    fd = os.dup(fileno)
    try:
        offset, end = source.offset, source.offset + length
        while offset < end:
            try:
                sent = os.sendfile(fd, source.fd, offset, min(RUN, end - offset))
            except BlockingIOError:
                drain.stalling(True)
                await _writable(loop, fd)
                drain.stalling(False)
                continue
            if not sent:
                raise SourceBroken("The file is shorter than announced")
            offset += sent
            if offset < end:
                await turn()
    finally:
        os.close(fd)


async def _writable(loop: asyncio.AbstractEventLoop, fd: int) -> None:
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(fd, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_writer(fd)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
