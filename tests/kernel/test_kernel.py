"""Operations, waiting, jobs and virtual time on one kernel."""

import asyncio
from typing import Any

import pytest
from tests.kernel.harness import START, Bench, Toy, count_down, paint, run

from orrery.kernel.clock import stopwatch
from orrery.kernel.context import Context
from orrery.kernel.jobs import JobRow
from orrery.kernel.limits import FailureRule, Override
from orrery.kernel.store.contract import Batch, StoreFull
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.waiters import Cancelled
from orrery.wire.fault import Fault
from orrery.wire.instant import DAY, SECOND


def make(ctx: Context, name: str) -> dict[str, Any]:
    ctx.tx.insert(Toy(name, "new"))
    ctx.tx.wake("toys")
    return {"Name": name}


def make_and_fail(ctx: Context, name: str) -> None:
    ctx.tx.insert(Toy(name))
    raise Fault("Broken", "It broke")


async def take(ctx: Context, within: int) -> Any:
    """Wait for a new toy and take it."""

    def attempt(ctx: Context) -> tuple[Any, int | None]:
        ctx.watch("toys")
        toy = ctx.tx.first(Toy.by_colour, "new")
        if toy is not None:
            ctx.tx.put(Toy(toy.name, "taken"))
        return toy, None

    toy = await ctx.until(attempt, within=within)
    return {"Name": toy.name if toy else None}


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class FullStore(SqliteStore):
    """A store whose disk fills up when told."""

    full = False

    def apply(self, batch: Batch) -> int:
        if self.full:
            raise StoreFull("no space left on device")
        return super().apply(batch)


def full_store() -> FullStore:
    return FullStore.memory()  # type: ignore[return-value]


def test_a_fault_leaves_no_trace_and_does_not_spoil_the_others_of_its_tick() -> None:
    async def story(bench: Bench) -> None:
        good, bad = bench.call(make, "bear"), bench.call(make_and_fail, "doll")
        assert await good == {"Name": "bear"}
        with pytest.raises(Fault, match="It broke"):
            await bad
        assert bench.read().get(Toy, "doll") is None

    run(story)


def test_operations_of_one_tick_are_committed_together_and_answered_after_that() -> None:
    async def story(bench: Bench) -> None:
        bench.kernel.committer.flush()
        before = bench.kernel.committer.batches
        calls = [bench.call(make, f"toy-{n}") for n in range(10)]
        assert not any(call.done() for call in calls)
        assert bench.kernel.committer.batches == before
        await asyncio.gather(*calls)
        assert bench.kernel.committer.batches == before + 1

    run(story)


def test_when_the_store_refuses_a_batch_every_answer_fails_and_nothing_of_it_is_seen() -> None:
    async def story(bench: Bench) -> None:
        store: Any = bench.store
        await bench.call(make, "known")
        await bench.call(take, 0)
        store.full = True
        waiting = bench.call(take, 60 * SECOND)
        calls = [bench.call(make, "bear"), bench.call(make_and_fail, "doll")]
        await turns()
        for call in calls:
            with pytest.raises(Fault) as raised:
                await call
            assert raised.value.code == "ServiceUnavailable"
        assert bench.read().get(Toy, "bear") is None
        assert not waiting.done()
        store.full = False
        assert await bench.call(make, "bear") == {"Name": "bear"}
        assert await waiting == {"Name": "bear"}

    run(story, store=full_store())


def test_on_a_full_disk_what_frees_space_succeeds_beside_what_needs_some() -> None:
    class Choosy(SqliteStore):
        """Takes deletions only, once it is full."""

        full = False

        def apply(self, batch: Batch) -> int:
            if self.full and any(value is not None for value in batch.puts[0].values()):
                raise StoreFull("no space left on device")
            return super().apply(batch)

    def remove(ctx: Context, name: str) -> None:
        ctx.tx.delete(ctx.tx.one(Toy, name))

    async def story(bench: Bench) -> None:
        store: Any = bench.store
        for name in ("a", "b", "c"):
            await bench.call(make, name)
        store.full = True
        with pytest.raises(Fault, match="disk is full"):
            await bench.call(make, "d")
        calls = [bench.call(remove, "a"), bench.call(make, "e"), bench.call(remove, "b")]
        await turns()
        assert [call.exception() is None for call in calls] == [True, False, True]
        assert [toy.name for toy in bench.read().list(Toy)] == ["c"]

    run(story, store=Choosy.memory())


def test_a_record_that_cannot_be_written_fails_its_batch_and_not_the_cloud() -> None:
    def spoil(ctx: Context, _: Any) -> None:
        ctx.tx.insert(Toy("bear", "\ud800"))

    async def story(bench: Bench) -> None:
        with pytest.raises(Fault, match="cannot be written"):
            await bench.call(spoil)
        assert await bench.call(make, "doll") == {"Name": "doll"}

    run(story)


