"""The addresses that gateways listen on: taken once, and then given to every gateway as a socket of its own."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable

from orrery.gateway.server import DISPENSABLE, NO_SUCH_ADDRESS


class Berths:
    """The addresses of one cloud. A socket that is bound and does not listen holds each of them until `close`."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    @classmethod
    def take(cls, hosts: Iterable[str], port: int) -> Berths:
        """Take every address of the hosts, with one port: a free one for all when `port` is 0. On a machine without
        IPv6 `::1` and `::` are passed over, if there is another address. Raises OSError for what cannot be had."""
        berths = cls()
        missing: OSError | None = None
        try:
            for host in hosts:
                try:
                    berths._take(host, port or berths.port)
                except OSError as error:
                    if host not in DISPENSABLE or error.errno not in NO_SUCH_ADDRESS:
                        raise
                    missing = error
            if not berths._held:
                raise missing or OSError("No address to listen on")
        except OSError:
            berths.close()
            raise
        return berths

    @property
    def port(self) -> int:
        """The port; 0 while there is none."""
        return int(self._held[0].getsockname()[1]) if self._held else 0

    def addresses(self) -> list[tuple[str, int]]:
        """Every address with its port, in the order in which they were taken."""
        names = [held.getsockname() for held in self._held]
        return [(name[0], name[1]) for name in names]

    def sockets(self) -> list[socket.socket]:
        """New sockets bound to every address, for one more gateway."""
        found = []
        for held in self._held:
            fresh = _made(held.family)
            fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            fresh.bind(held.getsockname())
            found.append(fresh)
        return found

    def close(self) -> None:
        """Let the addresses go. Idempotent."""
        for held in self._held:
            held.close()
        self._held = []

    def _take(self, host: str, port: int) -> None:
        found = {
            (family, address)
            for family, _, _, _, address in socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        }
        if not found:
            raise OSError(errno.EAFNOSUPPORT, f"This machine has no address family for {host}")
        for family, address in sorted(found, key=str):
            held = _made(family)
            try:
                held.bind((address[0], port or self.port, *address[2:]))
            except OSError:
                held.close()
                raise
            # Only now: with it from the start, two clouds could take the same port and share its clients.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._held.append(held)


def _made(family: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return made
