"""Whether a signature is current, on a machine whose virtual time may be anywhere.

Clients sign by the machine's clock, or by virtual time once an SDK has corrected itself by our Date field. What they
make lives for its lifetime of virtual time from the virtual instant it was made at.
"""

from typing import Final

from orrery.gateway.identity import Clock
from orrery.wire.instant import MINUTE, SECOND
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.stamp import Stamp, basic, extended

SKEW: Final = 15 * MINUTE


class Lifetimes:
    """Judges stamps and expiries by `clock`.

    The first use of what was made to be used later is remembered (`size` of them): it was made before that. For a
    Version 2 URL, which carries an end and no beginning, the first use stands for when it was made.
    """

    __slots__ = ("_clock", "_first_uses", "_size")

    def __init__(self, clock: Clock, size: int = 16_384) -> None:
        self._clock = clock
        self._first_uses: dict[str, int] = {}
        self._size = size

    def check_header(self, stamp: Stamp) -> None:
        """That a request was signed within 15 minutes of the machine's time or of virtual time.

        Raises SignatureProblem "expired" or "not-yet".
        """
        host = self._clock.host_now()
        if -SKEW <= host - stamp.at <= SKEW or abs(self._clock.now() - stamp.at) <= SKEW:
            return
        late = stamp.at < host
        raise SignatureProblem(
            "expired" if late else "not-yet",
            stamp=stamp.text,
            limit=basic(host - SKEW if late else host + SKEW),
            server=basic(host),
            minutes=SKEW // MINUTE,
            server_iso=extended(host),
            allowed=SKEW,
        )

    def check_presigned(self, signature: str, stamp: Stamp, lifetime: int, expired: str = "presigned-expired") -> None:
        """That virtual time is within `lifetime` (ms) of the virtual instant something was made at.

        A stamp that the machine's clock has not reached can only be virtual; any other is read both ways. Stamps are
        cut to the second: when the clock was moved in that second, what was made in it counts as made after the move,
        unless it was used before.

        Raises SignatureProblem `expired` or "presigned-not-yet".
        """
        now, host = self._clock.now(), self._clock.host_now()
        starts = [stamp.at]
        if stamp.at <= host + SKEW:
            latest = min(stamp.at + SECOND - 1, self._first_uses.get(signature, host))
            starts.append(self._clock.at_host(max(stamp.at, latest)))
        if any(start - SKEW <= now <= start + lifetime for start in starts):
            return
        early = now < min(starts)
        raise SignatureProblem(
            "presigned-not-yet" if early else expired,
            stamp=stamp.text,
            limit=basic(now + SKEW if early else now - lifetime),
            server=basic(now),
            minutes=(SKEW if early else lifetime) // MINUTE,
            lifetime=lifetime // SECOND,
            until_iso=extended(max(starts) + lifetime),
            server_iso=extended(now),
        )

    def check_until(self, signature: str, expires: int, expired: str = "presigned-expired") -> None:
        """That something with an end (ms, the maker's clock) but no beginning has not ended.

        Raises SignatureProblem `expired`.
        """
        now, host = self._clock.now(), self._clock.host_now()
        first = self._first_uses.get(signature)
        if first is None and expires <= host:
            until = self._clock.at_host(expires)
        else:
            made = host if first is None else first
            until = self._clock.at_host(made) + expires - made
        if now > until:
            raise SignatureProblem(expired, until_iso=extended(until), server_iso=extended(now))

    def used(self, signature: str) -> None:
        """Remember the first use of a signature that is judged by what its clock said, and that proved right."""
        if signature not in self._first_uses:
            if len(self._first_uses) >= self._size:
                del self._first_uses[next(iter(self._first_uses))]
            # The millisecond before: the clock may be moved again within this one.
            self._first_uses[signature] = self._clock.host_now() - 1
