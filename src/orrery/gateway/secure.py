"""TLS between a socket's transport and a connection: the same connection class serves plain and secure clients."""

import asyncio
import ssl
from typing import Any

from orrery.gateway.connection import Connection
from orrery.gateway.door import Wrap
from orrery.gateway.hub import Hub
from orrery.gateway.limits import NEVER
from orrery.gateway.tls import Certificates

RECORD = 64 * 1024
"""Bytes asked of the decryption at a time; a record brings up to 16 KiB."""


class SecureTransport(asyncio.Transport):
    """A transport that encrypts; what it has written counts as written when the socket's transport has it."""

    def __init__(self, transport: asyncio.Transport, connection: ssl.SSLObject, outgoing: ssl.MemoryBIO) -> None:
        super().__init__()
        self._transport = transport
        self._ssl = connection
        self._outgoing = outgoing
        self.shut = False

    def flush(self) -> None:
        """Hand what was encrypted to the socket's transport."""
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())

    def write(self, data: Any) -> None:
        """Encrypt and send."""
        if self.shut or not data:
            return
        self._ssl.write(data)
        self.flush()

    def writelines(self, list_of_data: Any) -> None:
        """Encrypt and send in one go."""
        if self.shut:
            return
        for data in list_of_data:
            if data:
                self._ssl.write(data)
        self.flush()

    def can_write_eof(self) -> bool:
        """TLS has an end of its own, which need not end the other direction."""
        return True

    def write_eof(self) -> None:
        """Say that nothing more comes; what the client still sends is heard but not decrypted."""
        self._shut()
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        """Say goodbye and close when all is sent."""
        self._shut()
        self._transport.close()

    def abort(self) -> None:
        """Break off."""
        self.shut = True
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether close or abort were called."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Stop reading from the socket."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading from the socket."""
        self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Encrypted bytes that the socket has not taken."""
        return self._transport.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The socket's transport's limits."""
        self._transport.set_write_buffer_limits(high=high, low=low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`ssl_object`, and all that the socket's transport knows."""
        return self._ssl if name == "ssl_object" else self._transport.get_extra_info(name, default)

    def _shut(self) -> None:
        if self.shut:
            return
        self.shut = True
        try:
            self._ssl.unwrap()
        except ssl.SSLError:
            pass  # the client's own goodbye has not come yet, or never will: ours is in the buffer
        self.flush()


class SecureLayer(asyncio.Protocol):
    """The protocol of a TLS connection on the socket's side: handshake, decryption."""

    def __init__(self, hub: Hub, peer: str, context: ssl.SSLContext) -> None:
        self._hub = hub
        self._incoming = ssl.MemoryBIO()
        outgoing = ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._incoming, outgoing, server_side=True)
        self._outgoing = outgoing
        self._inner = Connection(hub, "https", peer)
        self._open = False
        self._ended = False
        self.deadline = NEVER
        self.stall = NEVER

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client has sent its first byte."""
        self._socket: asyncio.Transport = transport  # type: ignore[assignment]  # stream transports only
        self._transport = SecureTransport(self._socket, self._ssl, self._outgoing)
        self.deadline = self._hub.tick + 1 + self._hub.limits.head_seconds
        self._hub.members.add(self)

    def data_received(self, data: bytes) -> None:
        """Encrypted bytes: go on with the handshake, or hand on what they hold."""
        if self._transport.shut:
            return
        self._incoming.write(data)
        if not self._open and not self._handshake():
            return
        pieces: list[bytes] = []
        try:
            while piece := self._ssl.read(RECORD):
                pieces.append(piece)
            self._ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self._ended = True
        except ssl.SSLError:
            self._transport.flush()
            self._transport.abort()
            return
        self._transport.flush()
        if pieces:
            self._inner.data_received(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if self._ended and not self._inner.eof_received():
            self._transport.close()

    def eof_received(self) -> bool:
        """The client sends no more."""
        if not self._open or self._transport.shut:
            return False
        return self._ended or self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._transport.shut = True
        self._hub.forget(self)
        if self._open:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        if self._open:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The client has read."""
        if self._open:
            self._inner.resume_writing()

    def flush(self) -> None:
        """Nothing is ever waiting to be encrypted."""

    def expire(self) -> None:
        """The handshake took too long."""
        self.abort()

    def drain(self) -> None:
        """A handshake is under way: nothing is in flight."""
        self._socket.close()

    def abort(self) -> None:
        """Break the connection off."""
        self._transport.abort()

    def _handshake(self) -> bool:
        try:
            self._ssl.do_handshake()
        except ssl.SSLWantReadError:
            self._transport.flush()
            return False
        except ssl.SSLError:
            self._transport.flush()
            self._transport.shut = True
            self._socket.close()
            return False
        self._open = True
        self._inner.connection_made(self._transport)
        self._hub.members.discard(self)
        return True


def secured(certificates: Certificates) -> Wrap:
    """What the door needs to let TLS clients in."""

    def wrap(hub: Hub, peer: str) -> asyncio.Protocol:
        return SecureLayer(hub, peer, certificates.context())

    return wrap
