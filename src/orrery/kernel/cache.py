"""Decoded records kept in memory: what a read of the store costs is paid once."""

from itertools import islice

from orrery.kernel.records import Record

LARGE = 4096
"""Bytes from which a record is not kept: the cache is bounded by number, and must be by bytes too."""


class RecordCache:
    """Committed records by full key, the least recently kept dropped first. Values are frozen, so sharing is safe."""

    __slots__ = ("_kept", "_limit", "get")

    def __init__(self, limit: int = 20_000) -> None:
        self._kept: dict[bytes, Record] = {}
        self._limit = limit
        self.get = self._kept.get

    def keep(self, key: bytes, record: Record, size: int) -> None:
        """Remember the committed value at `key`, which takes `size` bytes in the store; a large one is left there."""
        kept = self._kept
        if size > LARGE:
            kept.pop(key, None)
            return
        if len(kept) >= self._limit and key not in kept:
            for old in list(islice(kept, self._limit // 10)):
                del kept[old]
        kept[key] = record

    def drop(self, key: bytes) -> None:
        """Forget `key`."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
