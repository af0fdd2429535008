"""A connection's sending half: answers in the order of their requests, coalesced, at the client's pace."""

import asyncio
import os
from collections import deque

from orrery.gateway.checks import Refusal
from orrery.gateway.exchange import BULKY, DUE, HELD, SENT, Exchange
from orrery.gateway.hub import Hub
from orrery.gateway.limits import NEVER
from orrery.gateway.pump import SourceBroken, pump_file, pump_pieces
from orrery.gateway.reply import FileSlice, Reply, neutral
from orrery.gateway.writing import CLOSED, CLOSING, DONE, FOR_ORDER, HEAD, IDLE, LINGER, Writing
from orrery.wire.http import Answer

COALESCE = 64
"""Answers gathered in one turn before they are written."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Sending(Writing):
    """Answers of one connection.

    `_outstanding` are the requests begun and not yet wholly answered, in order; `_held` those read in the same
    breath beyond the bound, not begun. An answer waits in its exchange (`ready`) until its turn.
    """

    __slots__ = (
        "_advancing",
        "_current",
        "_feeding",
        "_hangup",
        "_held",
        "_outstanding",
        "_pump",
        "_unread",
        "date",
        "discard",
    )

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.date = hub.date
        self.discard = hub.limits.discard
        self._outstanding: deque[Exchange] = deque()
        self._held: deque[Exchange] = deque()
        self._current: Exchange | None = None
        self._feeding = False
        self._advancing = False
        self._hangup = False
        self._unread = False
        self._pump: asyncio.Task[None] | None = None

    def start_exchange(self, exchange: Exchange) -> None:
        """Begin a request whose turn to be worked on has come."""
        raise NotImplementedError

    def roomy(self) -> None:
        """There is room to write again: requests that waited for it may begin."""
        if self._held:
            self._advance()

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
        if len(outstanding) == 1 and ready.__class__ is bytes and not self._held and outstanding[0] is exchange:
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
        if self._pauses & FOR_ORDER and not held and (self._current is not None or len(outstanding) < limit):
            self._resume(FOR_ORDER)
        if self._feeding:
            return
        if self._hangup:
            self._hang_up()
        elif outstanding:
            if self._out:
                self._hub.soon(self)
        else:
            self.flush()
            if self._phase == IDLE or (self._phase == DONE and self.ending and not held):
                self._rest()

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
        except ConnectionError:
            pass  # the client has gone
        except Exception as error:  # noqa: BLE001 - a source may fail in any way; the client sees a broken body
            if self._phase != CLOSED:
                self._hub.report(exchange.head, error)
        finally:
            self._pump = None
            if not whole:
                self.abort()
        if self._outstanding and self._outstanding[0] is exchange:
            self._outstanding.popleft()
            self._hangup = self._hangup or exchange.close_after or exchange.leaves_body(self.discard)
            self._advance()

    # Ending

    def _rest(self) -> None:
        """Every request is answered: wait for the next one, or leave."""
        if self._outstanding or self._phase >= CLOSING:
            return
        if self.ending:
            self.close()
        else:
            self._left = -1
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
            self._lose(exchange)

    def _refuse_exchange(self, exchange: Exchange, refusal: Refusal) -> None:
        self._phase = DONE
        self._unread = True
        self._current = None
        if exchange.answered:
            self.ending = True
            exchange.close_after = True
            if not self._outstanding and not self._held:
                self._hangup = True
                if not self._feeding:
                    self._hang_up()
            return
        exchange.keep_alive = exchange.plain = False
        self._lose(exchange)
        headers, body = neutral(refusal.status, refusal.reason)
        exchange.answer(Answer(refusal.status, headers, body))

    def _failed(self, exchange: Exchange, error: Exception) -> None:
        """The handler let an exception out."""
        self._hub.report(exchange.head, error)
        if not exchange.answered:
            headers, body = neutral(500)
            exchange.answer(Answer(500, headers, body))

    def _lose(self, exchange: Exchange) -> None:
        try:
            exchange.lose()
        except Exception as error:  # noqa: BLE001 - a handler's callback, at the gateway's edge
            self._hub.report(exchange.head, error)
