"""Bodies of many GB, in and out: from the connection to an operation's writer, and from open bodies to the connection.

All work for each byte (decoding, checksums, digests, writing) is done in a worker thread while the loop takes in what
comes next; only one batch a body is at work and one is being gathered, so memory does not grow with the body.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections.abc import Callable, Sequence

from orrery.gateway.body import BodyReader
from orrery.gateway.checked_body import CheckedBody
from orrery.gateway.reply import FileSlice, Outflow
from orrery.kernel.bodies import Outgoing, Slice

BATCH = 256 << 10
"""Bytes handed to a worker at once."""

WHOLE = 64 << 10
"""Bodies up to here are collected before their operation begins."""

PIECE = 512 << 10
"""Bytes read from an open body at once, where it cannot be sent from its file."""

Take = Callable[[bytes], object]


class StreamedBody:
    """An `Incoming` (kernel/bodies.py): a body collected already (`whole`) or still to come (`reader`)."""

    __slots__ = ("_checked", "length", "reader", "whole")

    def __init__(self, checked: CheckedBody) -> None:
        self._checked = checked
        self.length = checked.length
        self.reader: BodyReader | None = None
        self.whole = b""

    @property
    def algorithm(self) -> str | None:
        """The member of ChecksumAlgorithm that the client chose."""
        return self._checked.algorithm

    @property
    def digest(self) -> bytes | None:
        """The value by that algorithm of all data, after `pour`."""
        return self._checked.digest

    async def pour(self, take: Take) -> None:
        """See `Incoming.pour`."""
        if self.reader is None:
            self._work([self.whole], take)
            self._checked.finish()
            return
        await self._pump(self.reader, take)
        self._checked.finish()

    async def _pump(self, reader: BodyReader, take: Take) -> None:
        loop = get_running_loop()
        batch: list[bytes] = []
        size = 0
        job: Future[None] | None = None
        try:
            while piece := (reader.take() or await reader.read()):
                batch.append(piece)
                size += len(piece)
                if size >= BATCH:
                    if job is not None:
                        before, job = job, None
                        await before
                    job = loop.run_in_executor(None, self._work, batch, take)
                    batch, size = [], 0
        finally:
            if job is not None:  # whoever hears of the failure closes what the worker writes to
                await job
        self._work(batch, take)

    def _work(self, batch: Sequence[bytes], take: Take) -> None:
        feed = self._checked.feed
        for raw in batch:
            for piece in feed(raw):
                take(piece)


class BodySlice(FileSlice):
    """A slice of an open body that lies in a file as it is; the body is closed after sending."""

    __slots__ = ("_slice",)

    def __init__(self, piece: Slice, descriptor: int, place: int) -> None:
        super().__init__(descriptor, place, piece.length)
        self._slice = piece

    def close(self) -> None:
        """Close the body."""
        self.fd = -1
        self._slice.reader.close()


def source_of(body: Outgoing) -> FileSlice | Pieces:
    """What the server is to send for a body."""
    if len(body.slices) == 1:
        piece = body.slices[0]
        found = piece.reader.file(piece.offset)
        if found is not None:
            return BodySlice(piece, *found)
    return Pieces(body)


class Pieces(Outflow):
    """The slices of a body, one after the other, read in a worker thread."""

    __slots__ = ("_at", "_body", "_rest")

    def __init__(self, body: Outgoing) -> None:
        self._body = body
        self._rest = [piece for piece in reversed(body.slices) if piece.length]
        self._at = 0

    async def __anext__(self) -> bytes:
        if not self._rest:
            raise StopAsyncIteration
        piece = self._rest[-1]
        size = min(PIECE, piece.length - self._at)
        data = await get_running_loop().run_in_executor(None, piece.reader.read, piece.offset + self._at, size)
        self._at += len(data)
        if self._at == piece.length:
            self._rest.pop()
            self._at = 0
            piece.reader.close()
        return data

    def close(self) -> None:
        """Close what is open."""
        self._body.close()
