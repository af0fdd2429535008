"""How Orrery counts time in values: an instant is an `int`, milliseconds since 1970 (UTC), everywhere.

Requests' timestamps arrive as `Instant`, answers' timestamps are given as plain ints of milliseconds; the protocols
write them in whichever format a member asks for. Integers keep sums of seconds exact, so that a message hidden for
30 s is visible exactly when the clock was advanced by 30 s.
"""

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Instant(int):
    """Milliseconds since 1970-01-01T00:00:00Z; a subclass so that the decoder knows a timestamp from a number."""

    __slots__ = ()
