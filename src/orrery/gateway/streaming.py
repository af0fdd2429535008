"""Bodies of many GB, in and out: from the connection to an operation's writer, and from open bodies to the connection.

All work for each byte (decoding, checksums, digests, writing) is done in a worker thread while the loop takes in what
comes next; only one batch a body is at work and one is being gathered, so memory does not grow with the body.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Protocol

from orrery.gateway.body import PIECE_COST, BodyReader
from orrery.gateway.reply import FileSlice, Outflow
from orrery.kernel.bodies import Outgoing, Slice
from orrery.wire.routes import Route

BATCH = 512 << 10
"""Bytes handed to a worker at once, counted with what keeping their pieces costs."""

WHOLE = 64 << 10
"""Bodies up to here are collected before their operation begins."""

HANDED = 256 << 10
"""Bytes handed to another process at once."""

PIECE = 512 << 10
"""Bytes read from an open body at once, where it cannot be sent from its file."""

Take = Callable[[bytes], object]


class Checked(Protocol):
    """A body's data out of what comes of it, held against what was announced: `CheckedBody`, `FormFile`."""

    length: int | None

    @property
    def algorithm(self) -> str | None: ...
    @property
    def digest(self) -> bytes | None: ...
    def feed(self, data: bytes) -> list[bytes]: ...
    def finish(self) -> None: ...


class StreamedBody:
    """An `Incoming` (kernel/bodies.py): a body collected already (`whole`) or still to come (`reader`). `seen` is given
    what is poured, beside the takers."""

    __slots__ = ("_checked", "length", "reader", "seen", "whole")

    def __init__(self, checked: Checked) -> None:
        self._checked = checked
        self.length = checked.length
        self.reader: BodyReader | None = None
        self.whole = b""
        self.seen: Take | None = None

    @property
    def algorithm(self) -> str | None:
        """The member of ChecksumAlgorithm that the client chose."""
        return self._checked.algorithm

    @property
    def digest(self) -> bytes | None:
        """The value by that algorithm of all data, after `pour`."""
        return self._checked.digest

    async def pour(self, *takers: Take) -> None:
        """See `Incoming.pour`."""
        if self.seen is not None:
            takers = (*takers, self.seen)
        if self.reader is None:
            pieces = self._checked.feed(self.whole)
        else:
            pieces = self._checked.feed(await self._pump(self.reader, takers))
        for take in takers:
            _give(take, pieces)
        self._checked.finish()

    def collected(self) -> bytes:
        """The data of a body that was collected. Raises as `pour` does."""
        pieces = self._checked.feed(self.whole)
        self._checked.finish()
        return b"".join(pieces)

    async def batches(self) -> AsyncIterator[Sequence[bytes]]:
        """The data of a body still to come, batch by batch, for who hands it on. Raises as `pour` does."""
        assert self.reader is not None
        run = get_running_loop().run_in_executor
        batch: list[bytes] = []
        size = 0
        while piece := (self.reader.take() or await self.reader.read()):
            batch.append(piece)
            size += len(piece)
            if size >= HANDED:
                yield await run(None, self._checked.feed, b"".join(batch))
                batch, size = [], 0
        yield self._checked.feed(b"".join(batch))
        self._checked.finish()

    async def _pump(self, reader: BodyReader, takers: Sequence[Take]) -> bytes:
        """Take in what comes, all but the last batch, which is returned: short bodies never see a thread.

        While a batch is gathered, the one before it is decoded and given to the first taker in a thread, and the one
        before that to the others.
        """
        run = get_running_loop().run_in_executor
        batch: list[bytes] = []
        size = 0
        first: Future[list[bytes]] | None = None
        others: list[Future[None]] = []
        try:
            while piece := (reader.take() or await reader.read()):
                batch.append(piece)
                size += len(piece) + PIECE_COST
                if size >= BATCH:
                    others = await self._hand_on(first, others, takers)
                    first = run(None, self._decode, batch, takers[0])
                    batch, size = [], 0
            others = await self._hand_on(first, others, takers)
            first = None
        finally:  # whoever hears of a failure closes what the workers write to
            for job in (*others, *([first] if first is not None else ())):
                await job
        return b"".join(batch)

    async def _hand_on(
        self, first: Future[list[bytes]] | None, others: list[Future[None]], takers: Sequence[Take]
    ) -> list[Future[None]]:
        """When the first taker is done with its batch and the others with theirs: what it took is now for them."""
        if first is None:
            return others
        try:
            pieces = await first
        finally:
            for job in others:
                await job
        run = get_running_loop().run_in_executor
        return [run(None, _give, take, pieces) for take in takers[1:]]

    def _decode(self, batch: Sequence[bytes], take: Take) -> list[bytes]:
        pieces = self._checked.feed(b"".join(batch))  # few large pieces: each costs a turn of the interpreter's lock
        _give(take, pieces)
        return pieces


def _give(take: Take, pieces: Sequence[bytes]) -> None:
    for piece in pieces:
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


class Distant(Outgoing):
    """A body that another process gives out."""

    __slots__ = ("given",)

    def __init__(self, length: int, given: bytes | FileSlice | Outflow) -> None:
        super().__init__(())
        self.length = length
        self.given = given

    def close(self) -> None:
        """Close what is open. Idempotent."""
        if not isinstance(self.given, bytes):
            self.given.close()


def outgoing_of(route: Route | None, values: Any) -> Outgoing | None:
    """The body that an operation's answer streams; None when the answer is whole."""
    if not values or route is None:
        return None
    member = route.operation.streaming_output
    found = None if member is None else values.get(member.name)
    return found if isinstance(found, Outgoing) else None


def source_of(body: Outgoing) -> bytes | FileSlice | Outflow:
    """What the server is to send for a body."""
    if isinstance(body, Distant):
        return body.given
    if len(body.slices) == 1:
        piece = body.slices[0]
        found = piece.reader.file(piece.offset)
        if found is not None:
            return BodySlice(piece, *found)
    return Pieces(body)


class Pieces(Outflow):
    """The slices of a body, one after the other: from their files, where they lie there as they are, so that clients
    that do not read cost no memory; else read in a worker thread."""

    __slots__ = ("_at", "_body", "_rest")

    def __init__(self, body: Outgoing) -> None:
        self._body = body
        self._rest = [piece for piece in reversed(body.slices) if piece.length]
        self._at = 0

    async def __anext__(self) -> bytes | FileSlice:
        if not self._rest:
            raise StopAsyncIteration
        piece = self._rest[-1]
        if not self._at and (found := piece.reader.file(piece.offset)) is not None:
            self._rest.pop()
            return BodySlice(piece, *found)
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
