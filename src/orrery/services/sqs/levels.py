"""Counts of a queue that are right at every instant, without looking at its messages.

A `Tally` is the working copy of a space's `Level` within one operation. Hiding a message counts it in the second in
which it becomes visible; when that second is over it is taken off the sum. So the sums cost a row a second, however
many messages there are, and only the second that is running has its messages counted one by one.
"""

from typing import NamedTuple

from orrery.kernel.transaction import Transaction
from orrery.services.sqs.records import Due, Flight, Level

NEVER = 1 << 62
LAG = 64
"""Seconds that may go by before even a send, which needs no counts, takes past seconds off the sums."""


class Counts(NamedTuple):
    """Messages that could be received now, that are in flight, and that wait for their delay to end."""

    visible: int
    in_flight: int
    delayed: int


class Tally:
    """A space's `Level`, changed in place and written back by `save`."""

    __slots__ = (
        "_base",
        "_seconds",
        "_tx",
        "cursor",
        "delayed",
        "due",
        "expiry",
        "flight",
        "fresh",
        "groups",
        "seq",
        "settled",
        "space",
        "total",
    )

    def __init__(self, tx: Transaction, space: int) -> None:
        level = tx.get(Level, space)
        if level is None:
            level = Level(space, due=NEVER)
        self._tx = tx
        self._base = level
        self._seconds: dict[int, list[int]] = {}
        self.space = space
        self.seq = level.seq
        self.cursor = level.cursor
        self.total = level.total
        self.fresh = level.fresh
        self.flight = level.flight
        self.delayed = level.delayed
        self.settled = level.settled
        self.groups = level.groups
        self.due = level.due
        self.expiry = level.expiry

    def save(self) -> None:
        """Write back what changed."""
        for second, (flight, delayed) in self._seconds.items():
            self._write_second(second, flight, delayed)
        self._seconds = {}
        level = Level(
            self.space,
            self.seq,
            self.cursor,
            self.total,
            self.fresh,
            self.flight,
            self.delayed,
            self.settled,
            self.groups,
            self.due,
            self.expiry,
        )
        if level != self._base:
            self._tx.put(level)
            self._base = level

    def hide(self, visible: int, delayed: bool) -> None:
        """Count a message that becomes visible at `visible`."""
        second = visible // 1000
        if second < self.settled:
            return
        change = self._seconds.setdefault(second, [0, 0])
        if delayed:
            self.delayed += 1
            change[1] += 1
        else:
            self.flight += 1
            change[0] += 1
        if visible < self.due:
            self.due = visible

    def show(self, visible: int, delayed: bool) -> None:
        """Take back a `hide`: the message is gone, or hidden anew, or settled."""
        second = visible // 1000
        if second < self.settled:
            return
        change = self._seconds.setdefault(second, [0, 0])
        if delayed:
            self.delayed -= 1
            change[1] -= 1
        else:
            self.flight -= 1
            change[0] -= 1

    def settle(self, now: int, lag: int = 0) -> None:
        """Take the seconds that are over off the sums, if more than `lag` of them went by."""
        second = now // 1000
        if second - self.settled <= lag or not (self.flight or self.delayed or self._seconds):
            return
        for gone, (flight, delayed) in self._seconds.items():
            self._write_second(gone, flight, delayed)
        self._seconds = {}
        for row in self._tx.list(Due, self.space, stop=(second,)):
            self.flight -= row.flight
            self.delayed -= row.delayed
            self._tx.delete(row)
        self.settled = second

    def counts(self, now: int) -> Counts:
        """What the queue's attributes say now; writes nothing."""
        flight, delayed = self.flight, self.delayed
        if flight or delayed:
            second = now // 1000
            for row in self._tx.list(Due, self.space, stop=(second,)):
                flight -= row.flight
                delayed -= row.delayed
            started = max(second, self.settled) * 1000
            for one in self._tx.find(Flight.by_due, self.space, start=(started,), stop=(now + 1,)):
                if one.delayed:
                    delayed -= 1
                else:
                    flight -= 1
        return Counts(self.total - flight - delayed, flight, delayed)

    def _write_second(self, second: int, flight: int, delayed: int) -> None:
        if not flight and not delayed:
            return
        row = self._tx.get(Due, self.space, second)
        if row is not None:
            flight, delayed = row.flight + flight, row.delayed + delayed
        if flight or delayed:
            self._tx.put(Due(self.space, second, flight, delayed))
        elif row is not None:
            self._tx.delete(row)
