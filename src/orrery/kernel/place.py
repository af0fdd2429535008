"""Where records live: account and Region, and the key prefixes that follow from them."""

from collections.abc import Callable
from typing import Any

from orrery.kernel.keys import pack
from orrery.kernel.records import Index, Scope, Table

TableId = Callable[[str], bytes]
"""Gives the two bytes under which a table or an index lies in one store; durable, allocated at first use."""


def partition_of(region: str) -> str:
    """The partition a Region belongs to, from its name. https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html"""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


class Place:
    """One account in one Region of one cloud. `Atlas.place` makes each of them once, so identity is equality."""

    __slots__ = ("_prefixes", "_table_id", "account", "partition", "region")

    def __init__(self, account: str, region: str, table_id: TableId) -> None:
        self.account = account
        self.region = region
        self.partition = partition_of(region)
        self._table_id = table_id
        self._prefixes: dict[Any, bytes] = {}

    def prefix(self, table: Table[Any]) -> bytes:
        """The bytes before the key of each of `table`'s records in this place."""
        found = self._prefixes.get(table)
        if found is None:
            found = self._table_id(table.name) + pack(self._within(table.scope))
            self._prefixes[table] = found
        return found

    def index_prefix(self, table: Table[Any], index: Index) -> bytes:
        """The bytes before each entry of an index in this place."""
        found = self._prefixes.get(index)
        if found is None:
            found = self._table_id(f"{table.name}.{index.name}") + pack(self._within(index.scope or table.scope))
            self._prefixes[index] = found
        return found

    def named_prefix(self, name: str) -> bytes:
        """The bytes before the keys of a counter, sequence or log named `name` in this place."""
        found = self._prefixes.get(name)
        if found is None:
            found = self._table_id(name) + pack((self.account, self.region))
            self._prefixes[name] = found
        return found

    def _within(self, scope: Scope) -> tuple[str, ...]:
        if scope == "region":
            return (self.account, self.region)
        if scope == "account":
            return (self.account,)
        return (self.partition,)

    def __repr__(self) -> str:
        return f"Place({self.account!r}, {self.region!r})"


class Atlas:
    """The places of one cloud."""

    __slots__ = ("_places", "_table_id")

    def __init__(self, table_id: TableId) -> None:
        self._table_id = table_id
        self._places: dict[tuple[str, str], Place] = {}

    def place(self, account: str, region: str) -> Place:
        """The place of `account` in `region`, made at first use."""
        found = self._places.get((account, region))
        if found is None:
            found = self._places[account, region] = Place(account, region, self._table_id)
        return found
