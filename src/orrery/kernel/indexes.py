"""Index entries follow their records: written, moved and removed with them.

The entry of a plain index is its values and the record's key, that of a unique one its values alone; its value is the
record's full key, so that reading by an index needs no second look at the declaration.
"""

from typing import Any, Protocol

from orrery.kernel.keys import pack
from orrery.kernel.overlay import Overlay
from orrery.kernel.place import Place
from orrery.kernel.records import Index, Record, Table
from orrery.kernel.store.contract import RECORDS
from orrery.wire.fault import Fault


class Writing(Protocol):
    """A transaction as its indexes see it."""

    place: Place
    overlay: Overlay

    def holder(self, entry: bytes) -> bytes | None: ...
    def is_there(self, table: Table[Any], key: bytes) -> bool: ...


def entry_of(tx: Writing, table: Table[Any], index: Index, record: Record) -> bytes | None:
    """The key of a record's entry in an index; None when it has none there."""
    values = index.values(record)
    if values is None:
        return None
    entry = tx.place.index_prefix(table, index) + pack(values)
    return entry if index.unique else entry + pack(table.key_of(record))


def enter(tx: Writing, table: Table[Any], record: Record, key: bytes) -> None:
    """A new record: write its entries. Raises an index's `taken` fault for a unique value that another holds."""
    for index in table.indexes:
        entry = entry_of(tx, table, index, record)
        if entry is not None:
            if index.unique:
                _claim(tx, table, index, record, entry, key)
            tx.overlay.writes[entry] = (RECORDS, None, key)


def move(tx: Writing, table: Table[Any], old: Record | None, new: Record, key: bytes) -> None:
    """A changed record: entries of `old` become those of `new`; equal ones are left alone. Raises as `enter`."""
    if old is None:
        enter(tx, table, new, key)
        return
    writes = tx.overlay.writes
    for index in table.indexes:
        before = entry_of(tx, table, index, old)
        after = entry_of(tx, table, index, new)
        if before == after and not _lends(table, index):
            continue
        if after is not None:
            if index.unique:
                _claim(tx, table, index, new, after, key)
            writes[after] = (RECORDS, None, key)
        if before is not None and before != after and _has(tx, table, index, before, key):
            writes[before] = (RECORDS, None, None)


def leave(tx: Writing, table: Table[Any], record: Record, key: bytes) -> None:
    """A deleted record: remove its entries."""
    for index in table.indexes:
        entry = entry_of(tx, table, index, record)
        if entry is not None and _has(tx, table, index, entry, key):
            tx.overlay.writes[entry] = (RECORDS, None, None)


def _lends(table: Table[Any], index: Index) -> bool:
    """Whether the index's entry of a record that is over may be another's by now, before that record is swept away."""
    return index.unique and table.expires is not None


def _has(tx: Writing, table: Table[Any], index: Index, entry: bytes, key: bytes) -> bool:
    """Whether an entry is still that of the record at `key`."""
    return not _lends(table, index) or tx.holder(entry) == key


def _claim(tx: Writing, table: Table[Any], index: Index, record: Record, entry: bytes, key: bytes) -> None:
    """Refuse a unique value that another record holds; one that is over holds none."""
    holder = tx.holder(entry)
    if holder is not None and holder != key and (table.expires is None or tx.is_there(table, holder)):
        code, message = index.taken or ("Conflict", "{} is taken")
        raise Fault(code, message.format(*(index.values(record) or ())))
