"""Records and the tables that declare them: everything a service remembers, said once.

A record is a frozen `msgspec.Struct`; its table says how it is keyed, in which scope it lives, which indexes the
kernel keeps for it, when it expires and which fault a missing one is. Values are stored as one version byte and the
record's fields in order, so new fields go to the end and have defaults.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, Literal, TypeVar

import msgspec

from orrery.kernel.keys import pack
from orrery.kernel.store.contract import RECORDS
from orrery.wire.fault import Fault

Scope = Literal["region", "account", "partition"]
Upgrade = Callable[[list[Any]], list[Any]]


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One thing a service remembers. Changing it means putting a changed copy: `msgspec.structs.replace`."""


R = TypeVar("R", bound=Record)


class Index:
    """An ordered index the kernel keeps over a table: `tx.find(Table.by_x, value, …)`.

    `fields` name fields or properties of the record. A record of which one is None has no entry. With `unique`, one
    entry for each combination of values in `scope` (by default the table's own); a second record that claims it is
    refused with the fault `taken` = (code, message), formatted with the values.
    """

    __slots__ = ("fields", "name", "read", "record", "scope", "taken", "unique")

    def __init__(
        self,
        *fields: str,
        unique: bool = False,
        scope: Scope | None = None,
        taken: tuple[str, str] | None = None,
    ) -> None:
        self.fields = fields
        self.unique = unique
        self.scope = scope
        self.taken = taken
        self.name = ""
        self.record: type[Record] | None = None
        self.read: Callable[[Any], Any] = _reader(fields)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def values(self, record: Record) -> tuple[Any, ...] | None:
        """The index values of `record`, or None when it has no entry."""
        values: tuple[Any, ...] = self.read(record)
        return None if None in values else values

    def definition(self) -> tuple[Any, ...]:
        """What the entries depend on: when it changes, the index is rebuilt."""
        return (self.fields, self.unique, self.scope)


class Table(Generic[R]):
    """The declaration of one kind of record. Made by `Service.table`; immutable afterwards."""

    __slots__ = (
        "arn",
        "decode",
        "encode",
        "expires",
        "indexes",
        "key",
        "key_of",
        "lifecycle",
        "missing",
        "name",
        "record",
        "scope",
        "shape",
        "space",
        "upgrades",
        "version",
        "watched",
    )

    def __init__(
        self,
        name: str,
        record: type[R],
        *,
        key: tuple[str, ...],
        scope: Scope = "region",
        arn: str | None = None,
        shape: str | None = None,
        missing: tuple[str, str] | None = None,
        expires: str | None = None,
        version: int = 1,
        upgrades: Mapping[int, Upgrade] | None = None,
        lifecycle: Any = None,
        space: int = RECORDS,
    ) -> None:
        self.name = name
        self.space = space
        self.record = record
        self.key = key
        self.scope = scope
        self.arn = arn
        self.shape = shape
        self.missing = missing
        self.expires = expires
        self.version = version
        self.upgrades = dict(upgrades or {})
        self.lifecycle = lifecycle
        self.indexes = tuple(value for value in vars(record).values() if isinstance(value, Index))
        for index in self.indexes:
            index.record = record
        self.watched = expires is not None or lifecycle is not None
        self.key_of: Callable[[R], tuple[Any, ...]] = _reader(key)
        self.encode = self._encoder()
        self.decode = self._decoder()

    def packed_key(self, record: R) -> bytes:
        """The record's own key, packed, without table and scope."""
        return pack(self.key_of(record))

    def _encoder(self) -> Callable[[R], bytes]:
        encode = msgspec.msgpack.Encoder().encode
        mark = bytes((self.version,))
        return lambda record: mark + encode(record)

    def _decoder(self) -> Callable[[bytes], R]:
        decode = msgspec.msgpack.Decoder(self.record).decode
        current = self.version

        def read(value: bytes) -> R:
            if value[0] == current:
                return decode(memoryview(value)[1:])
            return self._upgrade(value)

        return read

    def _upgrade(self, value: bytes) -> R:
        """Read a value written by an earlier version, one upgrade after another."""
        fields: list[Any] = msgspec.msgpack.decode(memoryview(value)[1:])
        version = value[0]
        if version > self.version:
            raise NewerRecord(f"{self.name} has version {version}, this Orrery knows {self.version}")
        while version < self.version:
            upgrade = self.upgrades.get(version)
            if upgrade is not None:
                fields = upgrade(fields)
            version += 1
        return msgspec.convert(fields, self.record)


class NewerRecord(Exception):
    """A record written by a later release than this one."""


def table_of(record: type[R]) -> Table[R]:
    """The table a record class was declared with."""
    table: Table[R] = record.__table__  # type: ignore[attr-defined]
    return table


def missing(table: Table[Any], key: Sequence[Any]) -> Fault:
    """The fault that says a record is not there."""
    if table.missing is None:
        raise LookupError(f"{table.name} {key!r}")
    code, message = table.missing
    return Fault(code, message.format(*key))


def _reader(fields: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that reads `fields` of an object as a tuple."""
    if len(fields) == 1:
        read_one = attrgetter(fields[0])
        return lambda record: (read_one(record),)
    return attrgetter(*fields)
