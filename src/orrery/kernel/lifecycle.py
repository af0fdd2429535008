"""Lifecycles: the states a record goes through by itself, as data beside the record."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from orrery.kernel.core import JobHandle, Planner, Work
from orrery.kernel.jobs import schedule
from orrery.kernel.keys import pack
from orrery.kernel.limits import kernel as declared
from orrery.kernel.records import Record, Table
from orrery.kernel.transaction import Transaction

GONE: Final = "\0gone"
"""The state after the last: the record is deleted."""


class After(NamedTuple):
    """A transition that only takes time: `delay` milliseconds after entering the state comes the state `then`."""

    delay: int
    then: str


class Until(NamedTuple):
    """A transition that does something real: `run(ctx, record)` works outside any transaction; when it returns, the
    state is `then`, when it raises, `failed`. It must be idempotent: after a crash it is run again."""

    run: Callable[[Any, Any], Awaitable[None]]
    then: str
    failed: str


Arrow = After | Until


class Lifecycle:
    """`Lifecycle("state", {"pending": After(8 * SECOND, then="running")})` as a class attribute of a record.

    Writing a record whose state has an arrow sets it going, in the same transaction and durably; leaving the state
    another way takes it back.
    """

    is_lifecycle: Final = True
    __slots__ = ("arrows", "field")

    def __init__(self, field: str, arrows: Mapping[str, Arrow]) -> None:
        self.field = field
        self.arrows = dict(arrows)

    def state(self, record: Record | None) -> str | None:
        """The state of a record."""
        return None if record is None else getattr(record, self.field)


@declared.table(key=("table", "account", "region", "key"), scope="partition")
class Going(Record, frozen=True):
    """An arrow in flight: the job that will end it."""

    table: str
    account: str
    region: str
    key: bytes
    due: int
    number: int


def enter(scheduler: Planner, tx: Transaction, table: Table[Any], old: Record | None, new: Record | None) -> None:
    """A record was written or deleted: take back the arrow of the state it left, set off that of the one it entered."""
    life: Lifecycle = table.lifecycle
    before, now = life.state(old), life.state(new)
    if before == now:
        return
    record = new if new is not None else old
    key = pack(table.key_of(record))
    home = tx.at(scheduler.home)
    name = (table.name, tx.place.account, tx.place.region, key)
    if before in life.arrows:
        going = home.get(Going, *name)
        if going is not None:
            home.delete(going)
            scheduler.cancel(tx, JobHandle(going.due, going.number))
    arrow = life.arrows.get(now) if now is not None else None
    if arrow is not None:
        at = tx.now + (arrow.delay if isinstance(arrow, After) else 0)
        job = arrive if isinstance(arrow, After) else work
        handle = schedule(
            scheduler, tx, job, at, {"table": table.name, "key": list(table.key_of(record)), "state": now}
        )
        home.put(Going(*name, handle.due, handle.number))


@declared.job
def arrive(ctx: Work, table: str, key: list[Any], state: str) -> None:
    """The time of a state is over: the next one."""
    found = ctx.kernel.table(table)
    arrow = found.lifecycle.arrows.get(state)
    record = ctx.tx.get(found.record, *key)
    if isinstance(arrow, After) and record is not None and found.lifecycle.state(record) == state:
        move(ctx.tx, found, record, arrow.then)


@declared.job
async def work(ctx: Work, table: str, key: list[Any], state: str) -> None:
    """Do what a state stands for, then move on; a failure moves the record to the arrow's `failed`."""
    found = ctx.kernel.table(table)
    arrow = found.lifecycle.arrows.get(state)
    record = await ctx.transaction(lambda ctx: ctx.tx.get(found.record, *key))
    if not isinstance(arrow, Until) or record is None or found.lifecycle.state(record) != state:
        return
    then = arrow.then
    try:
        await arrow.run(ctx, record)
    except Exception as problem:  # noqa: BLE001 - whatever an engine raises shows in the record's state and the log
        ctx.kernel.report(f"{table} {key} leaving {state}", problem)
        then = arrow.failed

    def end(ctx: Work) -> None:
        current = ctx.tx.get(found.record, *key)
        if current is not None and found.lifecycle.state(current) == state:
            move(ctx.tx, found, current, then)

    await ctx.transaction(end)


def move(tx: Transaction, table: Table[Any], record: Record, then: str) -> None:
    """Put a record into its next state."""
    if then == GONE:
        tx.delete(record)
    else:
        tx.put(msgspec.structs.replace(record, **{table.lifecycle.field: then}))
