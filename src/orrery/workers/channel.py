"""Batches of messages over a Unix socket: what was sent in one turn of the loop goes as one frame.

A frame is its length (4 bytes, big-endian) and a msgpack array of messages.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

import msgspec

_LENGTH: Final = struct.Struct(">I")
WINDOW: Final = 4 << 20
"""Bytes of one body that may be under way at a time."""


class Channel(asyncio.Protocol):
    """One end. `receive` is given each batch, `lost` is called when the other end has gone."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        decoder: msgspec.msgpack.Decoder[Any],
        receive: Callable[[list[Any]], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._decode = decoder.decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._receive = receive
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._batch: list[Any] = []
        self._come = bytearray()
        self.over = False

    async def open(self, end: socket.socket) -> None:
        """Speak over `end`, which is the channel's from now on."""
        end.setblocking(False)
        await self._loop.create_unix_connection(lambda: self, sock=end)

    def send(self, message: Any) -> None:
        """Send a message with all others of this turn of the loop. Without effect when the other end has gone."""
        if not self._batch:
            self._loop.call_soon(self.flush)
        self._batch.append(message)

    def flush(self) -> None:
        """Send what there is now."""
        batch, self._batch = self._batch, []
        if not batch or self._transport is None or self.over:
            return
        data = self._encode(batch)
        if len(data) > 1 << 16:
            self._transport.writelines([_LENGTH.pack(len(data)), data])
        else:
            self._transport.write(_LENGTH.pack(len(data)) + data)

    def close(self) -> None:
        """Send what there is, and end."""
        self.flush()
        self.over = True
        if self._transport is not None:
            self._transport.close()

    # --- the loop's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is the loop's."""
        self._transport = transport  # type: ignore[assignment]  # stream transports only

    def data_received(self, data: bytes) -> None:
        """Some bytes came: hand on every whole frame."""
        come = self._come
        if not come and len(data) >= 4 and _LENGTH.unpack_from(data)[0] == len(data) - 4:
            self._receive(self._decode(memoryview(data)[4:]))  # the common case: one frame, whole
            return
        come += data
        at = 0
        while len(come) - at >= 4:
            end = at + 4 + _LENGTH.unpack_from(come, at)[0]
            if len(come) < end:
                break
            frame = bytes(memoryview(come)[at + 4 : end])
            at = end
            self._receive(self._decode(frame))
        if at:
            del come[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end has gone."""
        self.over = True
        self._batch.clear()
        self._lost()
