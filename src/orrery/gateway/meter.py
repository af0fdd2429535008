"""Counts over all requests since the start, made of the ring's entries some at a time."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from orrery.gateway.entry import Entry

BOUNDS: Final = (500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000)
"""Upper bounds of the buckets of latency, in microseconds; one more holds what took longer."""

OTHER: Final = "other"
"""The operation under which all others are counted when there are very many."""

OPERATIONS: Final = 5000
"""Pairs of operation and status that are told apart at most."""


class Row:
    """What was counted of one operation with one status. `microseconds` is the sum, `received` and `sent` are bytes."""

    __slots__ = ("buckets", "microseconds", "received", "sent")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.microseconds = 0
        self.received = 0
        self.sent = 0

    @property
    def count(self) -> int:
        """The number of requests."""
        return sum(self.buckets)


class Meter:
    """Rows by operation (`sqs.SendMessage`, `?` where nobody knows) and status. Names come from AWS's models, so there
    are only so many."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], Row] = {}
        self.total = 0

    def count(self, entries: Iterable[Entry]) -> None:
        """Count entries."""
        rows = self.rows
        for entry in entries:
            key = (entry.operation, entry.status)
            row = rows.get(key) or self._new(key)
            microseconds = entry.microseconds
            row.buckets[bisect_left(BOUNDS, microseconds)] += 1
            row.microseconds += microseconds
            row.received += entry.received
            row.sent += entry.sent
            self.total += 1

    def _new(self, key: tuple[str, int]) -> Row:
        if len(self.rows) >= OPERATIONS:
            key = (OTHER, key[1])
        return self.rows.setdefault(key, Row())
