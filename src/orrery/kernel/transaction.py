"""One serialisable transaction over records: reads see its own writes, the tick's, then the store."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from orrery.kernel import indexes
from orrery.kernel.cache import RecordCache
from orrery.kernel.keys import beyond, bounds, pack, prefix_range
from orrery.kernel.overlay import Overlay, Write
from orrery.kernel.place import Place
from orrery.kernel.records import Index, Record, Table, missing, table_of
from orrery.kernel.store.contract import RECORDS, Store

R = TypeVar("R", bound=Record)
Values = Sequence[Any]
Found = list[Any]
Rows = list[tuple[bytes, Any]]


class Base(Protocol):
    """What a transaction stands on: the store, the cache, and what the tick has written so far."""

    store: Store
    cache: RecordCache
    tick: Overlay
    notice: "Notice"

    def counter(self, key: bytes) -> int: ...


class Transaction:
    """Reads and writes of one operation in one place. Nothing is seen by others before it is merged.

    Records are addressed by their table's key; `at(account, region)` looks into another place in the same
    transaction (kernel and services' own cross-Region work only; foreign resources go through `ctx.resolve`).
    """

    __slots__ = ("_base", "_tick", "cache", "effects", "now", "overlay", "place", "wakes")

    def __init__(self, committer: Base, place: Place, now: int) -> None:
        self._base = committer
        self._tick = committer.tick
        self.cache = committer.cache
        self.place = place
        self.now = now
        self.overlay = Overlay()
        self.wakes: list[tuple[Any, ...]] = []
        self.effects: list[Any] = []

    # --- reading ---

    def get(self, record: type[R], *key: Any) -> R | None:
        """The record at `key`, or None when there is none or it has expired."""
        table: Table[R] = record.__table__  # type: ignore[attr-defined]
        return self._load(table, self.place.prefix(table) + pack(key))

    def one(self, record: type[R], *key: Any) -> R:
        """The record at `key`. Raises the table's `missing` fault when there is none."""
        found = self.get(record, *key)
        if found is None:
            raise missing(table_of(record), key)
        return found

    def kept(self, record: type[R], *key: Any) -> R | None:
        """The record at `key` if memory has it, without asking the store; None says nothing. Not for what expires."""
        table: Table[R] = record.__table__  # type: ignore[attr-defined]
        where = self.place.prefix(table) + pack(key)
        for overlay in (self.overlay, self._tick):
            write = overlay.writes.get(where)
            if write is not None:
                return write[1]  # type: ignore[return-value]
            if overlay.clears and overlay.cleared(where):
                return None
        return self.cache.get(where)  # type: ignore[return-value]

    def many(self, record: type[R], keys: Iterable[Any]) -> list[R]:
        """The records at `keys` (single values or tuples), in their order. Raises `missing` for the first absent."""
        return [self.one(record, *(key if isinstance(key, tuple) else (key,))) for key in keys]

    def list(
        self,
        record: type[R],
        *prefix: Any,
        after: Values | None = None,
        start: Values | None = None,
        stop: Values | None = None,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Found:
        """Records whose key begins with `prefix`, in key order, at most `limit`.

        `start` (inclusive), `after` and `stop` (both exclusive) bound what follows the prefix in the key.
        """
        table = table_of(record)
        low, high = bounds(self.place.prefix(table) + pack(prefix), after, start, stop)
        rows = self._rows(table.space, low, high, limit, reverse)
        return list(self._alive(table, rows, low, high, limit, reverse))

    def find(
        self,
        index: Index,
        *prefix: Any,
        after: Values | None = None,
        start: Values | None = None,
        stop: Values | None = None,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Found:
        """Records by an index: those whose index values begin with `prefix`, in index order, then key order."""
        table = table_of(index.record)  # type: ignore[arg-type]
        low, high = bounds(self.place.index_prefix(table, index) + pack(prefix), after, start, stop)
        found: Found = []
        while True:
            wanted = None if limit is None else limit - len(found)
            rows = self._rows(RECORDS, low, high, wanted, reverse)
            for _, key in rows:
                record = self._load(table, key)
                if record is not None:
                    found.append(record)
            if limit is None or len(found) >= limit or len(rows) < (wanted or 0):
                return found
            low, high = beyond(rows[-1][0], low, high, reverse)

    def any(self, index: Index, *prefix: Any, start: Values | None = None, stop: Values | None = None) -> bool:
        """Whether the index has an entry in the range; reads no record."""
        table = table_of(index.record)  # type: ignore[arg-type]
        low, high = bounds(self.place.index_prefix(table, index) + pack(prefix), None, start, stop)
        return bool(self._rows(RECORDS, low, high, 1, False))

    def first(self, index: Index, *prefix: Any, start: Values | None = None, stop: Values | None = None) -> Any:
        """The first record `find` would give, or None."""
        found = self.find(index, *prefix, start=start, stop=stop, limit=1)
        return found[0] if found else None

    # --- writing ---

    def insert(self, record: R) -> R:
        """Write a record whose key the caller knows to be new; reads nothing, but where the key of one that is over,
        and not yet swept away with its index entries, may be taken again."""
        table: Table[R] = record.__table__  # type: ignore[attr-defined]
        if table.expires is not None and table.indexes:
            return self.put(record)
        key = self.place.prefix(table) + pack(table.key_of(record))
        self.overlay.writes[key] = (table.space, record, None)
        if table.indexes:
            indexes.enter(self, table, record, key)
        if table.watched:
            self._base.notice(self, table, key, None, record)
        return record

    def put(self, record: R) -> R:
        """Write a record, new or changed; its index entries follow."""
        table: Table[R] = record.__table__  # type: ignore[attr-defined]
        key = self.place.prefix(table) + pack(table.key_of(record))
        old = self._load(table, key, expired=True) if table.indexes or table.watched else None
        if table.indexes:
            indexes.move(self, table, old, record, key)
        self.overlay.writes[key] = (table.space, record, None)
        if table.watched:
            self._base.notice(self, table, key, old, record)
        return record

    def replace(self, old: R, record: R) -> R:
        """Write `record` over `old`, which the caller has just read and which has the same key; reads nothing."""
        table: Table[R] = record.__table__  # type: ignore[attr-defined]
        key = self.place.prefix(table) + pack(table.key_of(record))
        if table.indexes:
            indexes.move(self, table, old, record, key)
        self.overlay.writes[key] = (table.space, record, None)
        if table.watched:
            self._base.notice(self, table, key, old, record)
        return record

    def delete(self, record: R) -> None:
        """Remove a record that was read in this transaction, with its index entries."""
        table: Table[R] = record.__table__  # type: ignore[attr-defined]
        key = self.place.prefix(table) + pack(table.key_of(record))
        indexes.leave(self, table, record, key)
        self.overlay.writes[key] = (table.space, None, None)
        if table.watched:
            self._base.notice(self, table, key, record, None)

    def erase(self, record: type[Record], *key: Any) -> None:
        """Remove the record at `key` of a table without indexes, without reading it."""
        table = table_of(record)
        assert not table.indexes and not table.watched, f"{table.name} must be deleted by its record"
        self.overlay.writes[self.place.prefix(table) + pack(key)] = (table.space, None, None)

    def clear(
        self, record: type[Record], *prefix: Any, start: Values | None = None, stop: Values | None = None
    ) -> None:
        """Remove every record whose key begins with `prefix`, and index entries whose values begin with it too.

        Only for tables all of whose indexes begin with the same fields as the key, so that one range holds all. Of a
        table without indexes `start` (inclusive) and `stop` (exclusive) name a stretch.
        """
        table = table_of(record)
        packed = pack(prefix)
        assert not table.indexes or start is stop is None, f"{table.name} has indexes"
        self.overlay.clear(table.space, *bounds(self.place.prefix(table) + packed, None, start, stop))
        for index in table.indexes:
            assert index.fields[: len(prefix)] == table.key[: len(prefix)], f"{index.name} does not begin like the key"
            self.overlay.clear(RECORDS, *prefix_range(self.place.index_prefix(table, index) + packed))

    # --- counters and sequences ---

    def add(self, name: str, *key: Any, n: int = 1) -> None:
        """Add `n` to the counter `name` at `key`, in this place."""
        where = self.place.named_prefix(name) + pack(key)
        adds = self.overlay.adds
        adds[where] = adds.get(where, 0) + n

    def count(self, name: str, *key: Any) -> int:
        """The counter's value, this transaction's additions included; 0 when it was never added to."""
        return self._count(self.place.named_prefix(name) + pack(key))

    def next(self, name: str, *key: Any) -> int:
        """The next number of the sequence `name` at `key`: 1, 2, 3 …; durable with this transaction."""
        where = self.place.named_prefix(name) + pack(key)
        adds = self.overlay.adds
        adds[where] = adds.get(where, 0) + 1
        return self._count(where)

    def sums(self, name: str, *prefix: Any, stop: Values | None = None) -> Rows:
        """Packed keys and values of the counters `name` under `prefix`, in key order; for buckets."""
        low, high = bounds(self.place.named_prefix(name) + pack(prefix), None, None, stop)
        skip = len(self.place.named_prefix(name))
        return [(key[skip:], self._count(key)) for key in self._counted(low, high)]

    def forget(self, name: str, *prefix: Any) -> None:
        """Remove the counters `name` under `prefix`."""
        low, high = prefix_range(self.place.named_prefix(name) + pack(prefix))
        adds = self.overlay.adds
        for key in self._counted(low, high):
            adds[key] = adds.get(key, 0) - self._count(key)

    def wake(self, *channel: Any) -> None:
        """After the commit, let the longest-waiting `ctx.until` on this channel try again."""
        self.wakes.append(channel)

    # --- for the kernel ---

    def holder(self, entry: bytes) -> bytes | None:
        """The key of the record that has an index entry, as this transaction sees it; None when nobody has."""
        return self.plain(RECORDS, entry)

    def plain(self, space: int, key: bytes) -> bytes | None:
        """The plain bytes at a full key."""
        for overlay in (self.overlay, self._tick):
            write = overlay.writes.get(key)
            if write is not None:
                return write[2]
            if overlay.clears and overlay.cleared(key):
                return None
        return self._base.store.get(space, key)

    def is_there(self, table: Table[Any], key: bytes) -> bool:
        """Whether there is a record at a full key that is not over."""
        return self._load(table, key) is not None

    def get_expired(self, table: Table[R], key: Values) -> R | None:
        """The record at `key` even when it has expired."""
        return self._load(table, self.place.prefix(table) + pack(key), expired=True)

    def write(self, space: int, key: bytes, value: bytes) -> None:
        """Write plain bytes at a full key."""
        self.overlay.writes[key] = (space, None, value)

    def remove(self, space: int, key: bytes) -> None:
        """Remove plain bytes from a full key."""
        self.overlay.writes[key] = (space, None, None)

    def rows(self, space: int, low: bytes, high: bytes, limit: int) -> Rows:
        """Pairs of full keys and plain bytes in a range."""
        return self._rows(space, low, high, limit, False)

    def enter(self, table: Table[Any], index: Index, record: Record, key: bytes) -> None:
        """Write the entry of one record in one index."""
        entry = indexes.entry_of(self, table, index, record)
        if entry is not None:
            self.overlay.writes[entry] = (RECORDS, None, key)

    def at(self, place: Place) -> "Transaction":
        """This transaction, looking into another place."""
        other = Transaction.__new__(Transaction)
        for name in Transaction.__slots__:
            setattr(other, name, getattr(self, name))
        other.place = place
        return other

    def _load(self, table: Table[R], key: bytes, *, expired: bool = False) -> R | None:
        """The record at a full key, through overlays, cache and store."""
        record: Any
        write = self.overlay.writes.get(key)
        if write is not None:
            return write[1]  # type: ignore[return-value]
        if self.overlay.clears and self.overlay.cleared(key):
            return None
        write = self._tick.writes.get(key)
        if write is not None:
            record = write[1]
        elif self._tick.clears and self._tick.cleared(key):
            return None
        else:
            record = self.cache.get(key)
            if record is None:
                value = self._base.store.get(table.space, key)
                if value is None:
                    return None
                record = table.decode(value)
                self.cache.keep(key, record, len(value))
        if record is not None and table.expires is not None and not expired and self._is_over(table, record):
            return None
        return record  # type: ignore[no-any-return]

    def _is_over(self, table: Table[Any], record: Record) -> bool:
        when: int | None = getattr(record, table.expires)  # type: ignore[arg-type]
        return when is not None and when <= self.now

    def _alive(
        self,
        table: Table[R],
        rows: Rows,
        low: bytes,
        high: bytes,
        limit: int | None,
        reverse: bool,
    ) -> Iterator[R]:
        """The records of `rows` that have not expired, and of further rows until `limit` is met."""
        given = 0
        wanted = limit
        while True:
            for key, value in rows:
                record: R = table.decode(value) if type(value) is bytes else value
                if type(value) is bytes:
                    self.cache.keep(key, record, len(value))
                if table.expires is None or not self._is_over(table, record):
                    given += 1
                    yield record
            if limit is None or given >= limit or len(rows) < (wanted or 0):
                return
            low, high = beyond(rows[-1][0], low, high, reverse)
            wanted = limit - given
            rows = self._rows(table.space, low, high, wanted, reverse)

    def _rows(self, space: int, low: bytes, high: bytes, limit: int | None, reverse: bool) -> Rows:
        """Pairs of a range as this transaction sees it. Values are bytes from the store, records where written here."""
        local = self._local(low, high)
        clears = [c for c in (*self.overlay.clears, *self._tick.clears) if c[0] == space and c[1] < high and low < c[2]]
        store = self._base.store
        if not local and not clears:
            return store.range(space, low, high, limit=limit, reverse=reverse)
        rows: dict[bytes, Any] = {}
        want = None if limit is None else limit + len(local)
        while True:
            page = store.range(space, low, high, limit=want, reverse=reverse)
            rows.update(pair for pair in page if not any(c[1] <= pair[0] < c[2] for c in clears))
            if want is None or len(page) < want or len(rows) >= want:
                break
            low, high = beyond(page[-1][0], low, high, reverse)
        for key, write in local.items():
            value = write[1] if write[1] is not None else write[2]
            if value is None:
                rows.pop(key, None)
            else:
                rows[key] = value
        merged = sorted(rows.items(), reverse=reverse)
        return merged if limit is None else merged[:limit]

    def _local(self, low: bytes, high: bytes) -> dict[bytes, Write]:
        """What the tick and this transaction wrote in a range."""
        tick, mine = self._tick, self.overlay
        local: dict[bytes, Write] = {}
        if tick.writes:
            for key in tick.between(low, high):
                if not mine.clears or not mine.cleared(key):
                    local[key] = tick.writes[key]
        if mine.writes:
            for key in mine.between(low, high):
                local[key] = mine.writes[key]
        return local

    def _count(self, where: bytes) -> int:
        tick, mine = self._tick, self.overlay
        if mine.clears and mine.uncounted(where):
            return mine.adds.get(where, 0)
        if tick.clears and tick.uncounted(where):
            return tick.adds.get(where, 0) + mine.adds.get(where, 0)
        return self._base.counter(where) + tick.adds.get(where, 0) + mine.adds.get(where, 0)

    def _counted(self, low: bytes, high: bytes) -> Iterable[bytes]:
        """The keys of the counters in a range, in order."""
        tick, mine = self._tick, self.overlay
        keys = {*tick.adds, *(key for key in self._base.store.keys(RECORDS, low, high) if not tick.uncounted(key))}
        keys = {key for key in keys if not mine.uncounted(key)} | mine.adds.keys()
        return sorted(key for key in keys if low <= key < high)


Notice = Callable[[Transaction, Table[Any], bytes, Record | None, Record | None], None]
"""Told of every write to a table whose records live or expire: the table, the full key, the old record and the new."""
