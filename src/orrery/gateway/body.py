"""A request's body as it comes, paced by its reader."""

import asyncio
from collections import deque
from typing import Protocol

PIECE_COST = 64
"""Bytes that keeping a piece costs beside its own: counted, so that a body in tiny chunks is bounded as well."""


class BodyLost(ConnectionError):
    """The rest of a body will not come: the client went, stalled, or sent what is no body."""


class Intake(Protocol):
    """What a body's reader needs of its connection."""

    def hold_body(self) -> None: ...
    def want_body(self) -> None: ...


class BodyReader:
    """The body of one request, read piece by piece by one reader.

    What has come and was not read is bounded: beyond it nothing more is read from the client until the reader has
    caught up.
    """

    __slots__ = ("_chunks", "_ended", "_high", "_intake", "_lost", "_size", "_waiter")

    def __init__(self, intake: Intake, high: int) -> None:
        self._intake = intake
        self._high = high
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._lost: str | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def read(self) -> bytes:
        """The next piece, of any length; b"" when the body has ended. Raises BodyLost when the rest will not come."""
        while not self._chunks:
            if self._ended:
                return b""
            if self._lost is not None:
                raise BodyLost(self._lost)
            self._intake.want_body()
            if self._chunks:  # a transport may hand over what it held back at once
                break
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self.take()

    def take(self) -> bytes:
        """The next piece if one has come, else b"", without waiting."""
        if not self._chunks:
            return b""
        chunk = self._chunks.popleft()
        before = self._size
        self._size = before - len(chunk) - PIECE_COST
        if before > self._high >= self._size:
            self._intake.want_body()
        return chunk

    @property
    def ended(self) -> bool:
        """Whether everything has come and been read."""
        return self._ended and not self._chunks

    def feed(self, chunk: bytes) -> None:
        """The server's side: a piece has come."""
        self._chunks.append(chunk)
        self._size += len(chunk) + PIECE_COST
        if self._size > self._high:
            self._intake.hold_body()
        self._wake()

    def end(self) -> None:
        """The server's side: that was all."""
        self._ended = True
        self._wake()

    def fail(self, why: str) -> None:
        """The server's side: the rest will not come."""
        if not self._ended and self._lost is None:
            self._lost = why
            self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
