"""Work done later: rows with a due time, called in order of it, once each."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from orrery.kernel.call import Call, root_of
from orrery.kernel.clock import Alarm, stopwatch
from orrery.kernel.core import Core, JobHandle, Planner, Work
from orrery.kernel.limits import kernel as declared
from orrery.kernel.records import Index, Record
from orrery.kernel.service import Job
from orrery.kernel.store.contract import StoreFull
from orrery.kernel.transaction import Transaction
from orrery.kernel.waiters import Run
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND

SEQUENCE = declared.counter("job")
ATTEMPTS = 8
BUDGET = 10
"""Jobs run in one turn of the loop before requests get their turn."""
SHARE = 0.01
"""Host seconds after which no further job is begun in that turn."""


@declared.table(key=("due", "number"), scope="partition")
class JobRow(Record, frozen=True):
    """One job waiting for its time. `parked` holds the last error of one that kept failing."""

    due: int
    number: int
    name: str
    account: str
    region: str
    arguments: bytes
    foreground: bool
    attempts: int = 0
    parked: str | None = None
    origin: int | None = None
    """The number in the job's handle, once the row has moved to another time or number."""

    by_parked = Index("parked")
    by_asked = Index("asked")
    by_origin = Index("origin")

    @property
    def asked(self) -> int | None:
        """When a job is due that somebody asked for, and that is not parked."""
        return self.due if self.foreground and self.parked is None else None


class Again(NamedTuple):
    """What a job function returns to be called again: at `at` (None: as soon as others had their turn), with
    `arguments` in place of those it was called with. Long work runs in chunks this way, its cursor in the row."""

    arguments: Mapping[str, Any]
    at: int | None = None


def schedule(
    scheduler: Planner,
    tx: Transaction,
    function: Callable[..., Any],
    at: int,
    arguments: Mapping[str, Any],
) -> JobHandle:
    """Write the row of a job; its time counts once the transaction is committed."""
    job: Job = function.__job__  # type: ignore[attr-defined]
    home = tx.at(scheduler.home)
    row = JobRow(
        due=at,
        number=home.next(SEQUENCE),
        name=job.name,
        account=tx.place.account,
        region=tx.place.region,
        arguments=msgspec.msgpack.encode(arguments),
        foreground=job.foreground,
    )
    home.insert(row)
    tx.effects.append(lambda: scheduler.expect(at, job.foreground))
    return JobHandle(at, row.number)


