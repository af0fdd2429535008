"""Logs: entries appended in commit order, kept for a time, read by any number of readers from positions of their own.

What DynamoDB Streams, Kinesis and CloudWatch Logs stand on.
"""

from typing import Any, NamedTuple

import msgspec

from orrery.kernel.core import Planner, Work
from orrery.kernel.jobs import Again, schedule
from orrery.kernel.keys import pack, prefix_range
from orrery.kernel.limits import kernel as declared
from orrery.kernel.records import Record
from orrery.kernel.service import Log
from orrery.kernel.store.contract import LOG
from orrery.kernel.transaction import Transaction

CHUNK = 1000

_encode = msgspec.msgpack.Encoder().encode


class Entry(NamedTuple):
    """One entry. `position` rises by one with each entry of its log; `at` is the instant it was appended."""

    position: int
    at: int
    value: Any


@declared.table(key=("log", "account", "region", "key"), scope="partition")
class Trim(Record, frozen=True):
    """A log with entries that will have to go."""

    log: str
    account: str
    region: str
    key: bytes


def append(scheduler: Planner, tx: Transaction, log: Log, key: tuple[Any, ...], value: Any) -> int:
    """Append an entry to the log `key` of a kind; its position. Readers who wait on it are woken after the commit."""
    position = tx.next(log.name, *key)
    tx.write(LOG, _prefix(tx, log, key) + position.to_bytes(8, "big"), tx.now.to_bytes(8, "big") + _encode(value))
    tx.wake("log", log.name, tx.place, key)
    if position == 1 or not _trimmed(scheduler, tx, log, key):
        home = tx.at(scheduler.home)
        name = (log.name, tx.place.account, tx.place.region, pack(key))
        home.put(Trim(*name))
        schedule(scheduler, tx, trim, tx.now + log.keep, {"log": log.name, "keep": log.keep, "key": list(key)})
    return position


def read(tx: Transaction, log: Log, key: tuple[Any, ...], *, after: int = 0, limit: int = 1000) -> list[Entry]:
    """Entries behind the position `after`, oldest first, without those that are too old."""
    prefix = _prefix(tx, log, key)
    oldest = tx.now - log.keep
    low, high = prefix + (after + 1).to_bytes(8, "big"), prefix_range(prefix)[1]
    found: list[Entry] = []
    while len(found) < limit:
        rows = tx.rows(LOG, low, high, limit - len(found))
        for row, value in rows:
            at = int.from_bytes(value[:8], "big")
            if at >= oldest:
                found.append(Entry(int.from_bytes(row[-8:], "big"), at, msgspec.msgpack.decode(value[8:])))
        if len(rows) < limit - len(found) or not rows:
            break
        low = rows[-1][0] + b"\x00"
    return found


def newest(tx: Transaction, log: Log, key: tuple[Any, ...]) -> int:
    """The position of the newest entry ever appended; 0 when there is none."""
    return tx.count(log.name, *key)


def drop(tx: Transaction, log: Log, key: tuple[Any, ...]) -> None:
    """Remove all entries; positions go on from where they were."""
    tx.overlay.clear(LOG, *prefix_range(_prefix(tx, log, key)))


@declared.job(foreground=False)
def trim(ctx: Work, log: str, keep: int, key: list[Any]) -> Again | None:
    """Remove what is too old, and come again when the next entry will be."""
    kind, name = Log(log, keep), tuple(key)
    prefix = _prefix(ctx.tx, kind, name)
    low, high = prefix_range(prefix)
    rows = ctx.tx.rows(LOG, low, high, CHUNK)
    if not rows:
        row = ctx.at(*ctx.kernel.home).get(Trim, log, ctx.account, ctx.region, pack(name))
        if row is not None:
            ctx.at(*ctx.kernel.home).delete(row)
        return None
    arguments = {"log": log, "keep": keep, "key": key}
    for row_key, value in rows:
        at = int.from_bytes(value[:8], "big")
        if at + keep > ctx.now:
            ctx.tx.overlay.clear(LOG, low, row_key)
            return Again(arguments, at + keep)
    ctx.tx.overlay.clear(LOG, low, rows[-1][0] + b"\x00")
    return Again(arguments)


def _prefix(tx: Transaction, log: Log, key: tuple[Any, ...]) -> bytes:
    return tx.place.named_prefix(log.name) + pack(key) + b"\x01"


def _trimmed(scheduler: Planner, tx: Transaction, log: Log, key: tuple[Any, ...]) -> bool:
    name = (log.name, tx.place.account, tx.place.region, pack(key))
    return tx.at(scheduler.home).get(Trim, *name) is not None
