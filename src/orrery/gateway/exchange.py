"""One request being answered, and the interface between the server and whoever answers."""

from collections.abc import AsyncIterator, Callable
from enum import Enum
from typing import Any, Final, Protocol

from orrery.gateway.body import BodyReader
from orrery.gateway.reply import COLON_JOIN, CRLF, PLAIN, FileSlice, FramingError, Reply, check_fields
from orrery.wire.http import Answer, Head, Header


class StreamBody(Enum):
    """What `Handler.begin` returns to take the body as a stream."""

    STREAM = "stream"


STREAM: Final = StreamBody.STREAM

HELD, COLLECT, STREAMED, DISCARD = range(4)
"""What becomes of a request's body: not decided yet, gathered, handed on as it comes, thrown away."""

SENT, WAITS, DUE = range(3)
"""`Expect: 100-continue`: absent or answered; the client waits; it shall be told when the answer's turn has come."""

SMALL = 4096
"""Pieces of bodies below this size are put together as they come."""

BULKY = 64 * 1024
"""Bodies from here on are written beside their head, not joined to it."""

Source = bytes | AsyncIterator[bytes | FileSlice] | FileSlice | None


class Port(Protocol):
    """What an exchange needs of its connection."""

    ending: bool
    discard: int
    date: Callable[[], bytes]

    def deliver(self, exchange: "Exchange", ready: "bytes | Reply") -> None: ...
    def last_one(self, exchange: "Exchange") -> bool: ...
    def wants_continue(self) -> None: ...
    def want_body(self) -> None: ...


class Exchange:
    """One request being answered; made by the server, answered once.

    `head` is the request's start line and fields; `length` the body's length as announced, None when it comes in
    chunks. `closed` tells that the client has gone (or was refused by the server): answering is then without effect;
    the callbacks of `on_close` are called when that happens before the answer was given. A client that only shut
    its sending half counts as gone, but is still sent an answer given afterwards. `context` is for the handler.
    """

    __slots__ = (
        "_port",
        "answered",
        "body",
        "close_after",
        "closed",
        "context",
        "expects",
        "head",
        "keep_alive",
        "length",
        "limit",
        "mode",
        "on_close",
        "parts",
        "plain",
        "ready",
        "size",
        "whole",
    )

    def __init__(self, port: Port, head: Head, length: int | None, keep_alive: bool, plain: bool) -> None:
        self._port: Port | None = port
        self.head = head
        self.length = length
        self.keep_alive = keep_alive
        self.plain = plain
        self.whole = length == 0
        self.answered = False
        self.closed = False
        self.close_after = False
        self.expects = SENT
        self.mode = HELD
        self.limit = 0
        self.size = 0
        self.parts: list[bytes | bytearray] | None = None
        self.body: BodyReader | None = None
        self.ready: bytes | Reply | None = None
        self.on_close: list[Callable[[], None]] = []
        self.context: Any = None

    def answer(self, answer: Answer) -> None:
        """Give the whole response; the server adds Date, Content-Length and Connection, and its place in the order.

        To a HEAD request no body is sent; a Content-Length among the fields is then what is announced. Field values
        with line breaks raise FramingError.
        """
        if self.answered:
            if self.closed:
                return
            raise RuntimeError("This request has been answered already")
        port = self._port
        if port is None:
            self.answered = True
            return
        line = PLAIN.get(answer.status) if self.plain else None
        headers = answer.headers
        body = answer.body
        if line is None or not self.whole or port.ending or not headers or len(body) > BULKY:
            self._reply(Reply(answer.status, headers, body, len(body)), port)
            return
        block = CRLF.join(map(COLON_JOIN, headers))
        breaks = len(headers) - 1
        if block.count(b"\n") != breaks or block.count(b"\r") != breaks:
            raise FramingError("A response field holds a line break")
        self.answered = True
        port.deliver(
            self,
            b"%b%b%b\r\nContent-Length: %d\r\n\r\n%b" % (line, port.date(), block, len(body), body),
        )

    def stream(self, status: int, headers: list[Header], source: Source, length: int | None = None) -> None:
        """Answer with a body that comes piece by piece, or from a file; paced by the client's reading.

        With `length` the body is framed by Content-Length and the connection is broken off should `source` yield
        another number of bytes; without, in chunks (to HTTP/1.0 clients: until close). For a FileSlice `length` is
        the slice's. To HEAD requests nothing is sent of `source`, which may be None. The source is closed in the end
        whatever happens (`aclose` of generators, descriptors that the slice owns).
        """
        if self.answered and not self.closed:
            raise RuntimeError("This request has been answered already")
        if isinstance(source, FileSlice):
            length = source.open()
        port = self._port
        if port is None or self.answered:
            self.answered = True
            Reply(status, headers, source, length).abandon()
            return
        self._reply(Reply(status, headers, source, length), port)

    def continue_(self) -> None:
        """Tell a client that waits for it (`Expect: 100-continue`) to send the body; else without effect."""
        if self.expects and self._port is not None:
            self._port.wants_continue()

    def gather(self, piece: bytes) -> None:
        """One more piece of a gathered body. Small ones are put together at once: kept apart, a body in chunks of one
        byte would take fifty times its size."""
        parts = self.parts
        if parts is None:
            self.parts = parts = []
        if len(piece) >= SMALL:
            parts.append(piece)
        elif parts and isinstance(parts[-1], bytearray):
            parts[-1] += piece
        else:
            parts.append(bytearray(piece))

    def gathered(self) -> bytes:
        """The gathered body, which is given up."""
        parts, self.parts = self.parts, None
        return b"".join(parts) if parts else b""

    def lose(self) -> None:
        """The client has gone: free the body's reader and tell the handler, unless it has answered."""
        if self.closed:
            return
        self.closed = True
        if self.body is not None:
            self.body.fail("The client has gone")
        if not self.answered:
            for callback in self.on_close:
                callback()
        self.on_close = []

    def leaves_body(self, discard: int) -> bool:
        """Whether so much of the body has not come that the connection must end: more than `discard` bytes, or nobody
        knows how much, or it may never come because the client was not told to send it."""
        if self.whole:
            return False
        return self.expects != SENT or self.length is None or self.length - self.size > discard

    def detach(self) -> None:
        """Nothing can be sent any more."""
        self._port = None
        self.ready = None

    def _reply(self, reply: Reply, port: Port) -> None:
        check_fields(reply.headers)
        self.answered = True
        answers_while_reading = self.mode == STREAMED and isinstance(reply.source, AsyncIterator)
        if not answers_while_reading and not self.whole:
            if self.leaves_body(port.discard):
                self.close_after = True
            elif self.mode == STREAMED:  # nobody reads the little that is left: take it in, or nothing after it comes
                self.mode, self.body = DISCARD, None
                port.want_body()
        if not self.keep_alive or (port.ending and port.last_one(self)):
            self.close_after = True
        self.close_after = reply.frame(self.head, port.date(), close=self.close_after)
        port.deliver(self, reply)


class Handler(Protocol):
    """Who answers the requests of a server. Called in the event loop; must not block."""

    def begin(self, exchange: Exchange) -> int | StreamBody | None:
        """Called after the head. Returns how many bytes of body to gather at most (more is answered 413), or STREAM
        to be given the body as it comes, or None when it has answered (or will, without needing the body)."""

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """Called with the gathered body; the answer may be given now or later."""

    def serve_stream(self, exchange: Exchange, body: BodyReader) -> None:
        """Called after `begin` returned STREAM. A waiting client is told to send by `exchange.continue_()` or by the
        first `body.read()`."""