class Scheduler:
    """Calls jobs when they are due.

    Jobs run one after another in order of their due time. A `def` job and the end of its row are one transaction. A
    job that fails is tried again after 1, 2, 4 … seconds and parked after the eighth time, to be seen by
    `orrery doctor`; others go on.
    """

    def __init__(self, kernel: Core) -> None:
        self._kernel = kernel
        self.home = kernel.place(*kernel.home)
        self._alarms: dict[bool, Alarm] = {}
        self._running: Run | None = None
        self._context: Work
        self._turning = False
        self._given_up = False
        self.done = 0

    @property
    def busy(self) -> bool:
        """Whether a job is at work or has its turn coming. One that waits for a channel or an instant is not: what it
        waits for may only come when time goes on."""
        return self._turning or (self._running is not None and not self._running.over and not self._context.waits)

    def start(self) -> None:
        """Set the alarms for the first job in the store, and for the first that somebody asked for."""
        first = self._first()
        if first is None:
            return
        self.expect(first.due, first.foreground)
        if not first.foreground:  # `autojump` must not overlook what comes after housekeeping
            asked = self._kernel.committer.begin(self.home, 0).first(JobRow.by_asked)
            if asked is not None:
                self.expect(asked.due, True)

    def expect(self, due: int, foreground: bool) -> None:
        """A job is due then."""
        alarm = self._alarms.get(foreground)
        if alarm is not None and alarm.callback is not None:
            if alarm.when <= due:
                return
            alarm.cancel()
        self._alarms[foreground] = self._kernel.clock.call_at(due, self._turn, foreground=foreground)

    def cancel(self, tx: Transaction, handle: JobHandle) -> None:
        """Remove a job's row, if it is still there: where it was put, or where failures or `Again` have moved it."""
        home = tx.at(self.home)
        row = home.get(JobRow, handle.due, handle.number) or home.first(JobRow.by_origin, handle.number)
        if row is not None:
            home.delete(row)

    def due(self, limit: int = 1000) -> int:
        """How many jobs' time has come, counted up to `limit`."""
        tx = self._kernel.committer.begin(self.home, 0)
        return len(tx.list(JobRow, limit=limit, stop=(self._kernel.clock.now() + 1,)))

    def give_up(self) -> None:
        """Begin nothing any more, and end the job at work as if it had not begun."""
        self._given_up = True
        if self._running is not None:
            self._running.cancel()

    def parked(self) -> list[JobRow]:
        """Jobs that kept failing."""
        tx = self._kernel.committer.begin(self.home, 0)
        return tx.find(JobRow.by_parked)

    def _first(self) -> JobRow | None:
        tx = self._kernel.committer.begin(self.home, 0)
        rows = tx.list(JobRow, limit=1, stop=(NEVER,))
        return rows[0] if rows else None

    def _turn(self) -> None:
        """Run what is due, a few at a time."""
        self._turning = False
        if self._given_up:
            return
        if self._running is not None and not self._running.over:
            return
        began = stopwatch()
        for _ in range(BUDGET):
            row = self._first()
            if row is None or self._kernel.resting:
                return
            if row.due > self._kernel.clock.now():
                self.start()
                return
            self._run(row)
            if self._running is not None and not self._running.over:
                return
            if stopwatch() - began > SHARE:
                break
        self._turning = True
        self._kernel.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """The next turn: now, or when the store has taken what the last ones wrote, so that no batch grows long."""
        if not self._kernel.committer.pending:
            self._turn()
            return

        def soon(_: Exception | None) -> None:
            self._kernel.loop.call_soon(self._turn)

        self._kernel.committer.when_durable(soon)

    def _run(self, row: JobRow) -> None:
        service, _, name = row.name.rpartition(".")
        declaring = self._kernel.service(service)
        job = None if declaring is None else declaring.jobs.get(name)
        if job is None:
            self._park(row, f"no job is called {row.name}")
            return
        ctx = self._kernel.context(job_call(row))
        arguments = msgspec.msgpack.decode(row.arguments)
        if job.is_async:

            def over(value: Any, error: BaseException | None) -> None:
                self._kernel.running -= 1
                ctx.over()
                if not self._given_up:
                    self._async_over(row, value, error)

            self._context = ctx
            self._kernel.running += 1
            self._running = Run(job.run(ctx, **arguments), over)
            return
        try:
            ctx.attempt(lambda ctx: self._finish(ctx.tx, row, job.run(ctx, **arguments)))
        except Exception as problem:  # noqa: BLE001 - a job's failure is kept in its row and reported
            self._fail(row, problem)

    def _async_over(self, row: JobRow, value: Any, error: BaseException | None) -> None:
        if error is not None:
            self._fail(row, error)
        else:
            ctx = self._kernel.context(job_call(row))
            try:
                ctx.attempt(lambda ctx: self._finish(ctx.tx, row, value))
            except Exception as problem:  # noqa: BLE001 - it may return what no row can hold
                self._fail(row, problem)
        self._turning = True
        self._kernel.loop.call_soon(self._turn)

    def _finish(self, tx: Transaction, row: JobRow, value: Any) -> None:
        """End the row, or put it back with its new arguments, in the job's own transaction."""
        home = tx.at(self.home)
        cancelled = home.get(JobRow, row.due, row.number) is None
        home.delete(row)
        if isinstance(value, Again) and not cancelled:
            at = tx.now if value.at is None else value.at
            home.insert(
                msgspec.structs.replace(
                    row,
                    due=at,
                    number=home.next(SEQUENCE),
                    arguments=msgspec.msgpack.encode(value.arguments),
                    attempts=0,
                    origin=row.origin or row.number,
                )
            )
            tx.effects.append(lambda: self.expect(at, row.foreground))
        self.done += 1

    def _fail(self, row: JobRow, problem: BaseException) -> None:
        """Put a failed job back for later, or park it. A full disk is no failure of the job's: it waits for room."""
        if isinstance(problem, StoreFull):
            self._kernel.committer.refused()
            return
        self._kernel.report(f"job {row.name}", problem)
        reason = f"{problem.code}: {problem.message}" if isinstance(problem, Fault) else repr(problem)
        if row.attempts + 1 >= ATTEMPTS:
            self._park(row, reason)
            return
        again = msgspec.structs.replace(
            row,
            due=self._kernel.clock.now() + (SECOND << row.attempts),
            attempts=row.attempts + 1,
            origin=row.origin or row.number,
        )
        self._move(row, again)
        self.expect(again.due, again.foreground)

    def _park(self, row: JobRow, reason: str) -> None:
        self._move(row, msgspec.structs.replace(row, due=NEVER, parked=reason, origin=row.origin or row.number))

    def _move(self, old: JobRow, new: JobRow) -> None:
        committer = self._kernel.committer
        tx = committer.begin(self.home, self._kernel.clock.now())
        if tx.get(JobRow, old.due, old.number) is None:  # cancelled while it ran
            return
        try:
            tx.delete(old)
            tx.insert(new)
        except StoreFull:  # not even a new table has room: the row stays as it is
            committer.refused()
        else:
            committer.merge(tx)


NEVER = 1 << 62
"""The due time of a parked job."""


def job_call(row: JobRow) -> Call:
    """The call a job runs under: the account's own root, without a request."""
    return Call(
        None,
        None,
        account=row.account,
        region=row.region,
        principal=root_of(row.account),
        request_id=f"job-{row.number}",
    )
