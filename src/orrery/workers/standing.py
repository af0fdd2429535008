"""What gateways verify by: the clock as the kernel has it, and keys as they were under the present epoch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from orrery.auth.credentials import Credential, root_credential
from orrery.kernel.clock import Piece, host_clock
from orrery.workers.messages import Standing


class KeyUnknown(Exception):
    """Whose the key is has to be asked of the kernel first."""

    def __init__(self, access_key: str) -> None:
        super().__init__(access_key)
        self.access_key = access_key


class FollowedClock:
    """The kernel's clock, followed: it tells the time between two turns of the kernel's by the host's time."""

    def __init__(self) -> None:
        start = host_clock()
        self._pieces = [Piece(start, start, 1.0)]
        self._floor = 0

    def follow(self, standing: Standing) -> None:
        """The clock was turned."""
        self._pieces = [Piece(*piece) for piece in standing.pieces]
        self._floor = self._pieces[-1].virtual

    def now(self) -> int:
        """Virtual now, in milliseconds. It does not go back between two turns."""
        now = self._pieces[-1].at(host_clock())
        if now < self._floor:
            return self._floor
        self._floor = now
        return now

    def host_now(self) -> int:
        """The host's time."""
        return host_clock()

    def at_host(self, host: int) -> int:
        """The virtual time that a host time meant when it was."""
        place = bisect_right(self._pieces, host, key=lambda piece: piece.host) - 1
        return self._pieces[max(place, 0)].at(host)


class AskedKeys:
    """Finds whose an access key is: root keys here, all others as the kernel said under the present epoch.

    `roots` and `test_keys` as of auth.credentials.Keys.
    """

    def __init__(self, roots: Mapping[str, tuple[str, str]], *, test_keys: bool, known: KnownKeys) -> None:
        self._roots = roots
        self._test_keys = test_keys
        self._known = known

    def lookup(self, access_key: str) -> Credential | None:
        """The credential of an access key id, None when nobody has it. Raises KeyUnknown."""
        found = root_credential(access_key, self._roots, test_keys=self._test_keys)
        return found if found is not None else self._known.find(access_key)


class KnownKeys:
    """What the kernel said of keys, until the epoch ends. That nobody has a key is believed once: it may be made."""

    def __init__(self) -> None:
        self._known: dict[str, Credential | None] = {}

    def find(self, access_key: str) -> Credential | None:
        """Raises KeyUnknown for one that was not learnt."""
        if access_key not in self._known:
            raise KeyUnknown(access_key)
        found = self._known[access_key]
        if found is None:
            del self._known[access_key]
        return found

    def learn(self, access_key: str, credential: Credential | None) -> None:
        """The kernel's word."""
        if len(self._known) >= 10_000:
            self._known.clear()
        self._known[access_key] = credential

    def forget(self) -> None:
        """Another epoch has begun."""
        self._known.clear()
