"""One client's connection: requests parsed by httptools, begun and served without a Task or a Future."""

import asyncio
from typing import Any

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpRequestParser

from orrery.gateway.body import BodyReader
from orrery.gateway.checks import (
    Refusal,
    check_coding,
    check_expectation,
    check_host,
    inspect,
    method_name,
    origin_form,
    without_upgrade,
)
from orrery.gateway.exchange import COLLECT, DISCARD, SENT, STREAM, STREAMED, WAITS, Exchange
from orrery.gateway.hub import Hub
from orrery.gateway.limits import NEVER
from orrery.gateway.sending import Sending
from orrery.gateway.writing import BODY, CLOSED, CLOSING, DONE, FOR_BODY, FOR_ORDER, HEAD, IDLE, LINGER
from orrery.wire.http import Head, Header, Headers

METHODS = {m.encode(): m for m in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")}
VERSIONS = {"1.1": 1, "1.0": 0}


class Connection(Sending, asyncio.Protocol):
    """The protocol of one plain or decrypted connection."""

    __slots__ = (
        "_begin",
        "_fields",
        "_fresh",
        "_head_bytes",
        "_head_deadline",
        "_host",
        "_parser",
        "_peer",
        "_quiet",
        "_replaced",
        "_scheme",
        "_serve",
        "_target",
    )

    def __init__(self, hub: Hub, scheme: str, peer: str) -> None:
        super().__init__(hub)
        self._scheme = scheme
        self._peer = peer
        self._begin = hub.handler.begin
        self._serve = hub.handler.serve
        self._fields: list[Header] = []
        self._target = b""
        self._host: bytes | None = None
        self._head_bytes = 0
        self._head_deadline = NEVER
        self._fresh = False
        self._quiet = 0
        self._replaced: tuple[bytes, list[Header]] | None = None
        self._parser: Any = HttpRequestParser(self)

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self.transport = transport  # type: ignore[assignment]  # stream transports only
        self.deadline = self._hub.tick + 1 + self._hub.limits.head_seconds
        self._hub.members.add(self)

    def data_received(self, data: bytes) -> None:
        """Parse what came; requests that are complete are served within this call."""
        phase = self._phase
        if phase >= DONE:
            return
        if phase == HEAD:
            self._head_bytes += len(data)
        else:
            self._head_bytes = len(data)
        self._feeding = True
        upgrade = 0
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as asked:
            upgrade = asked.args[0]
        except HttpParserError as error:
            self._unparsable(error)
        if upgrade:
            self._without_upgrade(data[upgrade:])
        self._feeding = False
        if self._phase == IDLE and not self._outstanding and not self._hangup:
            if self._out:
                self.flush()
            if self.ending:
                self.close()
            else:
                self._left = -1
                self.deadline = self._hub.tick + self._hub.limits.idle_seconds
        else:
            self._partial(phase, len(data))

    def eof_received(self) -> bool:
        """The client sends no more. It counts as gone, but is still answered if the handler does so in a while; in a
        short one when the handler wanted to know, and so has most likely given up."""
        current = self._current
        waiting = [e for e in (*self._outstanding, *self._held) if e is not current]
        if self._phase >= LINGER or (not waiting and self._pump is None):
            return False
        if self._phase == BODY and current is not None:
            current.close_after = True
            self._lose(current)
        self._phase = DONE
        self.ending = True
        limits = self._hub.limits
        given_up = any(exchange.on_close for exchange in waiting)
        self.deadline = self._hub.tick + 1 + (limits.linger_seconds if given_up else limits.idle_seconds)
        for exchange in waiting:
            self._lose(exchange)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._phase = CLOSED
        self._hub.forget(self)
        self._drop()
        for waiter in (self._drain_waiter, self._empty_waiter):
            if waiter is not None and not waiter.done():
                waiter.cancel()
        if self._pump is not None:
            self._pump.cancel()
        self._out.clear()
        self._parser = None
        self.deadline = self.stall = NEVER

    # The hub's side

    def expire(self) -> None:
        """A deadline has come."""
        hub = self._hub
        if self.stall <= hub.tick:
            if self._stalled():
                self.abort()
            return
        self.deadline = NEVER
        if self._phase in (IDLE, LINGER, CLOSING) and self._sending():
            self.deadline = hub.tick + hub.limits.write_seconds
        elif self._phase == DONE and self._pump is not None and self._wrote:
            self._wrote = False
            self.deadline = hub.tick + hub.limits.idle_seconds
        elif self._phase in (DONE, LINGER, CLOSING):
            self.abort()
        elif self._phase == HEAD:
            self._refuse(Refusal(408, "the head took too long"))
        elif self._phase == BODY:
            self._refuse(Refusal(408, "the body took too long"))
        elif not self._outstanding:
            self.close()

    def drain(self) -> None:
        """Finish what is in flight, then close."""
        self.ending = True
        if self._phase == IDLE and not self._outstanding and not self._held:
            self.close()

    # The parser's side

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if self._phase >= DONE or self._hangup:
            raise Refusal(400, "the connection is closing")
        self._phase = HEAD
        self._fields = []
        self._target = b""

    def on_url(self, url: bytes) -> None:
        """The request target, or a piece of it."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, or of a chunked body's trailer."""
        self._fields.append((name, value.strip()))

    def on_headers_complete(self) -> None:
        """The head is complete: check it, and begin the request if its turn may have come."""
        parser = self._parser
        fields = self._fields
        if self._replaced is not None:
            self._target, fields = self._replaced
            self._replaced = None
        index = {name.lower(): value for name, value in fields}
        keep_alive: bool = parser.should_keep_alive()
        # Only HTTP/1.1 keeps a connection without being asked: spares asking for the version.
        minor = 1 if keep_alive and b"connection" not in index else VERSIONS.get(parser.get_http_version(), -1)
        limits = self._hub.limits
        if self._head_bytes > limits.target or len(index) != len(fields) or len(fields) > limits.fields or minor < 1:
            index = inspect(fields, self._target, minor, limits)
        self._fresh = True
        method = METHODS.get(parser.get_method())
        if method is None:
            method = method_name(parser.get_method())
        host = index.get(b"host")
        if host is None or host != self._host:
            check_host(host, minor)
            self._host = host
        target = self._target
        if target[0] != 0x2F:
            target = origin_form(target, method, host)
        if b"upgrade" in index and parser.should_upgrade():
            self._replaced = (self._target, fields)
            return
        announced = index.get(b"content-length")
        length: int | None = 0
        if announced is not None:
            length = int(announced)
        elif b"transfer-encoding" in index:
            check_coding(index[b"transfer-encoding"], minor)
            length = None
        head = Head(method, target, Headers(fields, index), scheme=self._scheme, peer=self._peer, http_minor=minor)
        exchange = Exchange(self, head, length, keep_alive, keep_alive and minor == 1 and method != "HEAD")
        if b"expect" in index and minor:
            check_expectation(index[b"expect"])
            exchange.expects = WAITS if length != 0 else SENT
        self._admit(exchange)

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        exchange = self._current
        if exchange is None:
            return
        exchange.expects = SENT
        exchange.size += len(piece)
        self._quiet = -1
        mode = exchange.mode
        if mode <= COLLECT:
            if exchange.parts is None:
                exchange.parts = [piece]
            else:
                exchange.gather(piece)
            if exchange.size > exchange.limit and mode == COLLECT:
                raise Refusal(413, f"the body is larger than {exchange.limit} bytes")
        elif mode == STREAMED:
            if exchange.body is not None:
                exchange.body.feed(piece)
        elif exchange.close_after:
            raise Refusal(413, "the body is not wanted")
        elif not exchange.answered and exchange.size > self.discard:
            self._pause(FOR_BODY)

    def on_message_complete(self) -> None:
        """The request has wholly come: serve it."""
        exchange = self._current
        if exchange is None:
            return
        self._current = None
        self._phase = IDLE if exchange.keep_alive else DONE
        exchange.whole = True
        if exchange.mode == COLLECT:
            self._serve_collected(exchange)
        elif exchange.body is not None:
            exchange.body.end()

    # Steps

    def _admit(self, exchange: Exchange) -> None:
        """Begin a request whose head has come, or hold it until others of its connection are answered."""
        self._phase = BODY
        self._fields = []
        self._current = exchange
        outstanding = self._outstanding
        if self._held or self._write_paused or self._pump is not None or len(outstanding) >= self._hub.limits.pipeline:
            self._held.append(exchange)
            self._pause(FOR_ORDER)
        else:
            outstanding.append(exchange)
            self.start_exchange(exchange)

    def start_exchange(self, exchange: Exchange) -> None:
        """Hand the head to the handler, and the body as it asks."""
        try:
            want = self._begin(exchange)
            if want is STREAM:
                exchange.mode = STREAMED
                exchange.body = reader = BodyReader(self, self._hub.limits.buffer)
                if exchange.parts is not None:
                    reader.feed(exchange.gathered())
                if exchange is not self._current:
                    reader.end()
                self._hub.handler.serve_stream(exchange, reader)
                return
        except Exception as error:  # noqa: BLE001 - the gateway's edge
            exchange.mode = DISCARD
            self._failed(exchange, error)
            return
        if want is None:
            exchange.mode = DISCARD
            exchange.parts = None
            return
        exchange.mode = COLLECT
        exchange.limit = want
        if (exchange.length or exchange.size) > exchange.limit:
            refusal = Refusal(413, f"the body is larger than {exchange.limit} bytes")
            exchange.mode = DISCARD
            exchange.parts = None
            self._refuse_exchange(exchange, refusal)
        elif exchange is not self._current:
            self._serve_collected(exchange)

    def _serve_collected(self, exchange: Exchange) -> None:
        parts = exchange.parts
        try:
            if parts is None:
                self._serve(exchange, b"")
            elif len(parts) == 1 and isinstance(parts[0], bytes):
                exchange.parts = None
                self._serve(exchange, parts[0])
            else:
                self._serve(exchange, exchange.gathered())
        except Exception as error:  # noqa: BLE001 - the gateway's edge
            self._failed(exchange, error)

    def hold_body(self) -> None:
        """The body's reader is behind."""
        self._pause(FOR_BODY)

    def want_body(self) -> None:
        """The body's reader waits for more."""
        self.wants_continue()
        self._resume(FOR_BODY)

    def _partial(self, before: int, size: int) -> None:
        """After a read that did not end at rest: deadlines, bounds of what is unfinished, what is to be written."""
        hub = self._hub
        if self._hangup:
            self._hang_up()
            return
        if self._phase == HEAD:
            if self._fresh or before == BODY:
                self._head_bytes = 0
            if self._fresh or before != HEAD:
                self._head_deadline = hub.tick + 1 + hub.limits.head_seconds
            self.deadline = self._head_deadline
            if self._head_bytes > hub.limits.head:
                long = len(self._target) > hub.limits.target
                self._refuse(Refusal(414 if long else 431, "the head is too large"))
        elif self._phase == BODY and self._current is not None:
            exchange = self._current
            if exchange.expects == WAITS and exchange.mode == COLLECT:
                self.wants_continue()
            if exchange.length is None:
                self._quiet = 0 if self._quiet < 0 else self._quiet + size
                if self._quiet > hub.limits.head:
                    self._refuse(Refusal(400, "the body's chunks hold too little"))
            self.deadline = NEVER if self._pauses else hub.tick + 1 + hub.limits.body_seconds
        elif self._phase <= DONE:
            self.deadline = NEVER
        self._fresh = False
        if self._out:
            self.flush()

    def _without_upgrade(self, rest: bytes) -> None:
        """Upgrades are not taken: parse the request again as if it had not asked. (The parser takes what follows an
        upgrade's head for another protocol, even a body of announced length.)"""
        while self._replaced is not None:
            target, fields = self._replaced
            data = without_upgrade(self._parser.get_method(), target, fields) + rest
            self._parser = HttpRequestParser(self)
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as asked:
                rest = data[asked.args[0] :]
            except HttpParserError as error:
                self._unparsable(error)
                return

    # Failures

    def _unparsable(self, error: HttpParserError) -> None:
        """The parser stopped: by our own refusal, or because this is not HTTP."""
        if self._phase >= DONE or self._hangup:
            return
        refusal: BaseException | None = error.__context__
        if not isinstance(refusal, Refusal):
            if isinstance(error, HttpParserCallbackError):
                self._hub.report(None, refusal or error)
                refusal = Refusal(500, "")
            else:
                unspoken = str(error).startswith("Invalid") and "version" in str(error)
                refusal = Refusal(505 if unspoken else 400, str(error))
        self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer what is being read with a refusal, after all that came before it, and close."""
        exchange = self._current
        if exchange is None:
            exchange = Exchange(self, Head("GET", b"/"), 0, False, False)
            (self._held or self._outstanding).append(exchange)
        self._refuse_exchange(exchange, refusal)
