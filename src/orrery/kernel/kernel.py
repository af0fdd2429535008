"""The kernel of one cloud: the store, the batch, the clock, jobs and waiters, and the way an operation is performed."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future, sleep
from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import iscoroutinefunction
from operator import methodcaller
from pathlib import Path
from typing import Any

from orrery.kernel.arns import arn_of, record_of
from orrery.kernel.call import Call
from orrery.kernel.clock import Clock, stopwatch
from orrery.kernel.commit import Committer, closed, refusal
from orrery.kernel.contents import Contents
from orrery.kernel.context import Context
from orrery.kernel.deliveries import Couriers
from orrery.kernel.expiry import Sweeper
from orrery.kernel.forgetting import forget
from orrery.kernel.ids import Ids
from orrery.kernel.jobs import Scheduler
from orrery.kernel.leap import Leaper
from orrery.kernel.lifecycle import enter
from orrery.kernel.limits import FULL_DISK, EraChoice, FailureRule, Limits, Override
from orrery.kernel.limits import kernel as declared
from orrery.kernel.page import Page, TokenMaker, cut, kept_secret
from orrery.kernel.place import Atlas, Place
from orrery.kernel.rebuild import adopt
from orrery.kernel.records import Record, Table
from orrery.kernel.rest import Rest
from orrery.kernel.service import Service
from orrery.kernel.slowness import HELD, Slowness, SlowOperation
from orrery.kernel.store.contract import Durability, Store, StoreFailed, StoreFull
from orrery.kernel.store.table_ids import TableIds
from orrery.kernel.timeline import kept_pieces, timeline
from orrery.kernel.transaction import Transaction
from orrery.kernel.waiters import Cancelled, Park, Run, Waiters
from orrery.wire.fault import Fault

__all__ = ["HOME", "Finish", "Kernel", "Report", "SlowOperation"]

Finish = Callable[[Any, BaseException | None], None]
"""Called with the operation's values, or with the fault (or failure) it ended in, once all is durable."""
Report = Callable[[str, BaseException], None]

HOME = ("000000000000", "us-east-1")


