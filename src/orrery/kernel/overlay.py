"""Changes not yet in the store: a transaction's own, and those of the tick that is about to be committed."""

from bisect import bisect_left
from itertools import islice

from orrery.kernel.records import Record
from orrery.kernel.store.contract import RECORDS

Write = tuple[int, Record | None, bytes | None]
"""Space, the record where the value is one, and the encoded value; both None for a deletion."""


class Overlay:
    """Writes above a store, readable by key and by range.

    `writes` maps a key to its newest value here; `adds` sums what counters gained; `clears` are key ranges emptied
    before the writes.
    """

    __slots__ = ("_order", "adds", "clears", "writes")

    def __init__(self) -> None:
        self.writes: dict[bytes, Write] = {}
        self.adds: dict[bytes, int] = {}
        self.clears: list[tuple[int, bytes, bytes]] = []
        self._order: list[bytes] = []

    def __bool__(self) -> bool:
        return bool(self.writes or self.adds or self.clears)

    def between(self, start: bytes, stop: bytes) -> list[bytes]:
        """The keys written here with start <= key < stop, in order."""
        order = self._order
        if len(order) != len(self.writes):
            order.extend(islice(self.writes, len(order), None))
            order.sort()
        if not order or order[-1] < start or order[0] >= stop:
            return []
        return order[bisect_left(order, start) : bisect_left(order, stop)]

    def clear(self, space: int, start: bytes, stop: bytes) -> None:
        """Empty a key range, of this overlay's own writes and additions too."""
        gone = self.between(start, stop)
        if gone:
            for key in gone:
                del self.writes[key]
            self._order = sorted(self.writes)
        if space == RECORDS:
            for key in [key for key in self.adds if start <= key < stop]:
                del self.adds[key]
        self.clears.append((space, start, stop))

    def cleared(self, key: bytes) -> bool:
        """Whether `key` lies in a range emptied here."""
        return any(start <= key < stop for _, start, stop in self.clears)

    def uncounted(self, key: bytes) -> bool:
        """Whether the counter at `key` was emptied here."""
        return any(space == RECORDS and start <= key < stop for space, start, stop in self.clears)

    def lift(self) -> None:
        """Hold nothing any more: what was here is in the store, or was refused. Transactions that are still open on
        it must not find it twice."""
        self.writes, self.adds, self.clears, self._order = {}, {}, [], []

    def merge(self, other: "Overlay") -> None:
        """Lay `other`'s changes over these."""
        for space, start, stop in other.clears:
            self.clear(space, start, stop)
        self.writes.update(other.writes)
        adds = self.adds
        for key, amount in other.adds.items():
            adds[key] = adds.get(key, 0) + amount
