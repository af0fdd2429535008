"""Jobs and deliveries that meet with trouble: nothing is lost, nothing runs on after it was taken back."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from tests.kernel.harness import START, Bench, Toy, paint, run, send, store, toy

from orrery.kernel import jobs, rest
from orrery.kernel.context import Context
from orrery.kernel.deliveries import Delivery
from orrery.kernel.jobs import ATTEMPTS, Again, JobRow
from orrery.kernel.store.contract import Batch, StoreFull
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.waiters import Park
from orrery.wire.instant import DAY, HOUR, SECOND


class FullStore(SqliteStore):
    """A store whose disk fills up when told."""

    full = False

    def apply(self, batch: Batch) -> int:
        if self.full:
            raise StoreFull("no space left on device")
        return super().apply(batch)


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What these tests declare beside the toys is taken back, and nobody rests."""
    known, sinks = dict(toy.jobs), dict(toy.sinks)
    monkeypatch.setattr(rest, "REST", 0.0)
    yield
    toy.jobs.clear()
    toy.jobs.update(known)
    toy.sinks.clear()
    toy.sinks.update(sinks)


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def scheduled(bench: Bench, function: Any, at: int, **arguments: Any) -> Any:
    async def plan(ctx: Context, values: Any) -> Any:
        return {"Job": await ctx.transaction(lambda ctx: ctx.schedule(function, at=at, **arguments))}

    return bench.call(plan)


def test_time_does_not_leap_to_a_parked_job() -> None:
    async def story(bench: Bench) -> None:
        row = JobRow(START, 1, "toy.gone", "111111111111", "eu-west-3", b"\x80", True, ATTEMPTS - 1)
        bench.kernel.change(lambda tx: tx.insert(row))
        bench.kernel.scheduler.expect(START, True)
        await bench.kernel.advance(0)
        assert len(bench.kernel.scheduler.parked()) == 1
        bench.kernel.scheduler.start()
        assert bench.clock.next_due(foreground=True) is None

    run(story)


def test_housekeeping_does_not_hide_from_autojump_what_was_asked_for_later() -> None:
    @toy.job(foreground=False)
    def tidy(ctx: Context) -> None:
        """Housekeeping."""

    async def story(bench: Bench) -> None:
        await scheduled(bench, tidy, START + HOUR)
        await scheduled(bench, paint, START + DAY, name="bear", colour="red")
        assert bench.clock.next_due(foreground=True) == START + DAY
        await bench.kernel.advance(HOUR)
        await scheduled(bench, tidy, START + 2 * HOUR)
        assert bench.clock.next_due(foreground=True) == START + DAY

    run(story)


def test_an_async_job_that_returns_what_no_row_can_hold_fails_and_others_go_on() -> None:
    @toy.job
    async def odd(ctx: Context) -> Any:
        return Again({"what": object()})

    async def story(bench: Bench) -> None:
        await scheduled(bench, odd, START)
        await scheduled(bench, paint, START, name="bear", colour="red")
        await bench.kernel.advance(HOUR)
        assert bench.read().get(Toy, "bear") is not None
        assert [row.name for row in bench.kernel.scheduler.parked()] == ["toy.odd"]

    run(story)


@pytest.mark.parametrize("fails", [False, True])
def test_a_job_cancelled_while_it_runs_does_not_come_back(fails: bool) -> None:
    going: list[Any] = []

    @toy.job
    async def long(ctx: Context) -> Any:
        await Park(going.append)
        if fails:
            raise OSError("broken")
        return Again({}, at=START + HOUR)

    async def story(bench: Bench) -> None:
        handle = (await scheduled(bench, long, START))["Job"]
        await turns()

        def cancel(ctx: Context, values: Any) -> None:
            ctx.cancel(handle)

        await bench.call(cancel)
        going[0](None)
        await turns()
        assert bench.kernel.read(bench.kernel.scheduler.home).list(JobRow) == []

    run(story)


def test_a_job_whose_batch_the_disk_refused_runs_once_there_is_room() -> None:
    async def story(bench: Bench) -> None:
        disk: Any = bench.store
        await scheduled(bench, paint, START + SECOND, name="bear", colour="red")
        bench.kernel.committer.flush()
        bench.clock.turn_to(START + SECOND)
        bench.kernel.committer.flush()
        disk.full = True
        bench.clock.fire_due()
        await turns()
        assert bench.read().get(Toy, "bear") is None
        disk.full = False
        while bench.read().get(Toy, "bear") is None:
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(started(story), 10))


def test_a_delivery_whose_batch_the_disk_refused_arrives_once_there_is_room() -> None:
    def tell(ctx: Context, values: Any) -> None:
        ctx.deliver(store, order="box", delay=SECOND, name="bear")

    async def story(bench: Bench) -> None:
        disk: Any = bench.store
        await bench.call(tell)
        await turns()
        bench.clock.turn_to(START + SECOND)
        bench.kernel.committer.flush()
        disk.full = True
        bench.clock.fire_due()
        await turns()
        assert bench.read().list(Toy) == []
        disk.full = False
        while not bench.read().list(Toy):
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(started(story), 10))


async def started(story: Any) -> None:
    await story(Bench(asyncio.get_running_loop(), FullStore.memory()))


