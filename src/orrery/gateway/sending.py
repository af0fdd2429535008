"""A connection's sending half: answers in the order of their requests, coalesced, at the client's pace."""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable

from orrery.gateway.exchange import BULKY, DUE, HELD, SENT, Exchange
from orrery.gateway.hub import Hub
from orrery.gateway.limits import NEVER
from orrery.gateway.pump import SourceBroken, pump_file, pump_pieces
from orrery.gateway.reply import FileSlice, Reply

IDLE, HEAD, BODY, DONE, LINGER, CLOSING, CLOSED = range(7)
"""Where a connection is: between requests, in a head, in a body; no more requests are read; the rest of what the
client sends is thrown away; closing; closed."""

FOR_ORDER, FOR_WRITE, FOR_BODY = 1, 2, 4
"""Why reading is paused: too many unanswered requests, the client does not read, a body's reader is behind."""

COALESCE = 64
"""Answers gathered in one turn before they are written."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Sending:
    """Answers of one connection.

    `_outstanding` are the requests begun and not yet wholly answered, in order; `_held` those read in the same
    breath beyond the bound, not begun. An answer waits in its exchange (`ready`) until its turn.
    """

    __slots__ = (
        "_advancing",
        "_bulky",
        "_current",
        "_drain_waiter",
        "_empty_waiter",
        "_feeding",
        "_hangup",
        "_held",
        "_hub",
        "_mark",
        "_out",
        "_outstanding",
        "_pauses",
        "_phase",
        "_pump",
        "_unread",
        "_write_paused",
        "date",
        "deadline",
        "discard",
        "ending",
        "stall",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.date = hub.date
        self.discard = hub.limits.discard
        self._outstanding: deque[Exchange] = deque()
        self._held: deque[Exchange] = deque()
        self._current: Exchange | None = None
        self._out: list[bytes] = []
        self._bulky = False
        self._feeding = False
        self._advancing = False
        self._hangup = False
        self._pauses = 0
        self._phase = IDLE
        self._unread = False
        self._pump: asyncio.Task[None] | None = None
        self._write_paused = False
        self._drain_waiter: asyncio.Future[None] | None = None
        self._empty_waiter: asyncio.Future[None] | None = None
        self._mark = 0
        self.ending = False
        self.deadline = NEVER
        self.stall = NEVER

    def start_exchange(self, exchange: Exchange) -> None:
        """Begin a request whose turn to be worked on has come."""
        raise NotImplementedError

    def expire(self) -> None:
        """A deadline has come."""
        raise NotImplementedError

    def drain(self) -> None:
        """Finish what is in flight, then close."""
        raise NotImplementedError

    # Answers, in order

    def deliver(self, exchange: Exchange, ready: bytes | Reply) -> None:
        """Take an exchange's answer: written at once when it is its turn, else kept."""
        outstanding = self._outstanding
        if (
            len(outstanding) == 1
            and ready.__class__ is bytes
            and not self._held
            and outstanding[0] is exchange
        ):
            outstanding.popleft()
            out = self._out
            out.append(ready)
            if not self._feeding:
                self.flush()
                if self._phase == IDLE:
                    self._rest()
            elif len(out) >= COALESCE:
                self.flush()
            return
        exchange.ready = ready
        if outstanding and outstanding[0] is exchange:
            self._advance()

    def last_one(self, exchange: Exchange) -> bool:
        """Whether no later request of this connection has begun to come in."""
        if self._phase == HEAD:
            return False
        newest = self._held[-1] if self._held else self._outstanding[-1] if self._outstanding else exchange
        return newest is exchange

    def wants_continue(self) -> None:
        """The request being read wants its body: tell the client when its turn to be answered has come."""
        exchange = self._current
        if exchange is None or exchange.expects == SENT:
            return
        exchange.expects = DUE
        if self._outstanding and self._outstanding[0] is exchange:
            self._continue(exchange)

    def _continue(self, exchange: Exchange) -> None:
        exchange.expects = SENT
        self._out.append(CONTINUE)
        if not self._feeding:
            self.flush()

    def _advance(self) -> None:
        """Write every answer whose turn has come; begin held requests as room appears."""
        if self._advancing:
            return
        self._advancing = True
        outstanding, held, limit = self._outstanding, self._held, self._hub.limits.pipeline
        while not self._hangup and self._pump is None:
            if outstanding and (ready := outstanding[0].ready) is not None:
                exchange = outstanding[0]
                exchange.ready = None
                self._send(exchange, ready)
            elif held and len(outstanding) < limit and not self._write_paused:
                exchange = held.popleft()
                outstanding.append(exchange)
                if exchange.mode == HELD and not exchange.answered:
                    self.start_exchange(exchange)
            else:
                break
        self._advancing = False
        if outstanding and outstanding[0].expects == DUE and self._pump is None:
            self._continue(outstanding[0])
        if self._feeding:
            return
        if self._hangup:
            self._hang_up()
        elif outstanding:
            if self._out:
                self._hub.soon(self)
        else:
            self.flush()
            if self._phase == IDLE:
                self._rest()
        if self._pauses & FOR_ORDER and not held and len(outstanding) < limit:
            self._resume(FOR_ORDER)

    def _send(self, exchange: Exchange, ready: bytes | Reply) -> None:
        """Write one answer whose turn it is; a long body is left to a pump."""
        out = self._out
        if isinstance(ready, bytes):
            out.append(ready)
        else:
            out.append(ready.head)
            source, length = ready.source, ready.length
            if isinstance(source, FileSlice) and length is not None and length <= BULKY:
                source = self._whole_file(source, length)
            if isinstance(source, bytes):
                out.append(source)
                self._bulky = self._bulky or len(source) > BULKY
            elif source is not None:
                self.flush()
                self.deadline = NEVER
                self._pump = asyncio.get_running_loop().create_task(self._run_pump(exchange, ready))
                self._pump.add_done_callback(lambda _: ready.abandon())
                return
        self._outstanding.popleft()
        if exchange.close_after:
            self._hangup = True
        elif len(out) >= COALESCE:
            self.flush()

    def _whole_file(self, source: FileSlice, length: int) -> bytes | None:
        data = os.pread(source.fd, length, source.offset)
        source.close()
        if len(data) != length:
            self._hub.report(None, SourceBroken("The file is shorter than announced"))
            self.abort()
        return data

    async def _run_pump(self, exchange: Exchange, reply: Reply) -> None:
        source, length = reply.source, reply.length
        whole = False
        try:
            if isinstance(source, FileSlice):
                await pump_file(self, source, length or 0)
            elif source is not None and not isinstance(source, bytes):
                await pump_pieces(self, source, length, reply.chunked)
            whole = True
        except Exception as error:  # noqa: BLE001 - a source may fail in any way; the client sees a broken body
            if self._phase != CLOSED:
                self._hub.report(exchange.head, error)
        finally:
            self._pump = None
            if not whole:
                self.abort()
        if self._outstanding and self._outstanding[0] is exchange:
            self._outstanding.popleft()
            self._hangup = self._hangup or exchange.close_after
            self._advance()

    # Writing

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
        if self._write_paused:
            self._mark += len(data)
        self.transport.write(data)

    def writelines(self, pieces: list[bytes]) -> None:
        """Write pieces of a streamed body together."""
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
        if self._held:
            self._advance()

    def _stalled(self) -> bool:
        """Whether the client has read nothing since the last look."""
        size = self.transport.get_write_buffer_size()
        if 0 <= self._mark <= size or self._mark < 0:
            return True
        self._mark = size
        self.stall = self._hub.tick + self._hub.limits.write_seconds
        return False

    # Ending

    def _rest(self) -> None:
        """Every request is answered: wait for the next one, or leave."""
        if self._outstanding or self._phase >= CLOSING:
            return
        if self.ending:
            self.close()
        else:
            self.deadline = self._hub.tick + self._hub.limits.idle_seconds

    def _hang_up(self) -> None:
        """The last answer is given: write it and leave; when the client is still sending, hear it out a while, since
        closing on unread bytes would reset the connection and lose the answer."""
        self._hangup = False
        self.flush()
        unread = self._unread or self._current is not None or self._phase == HEAD
        self._drop()
        if not unread:
            self.close()
            return
        self._phase = LINGER
        if self._pauses:
            self._pauses = 0
            self.transport.resume_reading()
        self.deadline = self._hub.tick + 1 + self._hub.limits.linger_seconds
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _drop(self) -> None:
        """Forget all requests that will not be answered here."""
        exchanges = [*self._outstanding, *self._held]
        if self._current is not None and self._current not in exchanges:
            exchanges.append(self._current)
        self._outstanding.clear()
        self._held.clear()
        self._current = None
        for exchange in exchanges:
            ready = exchange.ready
            exchange.detach()
            if isinstance(ready, Reply):
                ready.abandon()
            try:
                exchange.lose()
            except Exception as error:  # noqa: BLE001 - a handler's callback, at the gateway's edge
                self._hub.report(exchange.head, error)

    def close(self) -> None:
        """Write what is written and close."""
        if self._phase < CLOSING:
            self._phase = CLOSING
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
