"""Those who wait: nobody's wake-up is lost, nobody who has gone is kept."""

import asyncio
from typing import Any

import pytest
from tests.kernel.harness import START, Bench, Toy, run

from orrery.kernel.clock import Clock
from orrery.kernel.context import Context
from orrery.kernel.page import Page
from orrery.kernel.waiters import Park, Run, Waiter, Waiters
from orrery.wire.instant import SECOND


def make(ctx: Context, name: str) -> None:
    ctx.tx.insert(Toy(name, "new"))
    ctx.tx.wake("toys")


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


def test_one_who_left_without_being_woken_takes_no_wake_up_with_him() -> None:
    async def story(bench: Bench) -> None:
        stays, goes = (bench.call(take, 60 * SECOND) for _ in range(2))
        await turns()
        goes.run.cancel()  # type: ignore[attr-defined]
        await turns()
        assert len(bench.kernel.waiters) == 1
        await bench.call(make, "bear")
        await turns()
        assert stays.done() and stays.result() == {"Name": "bear"}
        goes.exception()

    run(story)


def test_a_channel_that_nobody_wakes_remembers_only_those_who_wait_on_it() -> None:
    async def story() -> None:
        waiters = Waiters(asyncio.get_running_loop())
        held: list[Waiter] = []
        for number in range(1000):
            waiter = Waiter([("idle",)], lambda value: None)
            waiters.add(waiter)
            held.append(waiter)
            if number == 2:
                waiters.leave(held.pop(1))
            if len(held) > 2:
                waiters.leave(held.pop(0))
        assert len(waiters._channels[("idle",)]) <= 4
        for waiter in held:
            waiters.leave(waiter)
        assert not waiters._channels

    asyncio.run(story())


def test_a_coroutine_may_go_on_at_once_any_number_of_times() -> None:
    async def many() -> int:
        return sum([await Park(lambda resume: resume(1)) for _ in range(5000)])

    ended: list[Any] = []
    Run(many(), lambda value, error: ended.append((value, error)))
    assert ended == [(5000, None)]


def test_an_answer_that_cannot_be_given_keeps_back_no_other() -> None:
    async def story(bench: Bench) -> None:
        bench.loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))
        told: list[BaseException] = []

        def break_down(problem: Exception | None) -> None:
            raise OSError("the socket has gone")

        first = bench.call(make, "bear")
        bench.kernel.committer.when_durable(break_down)
        second = bench.call(make, "doll")
        await turns()
        assert first.done() and second.done()
        assert [str(problem) for problem in told] == ["the socket has gone"]

    run(story)


def test_alarms_that_were_taken_back_do_not_pile_up_on_a_clock_that_stands_still() -> None:
    clock = Clock(mode="manual", host=lambda: START)
    kept = clock.call_at(START + 5, lambda: None)
    for _ in range(20_000):
        clock.call_at(START + SECOND, lambda: None).cancel()
    assert len(clock._heap) < 5000
    assert clock.next_due() == kept.when


def test_a_page_that_cannot_be_shown_is_answered_as_a_failure() -> None:
    async def story(bench: Bench) -> None:
        async def show(ctx: Context, values: Any) -> Any:
            return {"Toys": Page([Toy("bear")], view=lambda toy: toy.nothing)}

        call = bench.call(show)
        await turns()
        assert call.done()
        with pytest.raises(AttributeError):
            await call

    run(story)