def test_a_stop_lets_those_who_wait_go_with_what_they_have() -> None:
    async def story(bench: Bench) -> None:
        waiting = bench.call(take, 20 * SECOND)
        await turns()
        bench.kernel.stop_waiting()
        assert await waiting == {"Name": None}
        assert await bench.call(take, 20 * SECOND) == {"Name": None}

    run(story)


def test_a_wait_ends_when_somebody_wakes_its_channel() -> None:
    async def story(bench: Bench) -> None:
        waiting = bench.call(take, 20 * SECOND)
        await turns()
        assert len(bench.kernel.waiters) == 1
        await bench.call(make, "bear")
        assert await waiting == {"Name": "bear"}
        assert len(bench.kernel.waiters) == 0

    run(story)


def test_waiters_are_woken_one_for_each_wake_up_in_order_of_arrival() -> None:
    async def story(bench: Bench) -> None:
        waiting = [bench.call(take, 20 * SECOND) for _ in range(1000)]
        await turns()
        for name in ("a", "b", "c"):
            await bench.call(make, name)
        await turns()
        assert [call.result()["Name"] for call in waiting[:3]] == ["a", "b", "c"]
        assert len(bench.kernel.waiters) == 997
        await bench.kernel.advance(20 * SECOND)
        assert all(call.done() for call in waiting)

    run(story)


def test_a_wait_gives_its_last_value_at_its_virtual_deadline() -> None:
    async def story(bench: Bench) -> None:
        waiting = bench.call(take, 20 * SECOND)
        await bench.kernel.advance(20 * SECOND - 1)
        assert not waiting.done()
        await bench.kernel.advance(1)
        assert await waiting == {"Name": None}

    run(story)


@pytest.mark.row("CLK-005")
def test_a_wait_ends_after_as_much_of_the_hosts_time_when_the_clock_stands_still() -> None:
    async def story(bench: Bench) -> None:
        assert await bench.call(take, 30) == {"Name": None}
        assert bench.clock.now() == START

    run(story)


def test_a_wake_up_whose_waiter_has_gone_goes_to_the_next_in_line() -> None:
    async def story(bench: Bench) -> None:
        first, second = bench.call(take, 20 * SECOND), bench.call(take, 20 * SECOND)
        await turns()
        bench.call(make, "bear")
        bench.kernel.committer.flush()
        first.run.cancel()  # type: ignore[attr-defined]
        with pytest.raises(Cancelled):
            await first
        assert await second == {"Name": "bear"}

    run(story)


def test_an_async_operation_touches_records_only_inside_its_transactions() -> None:
    async def careless(ctx: Context, _: Any) -> None:
        ctx.tx.get(Toy, "bear")

    async def story(bench: Bench) -> None:
        with pytest.raises(RuntimeError, match="only inside"):
            await bench.call(careless)

    run(story)


@pytest.mark.row("CLK-002")
def test_jobs_run_once_each_in_order_of_their_time_before_an_advance_returns() -> None:
    async def story(bench: Bench) -> None:
        def plan(ctx: Context, _: Any) -> None:
            for seconds, colour in ((10, "blue"), (5, "red"), (30, "green")):
                ctx.schedule(paint, at=ctx.now + seconds * SECOND, name="bear", colour=colour)

        await bench.call(plan)
        await bench.kernel.advance(5 * SECOND)
        assert bench.read().one(Toy, "bear").colour == "red"
        await bench.kernel.advance(20 * SECOND)
        assert bench.read().one(Toy, "bear").colour == "blue"
        assert bench.kernel.scheduler.done == 2
        await bench.kernel.advance(365 * DAY)
        assert bench.read().one(Toy, "bear").colour == "green"

    run(story)


def test_autojump_leaps_to_what_was_asked_for_when_nothing_else_happens() -> None:
    async def story(bench: Bench) -> None:
        def plan(ctx: Context, _: Any) -> None:
            ctx.schedule(paint, at=ctx.now + 30 * DAY, name="bear", colour="red")

        waiting = bench.call(take, 20 * SECOND)
        await bench.call(plan)
        while bench.read().get(Toy, "bear") is None:
            await asyncio.sleep(0.01)
        assert bench.clock.now() >= START + 30 * DAY
        assert await waiting == {"Name": None}

    run(story, mode="autojump")


def test_an_operation_that_holds_the_loop_is_named() -> None:
    def slow(ctx: Context, _: Any) -> None:
        until = stopwatch() + 0.03
        while stopwatch() < until:
            pass

    async def story(bench: Bench) -> None:
        await bench.call(slow)
        assert [what for what, _ in bench.reports] == ["slow"]

    run(story)


