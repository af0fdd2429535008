"""A connection's transport side: writing in one go, waiting for slow readers, pausing, closing."""

import asyncio
from collections.abc import Awaitable

from orrery.gateway.hub import Hub
from orrery.gateway.limits import NEVER

IDLE, HEAD, BODY, DONE, LINGER, CLOSING, CLOSED = range(7)
"""Where a connection is: between requests, in a head, in a body; no more requests are read; the rest of what the
client sends is thrown away; closing; closed."""

FOR_ORDER, FOR_WRITE, FOR_BODY = 1, 2, 4
"""Why reading is paused: too many unanswered requests, the client does not read, a body's reader is behind."""


class Writing:
    """The bytes of one connection's answers, and its patience with a client that does not read them.

    `deadline` and `stall` are the ticks at which patience ends: with what the client sends, and with its reading.
    """

    __slots__ = (
        "_bulky",
        "_drain_waiter",
        "_empty_waiter",
        "_hub",
        "_left",
        "_mark",
        "_out",
        "_pauses",
        "_phase",
        "_write_paused",
        "_wrote",
        "deadline",
        "ending",
        "stall",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._out: list[bytes] = []
        self._bulky = False
        self._pauses = 0
        self._phase = IDLE
        self._write_paused = False
        self._wrote = False
        self._drain_waiter: asyncio.Future[None] | None = None
        self._empty_waiter: asyncio.Future[None] | None = None
        self._mark = 0
        self._left = -1
        self.ending = False
        self.deadline = NEVER
        self.stall = NEVER

    def roomy(self) -> None:
        """There is room to write again."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what has gathered, in one go."""
        out = self._out
        if not out:
            return
        self._out = []
        if self._phase >= CLOSING:
            return
        if self._write_paused:
            self._mark += sum(map(len, out))
        if len(out) == 1:
            self.transport.write(out[0])
        elif self._bulky:
            self._bulky = False
            self.transport.writelines(out)
        else:
            self.transport.write(b"".join(out))

    def write(self, data: bytes) -> None:
        """Write a piece of a streamed body."""
        self._wrote = True
        if self._write_paused:
            self._mark += len(data)
        self.transport.write(data)

    def writelines(self, pieces: list[bytes]) -> None:
        """Write pieces of a streamed body together."""
        self._wrote = True
        if self._write_paused:
            self._mark += sum(map(len, pieces))
        self.transport.writelines(pieces)

    def drained(self) -> Awaitable[None] | None:
        """What to wait for before writing more; None when nothing hinders."""
        if not self._write_paused:
            return None
        self._drain_waiter = asyncio.get_running_loop().create_future()
        return self._drain_waiter

    def emptied(self) -> Awaitable[None] | None:
        """What to wait for until all that was written has left the process; None when it has."""
        if not self.transport.get_write_buffer_size():
            return None
        self._empty_waiter = asyncio.get_running_loop().create_future()
        self.transport.set_write_buffer_limits(high=0)
        return self._empty_waiter

    def stalling(self, stalls: bool) -> None:
        """A pump waits for the client to read, or has seen it read."""
        self.stall = self._hub.tick + self._hub.limits.write_seconds if stalls else NEVER
        self._mark = -1
        self._wrote = True

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._write_paused = True
        self._mark = self.transport.get_write_buffer_size()
        self.stall = self._hub.tick + self._hub.limits.write_seconds
        self._pause(FOR_WRITE)

    def resume_writing(self) -> None:
        """The client has read."""
        self._write_paused = False
        self.stall = NEVER
        if self._empty_waiter is not None:
            waiter, self._empty_waiter = self._empty_waiter, None
            self.transport.set_write_buffer_limits()
            if not waiter.done():
                waiter.set_result(None)
        if self._drain_waiter is not None:
            waiter, self._drain_waiter = self._drain_waiter, None
            if not waiter.done():
                waiter.set_result(None)
        self._resume(FOR_WRITE)
        self.roomy()

    def _stalled(self) -> bool:
        """Whether the client has read nothing since the last look."""
        size = self.transport.get_write_buffer_size()
        if 0 <= self._mark <= size or self._mark < 0:
            return True
        self._mark = size
        self.stall = self._hub.tick + self._hub.limits.write_seconds
        return False

    def _sending(self) -> bool:
        """Whether what was written is still on its way, and the client has read some of it since the last look."""
        size = self.transport.get_write_buffer_size()
        before, self._left = self._left, size
        return size > 0 and (before < 0 or size < before)

    def close(self) -> None:
        """Write what is written and close."""
        if self._phase < CLOSING:
            self._phase = CLOSING
            self._left = -1
            self.deadline = self._hub.tick + 1 + self._hub.limits.linger_seconds
            self.transport.close()

    def abort(self) -> None:
        """Break the connection off."""
        if self._phase != CLOSED:
            self._phase = CLOSING
            self.deadline = self._hub.tick + 1
            self.transport.abort()

    def _pause(self, why: int) -> None:
        if not self._pauses and self._phase < LINGER:
            self.transport.pause_reading()
        self._pauses |= why

    def _resume(self, why: int) -> None:
        if self._pauses & why:
            self._pauses &= ~why
            if not self._pauses and self._phase < LINGER:
                self.transport.resume_reading()
                if self._phase in (HEAD, BODY):
                    self.deadline = self._hub.tick + 1 + self._hub.limits.body_seconds
