"""A server in this process with a handler that tests steer, and clients that speak bytes."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from orrery.gateway.body import BodyReader
from orrery.gateway.door import Wrap
from orrery.gateway.exchange import Exchange, StreamBody
from orrery.gateway.limits import Limits
from orrery.gateway.server import Server, new_event_loop
from orrery.wire.http import Answer, Head, Header

PLAIN: list[Header] = [(b"Content-Type", b"text/plain")]
Serve = Callable[[Exchange, bytes], None]
Begin = Callable[[Exchange], int | StreamBody | None]
ServeStream = Callable[[Exchange, BodyReader], Coroutine[Any, Any, None]]
HANG = 20
"""Seconds after which a test that waits for what never comes is given up."""


def text(exchange: Exchange, body: bytes | str, status: int = 200) -> None:
    """Answer with a few words."""
    exchange.answer(Answer(status, PLAIN, body.encode() if isinstance(body, str) else body))


def tell(exchange: Exchange, body: bytes) -> None:
    """Answer with what was understood: method, target, length of the body."""
    text(exchange, b"%b %b %d" % (exchange.head.method.encode(), exchange.head.target, len(body)))


class Stage:
    """A handler whose acts are chosen by path; what was begun and served is recorded in `begun` and `served`."""

    def __init__(self) -> None:
        self.begun: list[Exchange] = []
        self.served: list[tuple[Exchange, bytes]] = []
        self.on_begin: dict[bytes, Begin] = {}
        self.on_serve: dict[bytes, Serve] = {b"/wait": lambda exchange, body: None}
        self.on_stream: dict[bytes, ServeStream] = {}
        self.most = 1024 * 1024
        self.tasks: list[asyncio.Task[None]] = []

    def begin(self, exchange: Exchange) -> int | StreamBody | None:
        """As chosen; bodies up to `most` are gathered otherwise."""
        self.begun.append(exchange)
        act = self.on_begin.get(exchange.head.path)
        if act is not None:
            return act(exchange)
        return StreamBody.STREAM if exchange.head.path in self.on_stream else self.most

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """As chosen; `tell` otherwise."""
        self.served.append((exchange, body))
        self.on_serve.get(exchange.head.path, tell)(exchange, body)

    def serve_stream(self, exchange: Exchange, body: BodyReader) -> None:
        """As chosen, in a task."""
        task = asyncio.ensure_future(self.on_stream[exchange.head.path](exchange, body))
        self.tasks.append(task)


@dataclass
class Response:
    """One answer as the client read it; `body` is what its framing says, `raw` the bytes of its head."""

    status: int
    headers: dict[str, str]
    body: bytes
    raw: bytes


class Client:
    """A client that writes bytes and reads answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        """Write without waiting."""
        self.writer.write(data)

    async def answer(self, *, head_only: bool = False) -> Response:
        """Read one answer; of those to HEAD requests the head only."""
        raw = await self.reader.readuntil(b"\r\n\r\n")
        lines = raw.decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        assert version == "HTTP/1.1"
        headers = {}
        for line in lines[1:-2]:
            name, _, value = line.partition(":")
            assert name.lower() not in headers
            headers[name.lower()] = value.strip()
        body = b"" if head_only else await self._body(int(status), headers)
        return Response(int(status), headers, body, raw)

    async def _body(self, status: int, headers: dict[str, str]) -> bytes:
        if status < 200 or status in (204, 304):
            return b""
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return await self.reader.read(-1)
        pieces = []
        while size := int(await self.reader.readline(), 16):
            pieces.append(await self.reader.readexactly(size))
            assert await self.reader.readexactly(2) == b"\r\n"
        assert await self.reader.readexactly(2) == b"\r\n"
        return b"".join(pieces)

    async def ended(self) -> bytes:
        """Everything until the server closes; a reset counts as an end."""
        pieces = []
        try:
            while piece := await self.reader.read(65536):
                pieces.append(piece)
        except ConnectionError:
            pass
        return b"".join(pieces)

    async def get(self, path: str = "/", extra: str = "") -> Response:
        """Send a GET and read its answer."""
        self.send(request(path, extra=extra))
        return await self.answer()

    async def closed(self) -> None:
        """Close the client's side and wait until that is done."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except (ConnectionError, ssl.SSLError):
            pass

    def reset(self) -> None:
        """Break the connection off, as when the client's machine forgets it."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def eof(self) -> None:
        """Shut the sending half."""
        self.writer.write_eof()


def request(path: str = "/", method: str = "GET", body: bytes | None = None, extra: str = "", host: str = "x") -> bytes:
    """A request's bytes; `extra` are further header lines, each with its line break."""
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{length}{extra}\r\n".encode() + (body or b"")


@dataclass
class Scene:
    """A running server, its handler, and what it reported. `now` is the instant that the Date field tells."""

    server: Server
    stage: Stage
    address: tuple[str, int]
    reports: list[tuple[Head | None, BaseException]]
    now: list[int]
    clients: list[Client] = field(default_factory=list)

    async def client(self, limit: int = 2**20, **options: Any) -> Client:
        """A new connection."""
        reader, writer = await asyncio.open_connection(*self.address, limit=limit, **options)
        client = Client(reader, writer)
        self.clients.append(client)
        return client

    def tick(self, count: int = 1) -> None:
        """Let seconds pass for the server's patience."""
        for _ in range(count):
            self.server.hub.sweep()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the loop turn until something has happened."""
        while not condition():
            await asyncio.sleep(0)

    async def served(self, count: int) -> None:
        """Wait until the handler has been asked to serve so many requests."""
        await self.until(lambda: len(self.stage.served) >= count)

    async def settled(self, turns: int = 30) -> None:
        """Let the loop turn a few times: what has been sent to the server is read, what it wrote can be read."""
        for _ in range(turns):
            await asyncio.sleep(0)


@asynccontextmanager
async def scene(limits: Limits | None = None, tls: Wrap | None = None) -> AsyncIterator[Scene]:
    """A server on a free loopback port, whose deadlines pass only by `tick`."""
    stage = Stage()
    reports: list[tuple[Head | None, BaseException]] = []
    now = [784111777000]
    server = Server(
        stage,
        now=lambda: now[0],
        report=lambda head, error: reports.append((head, error)),
        limits=limits or Limits(),
        tls=tls,
        interval=None,
    )
    address = await server.listen("127.0.0.1", 0)
    set_up = Scene(server, stage, address, reports, now)
    try:
        yield set_up
    finally:
        server.close()
        for client in set_up.clients:
            await client.closed()
        for task in stage.tasks:
            task.cancel()
        await asyncio.gather(*stage.tasks, return_exceptions=True)


def play(
    act: Callable[[Scene], Coroutine[Any, Any, None]],
    *,
    limits: Limits | None = None,
    tls: Wrap | None = None,
    loop: Callable[[], asyncio.AbstractEventLoop] = new_event_loop,
) -> None:
    """Run a test's coroutine with a scene of its own."""

    async def whole() -> None:
        async with scene(limits, tls) as set_up:
            await asyncio.wait_for(act(set_up), HANG)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(whole())