def test_a_cancelled_job_never_runs() -> None:
    async def story(bench: Bench) -> None:
        def plan(ctx: Context, _: Any) -> None:
            ctx.cancel(ctx.schedule(paint, at=ctx.now + SECOND, name="bear", colour="red"))

        await bench.call(plan)
        await bench.kernel.advance(DAY)
        assert bench.read().get(Toy, "bear") is None

    run(story)


def test_long_work_goes_on_chunk_by_chunk_until_it_is_done() -> None:
    async def story(bench: Bench) -> None:
        def plan(ctx: Context, _: Any) -> None:
            ctx.schedule(count_down, at=ctx.now, number=50)

        await bench.call(plan)
        await bench.kernel.advance(0)
        assert bench.kernel.scheduler.done == 50

    run(story)


def test_a_job_that_keeps_failing_is_parked_and_reported_and_others_go_on() -> None:
    async def story(bench: Bench) -> None:
        def plan(ctx: Context, _: Any) -> None:
            ctx.schedule(paint, at=ctx.now, name="bear", colour=["not", "a", "colour"], more="nonsense")
            ctx.schedule(paint, at=ctx.now + SECOND, name="doll", colour="red")

        await bench.call(plan)
        await bench.kernel.advance(DAY)
        parked = bench.kernel.scheduler.parked()
        assert [row.name for row in parked] == ["toy.paint"]
        assert "more" in (parked[0].parked or "")
        assert len(bench.reports) == 8
        assert bench.read().one(Toy, "doll").colour == "red"

    run(story)


def test_jobs_are_still_due_after_a_restart(tmp_path: Any) -> None:
    async def before(bench: Bench) -> None:
        def plan(ctx: Context, _: Any) -> None:
            ctx.schedule(paint, at=ctx.now + SECOND, name="bear", colour="red")

        await bench.call(plan)
        bench.store.close()

    async def after(bench: Bench) -> None:
        bench.kernel.scheduler.start()
        home = bench.kernel.read(bench.kernel.scheduler.home)
        assert len(home.list(JobRow)) == 1
        await bench.kernel.advance(SECOND)
        assert bench.read().one(Toy, "bear").colour == "red"
        bench.store.close()

    run(before, store=SqliteStore.open(tmp_path))
    run(after, store=SqliteStore.open(tmp_path))


def test_limits_widen_from_place_to_era_to_today() -> None:
    async def story(bench: Bench) -> None:
        limits, place = bench.kernel.limits, bench.place
        assert limits.get("toy.size", place) == 10
        limits.default_era = "notes2020"
        limits.load([], [], [])
        assert limits.get("toy.size", place) == 5
        bench.change(lambda tx: tx.at(bench.kernel.scheduler.home).put(Override("toy.size", "", "eu-west-3", 7)))
        bench.kernel.load_limits()
        assert limits.get("toy.size", place) == 7
        assert limits.get("toy.size", bench.kernel.place("111111111111", "us-east-1")) == 5

    run(story)


def test_a_failure_bites_only_where_it_is_asked_for() -> None:
    async def story(bench: Bench) -> None:
        assert bench.kernel.limits.failure("toy.break", bench.place) is None
        rule = FailureRule("toy.break", "111111111111", "", {"rate": 1.0})
        bench.change(lambda tx: tx.at(bench.kernel.scheduler.home).put(rule))
        bench.kernel.load_limits()
        assert bench.kernel.limits.failure("toy.break", bench.place) == {"rate": 1.0}
        assert bench.kernel.limits.failure("toy.break", bench.kernel.place("222222222222", "eu-west-3")) is None

    run(story)


def test_an_arn_is_made_from_the_table_and_found_again() -> None:
    async def story(bench: Bench) -> None:
        def name(ctx: Context, _: Any) -> Any:
            toy = ctx.tx.insert(Toy("bear"))
            arn = ctx.arn(toy)
            return {"Arn": arn, "Same": ctx.resolve(arn) == toy, "Other": ctx.resolve(arn.replace("bear", "doll"))}

        answer = await bench.call(name)
        assert answer == {"Arn": "arn:aws:toy:eu-west-3:111111111111:box/bear", "Same": True, "Other": None}

    run(story)


def test_operations_that_hold_the_loop_are_told_of_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    monkeypatch.setattr("orrery.kernel.kernel.stopwatch", lambda: float(next(now)))

    async def story(bench: Bench) -> None:
        for second, name in ((5, "a"), (5, "b"), (5, "c"), (6, "d")):
            monkeypatch.setattr(bench.loop, "time", lambda second=second: float(second))
            bench.call(make, name)
        monkeypatch.undo()

        assert [str(problem) for _, problem in bench.reports] == [
            "held the loop for 1000 ms",
            "held the loop for 1000 ms (2 more since the last report)",
        ]

    run(story)