def test_a_dead_letter_that_fails_is_reported_and_holds_up_nobody() -> None:
    def refuse(ctx: Context, payload: dict[str, Any], reason: str) -> None:
        raise OSError("no graveyard")

    @toy.sink(attempts=1, dead=refuse)
    def broken(ctx: Context) -> None:
        raise OSError("refused")

    def tell(ctx: Context, values: Any) -> None:
        ctx.deliver(broken, order="a")
        ctx.deliver(broken, order="a")
        ctx.deliver(send, order="b", name="bear")

    async def story(bench: Bench) -> None:
        await bench.call(tell)
        await bench.kernel.settle()
        assert bench.read().get(Toy, "sent-bear") is not None
        assert bench.kernel.read(bench.kernel.couriers.home).list(Delivery) == []
        assert len([problem for _, problem in bench.reports if "no graveyard" in str(problem)]) == 2

    run(story)


def test_everything_told_to_a_receiver_that_is_no_more_is_ended() -> None:
    @toy.sink
    def former(ctx: Context) -> None:
        """A sink that the next release has not."""

    def tell(ctx: Context, values: Any) -> None:
        for _ in range(3):
            ctx.deliver(former, order="a")
        del toy.sinks["former"]

    async def story(bench: Bench) -> None:
        await bench.call(tell)
        await bench.kernel.settle()
        assert bench.kernel.read(bench.kernel.couriers.home).list(Delivery) == []
        assert len(bench.reports) == 3

    run(story)


def test_a_handle_names_its_job_wherever_failures_and_chunks_have_moved_it() -> None:
    ran: list[str] = []

    @toy.job
    def failing(ctx: Context) -> None:
        ran.append("failing")
        raise OSError("broken")

    @toy.job
    def chunks(ctx: Context) -> Again:
        ran.append("chunks")
        return Again({}, at=ctx.now + HOUR)

    async def story(bench: Bench) -> None:
        handles = [(await scheduled(bench, job, START))["Job"] for job in (failing, chunks)]
        await bench.kernel.advance(0)
        assert sorted(ran) == ["chunks", "failing"]

        def cancel(ctx: Context, values: Any) -> None:
            for handle in handles:
                ctx.cancel(handle)

        await bench.call(cancel)
        await bench.kernel.advance(DAY)
        assert len(ran) == 2

    run(story)


async def patient(ctx: Context, name: str) -> None:
    """Wait a minute for a toy of the name, then say what came."""

    def look(ctx: Context) -> tuple[Any, int | None]:
        ctx.watch("toys")
        return ctx.tx.get(Toy, name), None

    found = await ctx.until(look, within=60 * SECOND)
    await ctx.transaction(lambda ctx: ctx.tx.put(Toy(f"{name}-came" if found else f"{name}-missed")))


@pytest.mark.parametrize("kind", ["job", "sink"])
def test_time_goes_on_while_a_job_or_a_receiver_waits_and_reaches_its_deadline(kind: str) -> None:
    declare: Any = getattr(toy, kind)
    waiting = declare(patient)

    async def story(bench: Bench) -> None:
        await begun(bench, kind, waiting)

        await bench.kernel.advance(30 * SECOND)
        assert bench.read().get(Toy, "bear-missed") is None
        await bench.kernel.advance(30 * SECOND)

        assert bench.read().get(Toy, "bear-missed") is not None
        assert bench.kernel.running == 0

    run(story)


@pytest.mark.parametrize("kind", ["job", "sink"])
def test_a_job_or_a_receiver_that_waits_goes_on_before_an_advance_returns_when_what_it_waits_for_comes(
    kind: str,
) -> None:
    declare: Any = getattr(toy, kind)
    waiting = declare(patient)

    async def story(bench: Bench) -> None:
        await begun(bench, kind, waiting)
        bench.change(lambda tx: (tx.put(Toy("bear")), tx.wake("toys")))

        await bench.kernel.advance(0)

        assert bench.read().get(Toy, "bear-came") is not None

    run(story)


async def begun(bench: Bench, kind: str, waiting: Any) -> None:
    """Have the waiting one called."""
    if kind == "job":
        await scheduled(bench, waiting, START, name="bear")
    else:
        await bench.call(lambda ctx, _: ctx.deliver(waiting, order="box", name="bear") and None)
    await asyncio.wait_for(bench.kernel.advance(0), 5)


def test_time_does_not_leap_over_an_operation_at_work_because_a_job_waits() -> None:
    waiting: Any = toy.job(patient)

    async def story(bench: Bench) -> None:
        await scheduled(bench, waiting, START, name="bear")
        await turns()
        at_work: asyncio.Future[None] = bench.loop.create_future()

        async def work(ctx: Context, values: Any) -> dict[str, Any]:
            await at_work
            return {}

        working = bench.call(work)
        bench.kernel.touched -= 60

        bench.kernel.leaper._look()
        assert bench.clock.now() == START
        at_work.set_result(None)
        await working
        await scheduled(bench, paint, START + HOUR, name="doll", colour="red")
        bench.kernel.touched -= 60
        bench.kernel.leaper._look()
        assert bench.clock.now() > START
        bench.kernel.leaper.stop()

    run(story, mode="autojump")


def test_others_have_their_turn_between_jobs_that_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    @toy.job
    def heavy(ctx: Context) -> None:
        seen.append("job")
        asyncio.get_running_loop().call_soon(seen.append, "somebody else")

    async def story(bench: Bench) -> None:
        for _ in range(2):
            await scheduled(bench, heavy, START + HOUR)
        monkeypatch.setattr(jobs, "SHARE", -1.0)
        await bench.kernel.advance(HOUR)
        await turns()

    run(story)

    assert seen == ["job", "somebody else"] * 2
