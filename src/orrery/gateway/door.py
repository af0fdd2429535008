"""Who is let in: counts connections, and tells TLS from plain HTTP by the first byte."""

import asyncio
from collections.abc import Callable

from orrery.gateway.connection import Connection
from orrery.gateway.hub import Hub
from orrery.gateway.limits import NEVER
from orrery.gateway.reply import neutral

HANDSHAKE = 0x16
"""The first byte of every TLS connection: the record type of a handshake."""

Wrap = Callable[[Hub, str], asyncio.Protocol]
"""Makes the protocol of a TLS connection of a peer."""


def peer_of(transport: asyncio.BaseTransport) -> str:
    """The client's address without port; "unix" for local sockets. IPv4 in IPv6 clothing is undressed."""
    name = transport.get_extra_info("peername")
    if not isinstance(name, tuple):
        return "unix"
    address = str(name[0])
    return address[7:] if address.startswith("::ffff:") else address


class Door(asyncio.Protocol):
    """The protocol of a connection until its first byte."""

    __slots__ = ("_hub", "_refused", "_transport", "_wrap", "deadline", "stall")

    def __init__(self, hub: Hub, wrap: Wrap | None) -> None:
        self._hub = hub
        self._wrap = wrap
        self._refused = False
        self.deadline = NEVER
        self.stall = NEVER

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or refuse it with 503 when too many are in."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # stream transports only
        hub = self._hub
        limits = hub.limits
        if len(hub.members) >= limits.connections:
            if len(hub.members) >= limits.connections + limits.excess:
                self._transport.abort()
                return
            self._refuse()
        else:
            self.deadline = hub.tick + 1 + limits.head_seconds
        hub.members.add(self)

    def data_received(self, data: bytes) -> None:
        """The first bytes: hand the connection over to the protocol they speak."""
        if self._refused:
            return
        hub, transport = self._hub, self._transport
        peer = peer_of(transport)
        protocol: asyncio.Protocol
        if data[0] == HANDSHAKE and self._wrap is not None:
            protocol = self._wrap(hub, peer)
        else:
            protocol = Connection(hub, "http", peer)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        hub.members.discard(self)
        protocol.data_received(data)

    def eof_received(self) -> bool:
        """The client left without a word."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._hub.forget(self)

    def flush(self) -> None:
        """Nothing is ever waiting to be written."""

    def expire(self) -> None:
        """The client said nothing, or did not leave."""
        self.abort()

    def drain(self) -> None:
        """Nothing is in flight."""
        self._transport.close()

    def abort(self) -> None:
        """Break the connection off."""
        self._transport.abort()

    def _refuse(self) -> None:
        self._refused = True
        self.deadline = self._hub.tick + 1 + self._hub.limits.linger_seconds
        headers, body = neutral(503, "too many connections")
        fields = b"".join(b"%b: %b\r\n" % field for field in headers)
        self._transport.write(
            b"HTTP/1.1 503 Service Unavailable\r\n%b%bContent-Length: %d\r\nConnection: close\r\n\r\n%b"
            % (self._hub.date(), fields, len(body), body)
        )
        if self._transport.can_write_eof():
            self._transport.write_eof()
