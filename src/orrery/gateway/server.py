"""The HTTP server: listeners, the tick, draining. One per event loop; several may live in one process."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from orrery.gateway.door import Door, Wrap
from orrery.gateway.exchange import Handler
from orrery.gateway.hub import Hub, Report
from orrery.gateway.limits import Limits, file_headroom
from orrery.gateway.reply import date_field
from orrery.wire.http import Head

try:
    import uvloop
except ImportError:
    uvloop = None  # type: ignore[assignment]  # Windows has none

BACKLOG = 2048

NO_SUCH_ADDRESS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
DISPENSABLE = frozenset({"::1", "::"})
"""Addresses that are passed over on a machine without IPv6, where there are others: every such machine lacks them."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The fastest event loop at hand: uvloop's, or asyncio's own where it is missing."""
    return uvloop.new_event_loop() if uvloop is not None else asyncio.new_event_loop()


class Front(Protocol):
    """What clients speak to: the server of this process, or gateways in others."""

    async def listen_all(self, hosts: Iterable[str], port: int) -> list[tuple[str, int]]: ...
    async def drain(self, seconds: float) -> bool: ...
    def close(self) -> None: ...


class Server:
    """Serves a handler on any number of addresses.

    `now` gives the instant (ms) for the Date field, which may be virtual time. `report` is told of exceptions that
    the handler let out; the client gets a 500. `tls` makes the protocol of connections that begin with a TLS
    handshake; without it they are refused like other garbage. `interval` is the seconds between ticks of the
    deadlines' sweep; None leaves calling `hub.sweep()` to the owner.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        now: Callable[[], int],
        report: Report | None = None,
        limits: Limits | None = None,
        tls: Wrap | None = None,
        interval: float | None = 1.0,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._report = report
        self._tls = tls
        self._interval = interval
        self._timer: asyncio.TimerHandle | None = None
        self._listeners: list[asyncio.AbstractServer] = []
        self.hub = Hub(handler, file_headroom(limits or Limits()), date_field(now), self._tell, self._loop)

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Listen on an address, or on every address of a host name; port 0 takes a free one. Returns address and
        port of the first socket. Raises OSError when an address is in use or not ours."""
        listener = await self._loop.create_server(self._door, host, port, backlog=BACKLOG, reuse_address=True)
        if not listener.sockets:
            raise OSError(errno.EAFNOSUPPORT, f"This machine has no address family for {host}")
        self._listening(listener)
        name = listener.sockets[0].getsockname()
        return name[0], name[1]

    async def listen_all(self, hosts: Iterable[str], port: int) -> list[tuple[str, int]]:
        """Listen on several addresses with one port: a free one for all when `port` is 0. On a machine without IPv6
        `::1` and `::` are passed over, if there is another address; all else that cannot be had raises OSError."""
        bound: list[tuple[str, int]] = []
        missing: OSError | None = None
        for host in hosts:
            try:
                bound.append(await self.listen(host, bound[0][1] if bound and not port else port))
            except OSError as error:
                if host not in DISPENSABLE or error.errno not in NO_SUCH_ADDRESS:
                    raise
                missing = error
        if not bound:
            raise missing or OSError("No address to listen on")
        return bound

    async def listen_unix(self, path: Path) -> None:
        """Listen on a Unix socket; a socket left there by an earlier process is replaced."""
        if path.is_socket():
            path.unlink()
        self._listening(await self._loop.create_unix_server(self._door, str(path), backlog=BACKLOG))
        path.chmod(0o600)

    async def listen_socket(self, sock: socket.socket) -> None:
        """Listen on a socket that is bound already."""
        self._listening(await self._loop.create_server(self._door, sock=sock, backlog=BACKLOG))

    async def drain(self, seconds: float) -> bool:
        """Stop accepting, let requests in flight finish for at most `seconds`, then break off what is left. Returns
        whether everything had finished."""
        for listener in self._listeners:
            listener.close()
        for member in list(self.hub.members):
            member.drain()
        empty = self.hub.emptied()
        finished, _ = await asyncio.wait([empty], timeout=seconds)
        if not finished:
            for member in list(self.hub.members):
                member.abort()
            await empty
        self._stop_ticking()
        return bool(finished)

    def close(self) -> None:
        """Stop at once: listeners and all connections."""
        for listener in self._listeners:
            listener.close()
        for member in list(self.hub.members):
            member.abort()
        self._stop_ticking()

    def _door(self) -> Door:
        return Door(self.hub, self._tls)

    def _listening(self, listener: asyncio.AbstractServer) -> None:
        self._listeners.append(listener)
        if self._timer is None and self._interval is not None:
            self._timer = self._loop.call_later(self._interval, self._tick)

    def _tick(self) -> None:
        self.hub.sweep()
        if self._interval is not None:
            self._timer = self._loop.call_later(self._interval, self._tick)

    def _stop_ticking(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._interval = None

    def _tell(self, head: Head | None, error: BaseException) -> None:
        if self._report is not None:
            self._report(head, error)
