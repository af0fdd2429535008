"""Records that are over at a time: absent for readers at once, swept away behind them."""

from typing import Any

from orrery.kernel.clock import Alarm
from orrery.kernel.core import Core
from orrery.kernel.keys import pack, unpack
from orrery.kernel.limits import kernel as declared
from orrery.kernel.records import Record, Table
from orrery.kernel.transaction import Transaction

CHUNK = 200
"""Records swept in one turn of the loop."""


@declared.table(key=("until", "table", "account", "region", "key"), scope="partition")
class Ending(Record, frozen=True):
    """One record that is over at `until`."""

    until: int
    table: str
    account: str
    region: str
    key: bytes


class Sweeper:
    """Deletes what has expired, a chunk at a time, when virtual time gets there."""

    def __init__(self, kernel: Core) -> None:
        self._kernel = kernel
        self._home = kernel.place(*kernel.home)
        self._alarm: Alarm | None = None
        self._given_up = False
        self.busy = False

    def start(self) -> None:
        """Expect the first ending in the store."""
        rows = self._kernel.committer.begin(self._home, 0).list(Ending, limit=1)
        if rows:
            self.expect(rows[0].until)

    def give_up(self) -> None:
        """Sweep nothing any more."""
        self._given_up = True

    def note(self, tx: Transaction, table: Table[Any], old: Record | None, new: Record | None) -> None:
        """A record of a table that expires was written or deleted."""
        field = table.expires
        assert field is not None
        before: int | None = getattr(old, field) if old is not None else None
        now: int | None = getattr(new, field) if new is not None else None
        if before == now:
            return
        record = new if new is not None else old
        name = (table.name, tx.place.account, tx.place.region, pack(table.key_of(record)))
        home = tx.at(self._home)
        if before is not None:
            home.erase(Ending, before, *name)
        if now is not None:
            home.insert(Ending(now, *name))
            tx.effects.append(lambda: self.expect(now))

    def expect(self, until: int) -> None:
        """Something is over then."""
        if self._alarm is not None and self._alarm.callback is not None:
            if self._alarm.when <= until:
                return
            self._alarm.cancel()
        self._alarm = self._kernel.clock.call_at(until, self._sweep, foreground=False)

    def _sweep(self) -> None:
        self.busy = False
        if self._kernel.resting or self._given_up:
            return
        now = self._kernel.clock.now()
        committer = self._kernel.committer
        tx = committer.begin(self._home, now)
        rows = tx.list(Ending, limit=CHUNK)
        for row in rows:
            if row.until > now:
                break
            self._end(tx, row)
        committer.merge(tx)
        if rows and rows[-1].until <= now:
            self.busy = True
            self._kernel.loop.call_soon(self._sweep)
        elif rows:
            self.expect(next(row.until for row in rows if row.until > now))

    def _end(self, tx: Transaction, row: Ending) -> None:
        """Delete one record with its index entries, unless it was given more time."""
        table = self._kernel.table(row.table)
        there = tx.at(self._kernel.place(row.account, row.region))
        record = there.get_expired(table, unpack(row.key))
        if record is not None and getattr(record, str(table.expires)) == row.until:
            there.delete(record)
        else:
            tx.delete(row)
