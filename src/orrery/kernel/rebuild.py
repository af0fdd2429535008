"""What a new release changes in old state: indexes built anew, records written in their newest form.

Both happen when their service is first used. Indexes are rebuilt before anybody reads them; records are upgraded when
they are read, and by a job that goes through the rest.
"""

from operator import methodcaller
from typing import Any

from orrery.kernel.core import Core, Work
from orrery.kernel.jobs import Again, schedule
from orrery.kernel.keys import prefix_range, unpack
from orrery.kernel.limits import kernel as declared
from orrery.kernel.records import Index, NewerRecord, Record, Table
from orrery.kernel.service import Service
from orrery.kernel.store.contract import RECORDS

CHUNK = 1000


@declared.table(key="name", scope="partition")
class IndexState(Record, frozen=True):
    """The definition by which an index's entries were written."""

    name: str
    definition: str


@declared.table(key="name", scope="partition")
class TableState(Record, frozen=True):
    """The version in which a table's records are written."""

    name: str
    version: int


def adopt(kernel: Core, service: Service) -> list[str]:
    """Bring the indexes of a service up to their declarations; the names of those that were rebuilt."""
    home = kernel.place(*kernel.home)
    _upgrade(kernel, service)
    known = {row.name: row.definition for row in kernel.read(home).list(IndexState)}
    rebuilt: list[str] = []
    for table in service.tables.values():
        for index in table.indexes:
            name, definition = f"{table.name}.{index.name}", repr(index.definition())
            if known.get(name) == definition:
                continue
            if _rebuild(kernel, table, index, name):
                rebuilt.append(name)
            state = IndexState(name, definition)
            kernel.change(methodcaller("put", state), home)
    return rebuilt


def _upgrade(kernel: Core, service: Service) -> None:
    """Set the sweep going over tables whose version rose; refuse those that a newer release has written."""
    home = kernel.place(*kernel.home)
    known = {row.name: row.version for row in kernel.read(home).list(TableState)}
    for table in service.tables.values():
        before = known.get(table.name)
        if before == table.version:
            continue
        if before is not None and before > table.version:
            raise NewerRecord(f"{table.name} was written by a newer release (version {before})")
        state = TableState(table.name, table.version)
        tx = kernel.committer.begin(home, kernel.clock.now())
        tx.put(state)
        if before is not None:
            schedule(kernel.scheduler, tx, sweep, kernel.clock.now(), {"table": table.name, "after": b""})
        kernel.committer.merge(tx)


@declared.job(foreground=False)
def sweep(ctx: Work, table: str, after: bytes) -> Again | None:
    """Write the records of a table in their newest form, a chunk at a time."""
    found = ctx.kernel.table(table)
    low, high = prefix_range(ctx.kernel.tables.id_of(table))
    rows = ctx.tx.rows(found.space, after or low, high, CHUNK)
    for key, value in rows:
        if isinstance(value, bytes) and value[0] != found.version:
            ctx.tx.overlay.writes[key] = (found.space, found.decode(value), None)
    return Again({"table": table, "after": rows[-1][0] + b"\x00"}) if len(rows) == CHUNK else None


def _rebuild(kernel: Core, table: Table[Any], index: Index, name: str) -> bool:
    """Clear an index and enter every record of its table, in all places; False when the table is empty."""
    low, high = prefix_range(kernel.tables.id_of(table.name))
    if not kernel.store.keys(table.space, low, high, limit=1):
        return False
    home = kernel.place(*kernel.home)
    tx = kernel.committer.begin(home, 0)
    tx.overlay.clear(RECORDS, *prefix_range(kernel.tables.id_of(name)))
    kernel.committer.merge(tx)
    while rows := kernel.store.range(table.space, low, high, limit=CHUNK):
        tx = kernel.committer.begin(home, 0)
        for key, value in rows:
            there = tx.at(kernel.place(*_where(table, key)))
            there.enter(table, index, table.decode(value), key)
        kernel.committer.merge(tx)
        kernel.committer.flush()
        low = rows[-1][0] + b"\x00"
    return True


def _where(table: Table[Any], key: bytes) -> tuple[str, str]:
    """The account and Region in a record's full key; where its scope has none, any of the partition will do."""
    values = unpack(key[2:])
    if table.scope == "region":
        return str(values[0]), str(values[1])
    if table.scope == "account":
        return str(values[0]), "us-east-1"
    return "000000000000", {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}.get(str(values[0]), "us-east-1")
