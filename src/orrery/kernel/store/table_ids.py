"""Two bytes for each table's name, given once and kept for as long as the data directory lives."""

from typing import Final

from orrery.kernel.keys import pack, prefix_range, unpack
from orrery.kernel.store.contract import RECORDS, Batch, Store

OWN: Final = b"\x00\x00"
"""The id under which the names themselves are kept."""

LAST: Final = 0xFEFF
"""No id begins with FF: `prefix_range` needs a key after all keys of a table."""


class TableIds:
    """Names and ids. An id is stored the moment it is given, so it means the same table for ever."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ids: dict[str, bytes] = {}
        for key, value in store.range(RECORDS, *prefix_range(OWN)):
            (name,) = unpack(key[2:])
            self._ids[str(name)] = value
        self._next = max((int.from_bytes(value, "big") for value in self._ids.values()), default=0) + 1

    def id_of(self, name: str) -> bytes:
        """The id of the table `name`, given now if it has none yet.

        Raises StoreFull or StoreFailed if it cannot be stored, OverflowError when all ids are given.
        """
        known = self._ids.get(name)
        if known is not None:
            return known
        if self._next > LAST:
            raise OverflowError(f"no table id is left for {name}")
        fresh = self._next.to_bytes(2, "big")
        batch = Batch()
        batch.puts[RECORDS][OWN + pack((name,))] = fresh
        self._store.apply(batch)
        self._ids[name] = fresh
        self._next += 1
        return fresh

    def names(self) -> dict[str, bytes]:
        """All names with their ids."""
        return dict(self._ids)
