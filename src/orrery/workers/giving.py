"""The kernel's side of a body that an answer streams: piece by piece, files as open descriptors."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Final

from orrery.gateway.streaming import PIECE
from orrery.kernel.bodies import Outgoing
from orrery.workers.messages import Given, Piece

INLINE: Final = 64 << 10
"""Bytes of a body in memory that go with the answer."""


class Giving:
    """One body being given out, a piece each time it is asked for. `files` is the socket for descriptors; `report` is
    told of a body that cannot be read."""

    def __init__(
        self,
        number: int,
        body: Outgoing,
        loop: AbstractEventLoop,
        files: socket.socket,
        report: Callable[[str, BaseException], None],
    ) -> None:
        self._number = number
        self._body = body
        self._loop = loop
        self._files = files
        self._report = report
        self._rest = [piece for piece in reversed(body.slices) if piece.length]
        self._at = 0

    def begin(self) -> Given:
        """How the answer tells of the body; its first piece where that is at hand. Raises BlobDamaged."""
        length = self._body.length
        if not self._rest:
            return Given(length, Piece(self._number, b""))
        first = self._file()
        if first is not None:
            return Given(length, first)
        slices = list(reversed(self._rest))
        if length <= INLINE and all(piece.reader.file(piece.offset) is None for piece in slices):
            data = b"".join(piece.reader.read(piece.offset, piece.length) for piece in slices)
            self.close()
            return Given(length, Piece(self._number, data))
        return Given(length, None)

    @property
    def over(self) -> bool:
        """Whether all was given."""
        return not self._rest

    async def next(self) -> Piece:
        """The next piece."""
        try:
            found = self._file()
            if found is not None:
                return found
            piece = self._rest[-1]
            size = min(PIECE, piece.length - self._at)
            data = await self._loop.run_in_executor(None, piece.reader.read, piece.offset + self._at, size)
        except Exception as problem:  # noqa: BLE001 - told of; the client's connection is broken off
            self._report("a body on its way out", problem)
            self.close()
            return Piece(self._number, None, failed=True)
        self._at += len(data)
        if self._at == piece.length:
            self._done()
        return Piece(self._number, data)

    def close(self) -> None:
        """Close what is open. Idempotent."""
        self._rest = []
        self._body.close()

    def _file(self) -> Piece | None:
        """The next slice as a descriptor, which stays open there; None when it is none or cannot be passed now."""
        piece = self._rest[-1]
        found = None if self._at else piece.reader.file(piece.offset)
        if found is None:
            return None
        descriptor, offset = found
        try:
            socket.send_fds(self._files, [self._number.to_bytes(8, "big")], [descriptor])
        except OSError:  # too many are on their way: read it instead
            return None
        self._done()
        return Piece(self._number, None, offset, piece.length)

    def _done(self) -> None:
        piece = self._rest.pop()
        self._at = 0
        piece.reader.close()
