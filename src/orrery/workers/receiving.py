"""The gateway's side of a body on its way out: pieces that the kernel gives, files among them."""

from __future__ import annotations

import os
import socket
from asyncio import Future, get_running_loop
from collections.abc import Callable
from typing import Any

from orrery.gateway.reply import FileSlice, Outflow
from orrery.workers.channel import Channel
from orrery.workers.messages import Gone, More, Piece

CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class BodyBroken(Exception):
    """The kernel cannot read the rest of a body."""


class Receiving(Outflow):
    """One body, piece by piece. `first` may be at hand; `given_up` is called when the rest is not wanted."""

    __slots__ = ("_channel", "_first", "_given_up", "_number", "_over", "_rest", "_waiter")

    def __init__(self, number: int, length: int, first: Any, channel: Channel, given_up: Callable[[int], None]) -> None:
        self._number = number
        self._rest = length
        self._first = first
        self._channel = channel
        self._given_up = given_up
        self._waiter: Future[tuple[Any, int]] | None = None
        self._over = False

    async def __anext__(self) -> bytes | FileSlice:
        first, self._first = self._first, None
        if first is not None:
            self._rest -= len(first) if isinstance(first, bytes) else first.length
            return first  # type: ignore[no-any-return]
        if not self._rest:
            raise StopAsyncIteration
        self._waiter = get_running_loop().create_future()
        self._channel.send(More(self._number))
        found, size = await self._waiter
        if found is None:
            raise BodyBroken("the rest of a body cannot be read")
        self._rest -= size
        return found  # type: ignore[no-any-return]

    def come(self, found: Any, size: int) -> None:
        """A piece has come; None when it could not be read."""
        if self._waiter is not None and not self._waiter.done() and not self._over:
            self._waiter.set_result((found, size))
        elif isinstance(found, FileSlice):
            found.close()

    def close(self) -> None:
        """Nothing more is wanted. Idempotent."""
        if isinstance(self._first, FileSlice):
            self._first.close()
        self._first = None
        if not self._over:
            self._over = True
            self._given_up(self._number)
            if self._rest:
                self._channel.send(Gone(self._number))


def arriving(piece: Piece, files: socket.socket, descriptors: dict[int, int]) -> bytes | FileSlice | None:
    """What a piece is: its bytes, or the slice of the file whose descriptor was sent before it; None for a failure."""
    if piece.failed:
        return None
    if piece.data is not None:
        return piece.data
    while piece.id not in descriptors:
        data, found, _, _ = socket.recv_fds(files, 8, 1, CLOSE_ON_EXEC)
        if not found:
            return None  # too many files are open here
        number = int.from_bytes(data, "big")
        if number in descriptors:
            os.close(descriptors[number])
        descriptors[number] = found[0]
    return FileSlice(descriptors.pop(piece.id), piece.offset, piece.length, owned=True)