class Kernel:
    """State and behaviour of one cloud, without its sockets.

    `services` is the registry that grows as services are loaded; `load(name)` brings one in at its first use.
    `report` is told of failures that are nobody's answer (a job's, say). `content` is the directory for bodies.
    """

    def __init__(
        self,
        store: Store,
        loop: AbstractEventLoop,
        *,
        tables: TableIds,
        clock: Clock,
        services: Mapping[str, Service],
        load: Callable[[str], Service | None],
        report: Report,
        ids: Ids | None = None,
        real_rates: bool = False,
        era: str = "today",
        figures: Mapping[str, int] | None = None,
        content: Path | None = None,
        durability: Durability = "crash",
    ) -> None:
        self.loop = loop
        self.clock = clock
        self.home = HOME
        self.services = services
        self.load = load
        self.report = report
        self.ids = ids or Ids()
        self.durability: Durability = durability
        self.limits = Limits([declared, *services.values()], real_rates=real_rates, default_era=era, figures=figures)
        self.leaper = Leaper(self)
        self.touched = loop.time()
        self.stopping = self.closed = False
        self.states = 0
        self.followers: list[Callable[[], None]] = []
        self.running = 0
        self._waits: dict[Callable[..., Any], bool] = {}
        self._under_way: dict[Context, Run] = {}
        self._slowness = Slowness(loop, report)
        self.take(store, tables, content)

    def take(self, store: Store, tables: TableIds, content: Path | None) -> None:
        """Stand on the state of a store: nothing of another one is remembered. `start` follows.

        To be called again only after `silence`, when the state it stood on is closed. `followers` are told.
        """
        self.states += 1
        self.store = store
        self.tables = tables
        self._atlas = Atlas(tables.id_of)
        self.place: Callable[[str, str], Place] = self._atlas.place
        home = self.place(*HOME)
        self.committer = Committer(store, self.loop, notice=self._notice)
        self.contents = Contents(content, self.durability, self.committer, tables, home, self.report)
        self.waiters = Waiters(self.loop)
        self.committer.woken = self.waiters.wake
        self.tokens = TokenMaker(kept_secret(store, tables))
        self.scheduler = Scheduler(self)
        self.sweeper = Sweeper(self)
        self.couriers = Couriers(self)
        self.rest = Rest(self)
        self.committer.refused = self.rest.begin
        self.load_limits()
        self.committer.no_space = lambda: self.limits.failure(FULL_DISK, home) is not None
        self._resume_clock()
        for follower in self.followers:
            follower()

    def start(self) -> None:
        """Bring indexes up to date and let what is due happen."""
        for service in (declared, *self.services.values()):
            self.adopt(service)
        self.look_for_work()
        self.leaper.watch()

    def look_for_work(self) -> None:
        """Expect what the store holds of jobs, endings and deliveries."""
        self.scheduler.start()
        self.sweeper.start()
        self.couriers.start()

    @property
    def resting(self) -> bool:
        """Whether the store has just refused a batch: what the cloud does by itself waits a little."""
        return self.rest.on

    async def silence(self) -> None:
        """Let nothing happen any more, because another state takes this one's place: operations that come are refused,
        waiters released, what is under way is ended (its callers are told 503), and everything merged is durable.

        When this returns nothing more is merged until `take` and `open`.
        """
        self.closed = True
        self.clock.forget_alarms()
        self.leaper.stop()
        self.stop_waiting()
        for _ in range(3):  # who waited has its answer then
            await sleep(0)
        self.scheduler.give_up()
        self.couriers.give_up()
        self.sweeper.give_up()
        self.rest.stop()
        for run in list(self._under_way.values()):
            run.cancel()
        for _ in range(100):  # a second for those that still have to put something in order
            if not self._under_way:
                break
            await sleep(0.01)
        self.contents.leave()
        while self.committer.pending:
            with suppress(Fault):  # whoever waited for what the store refused was told
                await self.kept()

    def open(self) -> None:
        """Go on after `silence`, on the state taken: let what is due happen, and operations come."""
        self.stopping = self.closed = False
        self.start()

    def stop_waiting(self) -> None:
        """Let every operation that waits give what it has, now and from now on: the cloud is about to stop."""
        self.stopping = True
        self.waiters.release_all()

    def adopt(self, service: Service) -> None:
        """A service was loaded: its limits count, its indexes are brought up to date."""
        self.limits.learn(service)
        adopt(self, service)
        self.contents.adopt(service.contents.values())

    def service(self, name: str) -> Service | None:
        """A service by name, the kernel's own declarations among them; None when there is none."""
        return declared if name == declared.name else self.services.get(name) or self.load(name)

    def table(self, name: str) -> Table[Any]:
        """The table of a full name (`sqs.Queue`). Raises LookupError when nobody declares it."""
        service, _, record = name.partition(".")
        found = self.service(service)
        if found is None or record not in found.tables:
            raise LookupError(f"no table is called {name}")
        return found.tables[record]

    # --- operations ---

    def context(self, call: Call) -> Context:
        """The context of a call."""
        return Context(self, call, self.place(call.account, call.region))

    def perform(self, function: Callable[..., Any], call: Call, finish: Finish) -> Run | None:
        """Perform an operation; `finish` is called once its outcome may be told.

        Returns the run of an operation that waits, so that it can be cancelled when its caller has gone.
        """
        if self.closed:
            finish(None, closed())
            return None
        ctx = Context(self, call, self.place(call.account, call.region))
        self.touched = self.loop.time()
        waits = self._waits.get(function)
        if waits is None:
            waits = self._waits[function] = iscoroutinefunction(function)
        if waits:
            return self._begin(function, call, ctx, finish)
        fault: BaseException | None = None
        value: Any = None
        ctx._tx = transaction = self.committer.begin(ctx.place, ctx.now)
        started = stopwatch()
        try:
            value = function(ctx, call.values)
            if value is not None:
                value = cut(value, call, self.tokens)
        except Fault as raised:
            fault = raised
        except (StoreFull, StoreFailed) as raised:
            fault = refusal(raised)
        except Exception as raised:  # noqa: BLE001 - answered as AWS's InternalFailure, and reported, by the gateway
            fault = raised
        else:
            self.committer.merge(transaction)
        ctx._tx = None
        ctx.over()
        call.performed = ended = stopwatch()
        if ended - started > HELD:
            self._slowness.note(function.__name__, ended - started)
        self.committer.when_durable(lambda problem: finish(value, problem or fault))
        return None

    def _begin(self, function: Callable[..., Any], call: Call, ctx: Context, finish: Finish) -> Run:
        """The same for an operation that waits."""
        self.running += 1

        def outcome(value: Any, error: BaseException | None) -> None:
            self.running -= 1
            self._under_way.pop(ctx, None)
            ctx.over()
            call.performed = stopwatch()
            if isinstance(error, StoreFull | StoreFailed):
                error = refusal(error)
            elif self.closed and isinstance(error, Cancelled):
                error = closed()
            if error is None and value:
                error, value = self._turned(ctx, value)
            self.committer.when_durable(lambda problem: finish(value, problem or error))

        run = Run(function(ctx, call.values), outcome)
        if not run.over:
            self._under_way[ctx] = run
        return run

    def read(self, place: Place) -> Transaction:
        """A transaction for looking only; it is never merged."""
        return self.committer.begin(place, self.clock.now())

    def change(self, function: Callable[[Transaction], Any], place: Place | None = None) -> Any:
        """Run a plain function in a transaction of the cloud's own and merge it."""
        tx = self.committer.begin(place or self.place(*HOME), self.clock.now())
        value = function(tx)
        self.committer.merge(tx)
        return value

    def kept(self) -> Future[None]:
        """A future for everything merged so far being durable, for those who are no operation (the keeper, tasks);
        its exception is why the store refused it."""
        future: Future[None] = self.loop.create_future()

        def tell(problem: Exception | None) -> None:
            if future.cancelled():
                return
            if problem is None:
                future.set_result(None)
            else:
                future.set_exception(problem)

        self.committer.when_durable(tell)
        return future

    async def durable(self) -> None:
        """Inside an operation: wait until everything merged is durable. Raises why the store refused it."""
        problem = await Park(self.committer.when_durable)
        if problem is not None:
            raise problem

    # --- names ---

    def arn(self, record: Record, place: Place) -> str:
        """The ARN of a record that lives in `place`."""
        return arn_of(record, place)

    def resolve(self, ctx: Context, arn: str) -> Record | None:
        """The record an ARN names, None when there is none. Raises ValueError for what is no ARN.

        Whether the caller may use the resource is asked of the policy engine on both sides; root of the same account
        may, and until policies exist nobody else may reach across accounts.
        """
        return record_of(self, ctx, arn)

    # --- limits, eras, failures ---

    def load_limits(self) -> None:
        """Take over what the store holds of limits, eras and failures."""
        tx = self.read(self.place(*HOME))
        self.limits.load(tx.list(Override), tx.list(EraChoice), tx.list(FailureRule))

    def spend(self, rule: FailureRule) -> None:
        """A failure that was asked for a number of times has happened once more: count down, at 0 it is over."""
        left = rule.parameters.get("count")
        if left is None:
            return
        spent = FailureRule(rule.name, rule.account, rule.region, {**rule.parameters, "count": left - 1})
        self.change(methodcaller("put", spent) if left > 1 else methodcaller("delete", rule))
        self.load_limits()

    def forget(self, names: Callable[[str], bool]) -> None:
        """Forget what lies under the full names that `names` accepts, in all places, and what was to happen to it."""
        forget(self, names)

    # --- time ---

    async def advance(self, milliseconds: int) -> int:
        """Move virtual time on: everything due goes off in order, and has settled, before this returns.

        Returns virtual now.
        """
        clock, state = self.clock, self.states
        target = clock.now() + milliseconds
        await self.settle()
        while (due := clock.next_due()) is not None and due <= target and state == self.states:
            clock.turn_to(max(due, clock.now()))
            clock.fire_due()
            await self.settle()
        if target > clock.now() and state == self.states:
            clock.turn_to(target)
            clock.fire_due()
        await self.settle()
        return clock.now()

    async def settle(self) -> None:
        """Wait until no job is at work and nothing waits to be committed."""
        quiet = 0
        while quiet < 3:
            await sleep(0)
            self.committer.flush()  # under load there is always something merged since; that is not waited for
            quiet = 0 if self.busy else quiet + 1

    @property
    def busy(self) -> bool:
        """Whether anything is at work that a settled cloud would have finished."""
        return self.scheduler.busy or self.sweeper.busy or self.couriers.busy or self.committer.pending

    # --- inside ---

    def _turned(self, ctx: Context, value: Mapping[str, Any]) -> tuple[BaseException | None, Any]:
        """The page of an async operation's answer, cut: its rows may need a transaction."""
        if not any(type(page) is Page for page in value.values()):
            return None, value
        try:
            return None, ctx.attempt(lambda ctx: cut(value, ctx.call, self.tokens))
        except Exception as problem:  # noqa: BLE001 - answered and reported by the gateway, as in `perform`
            return problem, None

    def _notice(self, tx: Transaction, table: Table[Any], key: bytes, old: Record | None, new: Record | None) -> None:
        """A record of a table with a life of its own was written: keep its expiry and its arrows."""
        if table.expires is not None:
            self.sweeper.note(tx, table, old, new)
        if table.lifecycle is not None:
            enter(self.scheduler, tx, table, old, new)

    def _resume_clock(self) -> None:
        """Go on from the history of virtual time that the store holds, and keep it there from now on."""
        self.clock.changed = lambda: None
        kept = kept_pieces(self.read(self.place(*HOME)))
        self.clock.resume(kept)
        self.clock.changed = self._clock_changed
        if kept and kept[-1].rate != self.clock.pieces[-1].rate:
            self._clock_changed()  # or the next start would take up what this one has changed

    def _clock_changed(self) -> None:
        self.change(methodcaller("put", timeline(self.clock.pieces)), self.place(*HOME))
        self.leaper.watch()
