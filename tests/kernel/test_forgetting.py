"""What is forgotten leaves nothing that comes back for its successor."""

from typing import Any

from tests.kernel.harness import PLAYED, Bench, Machine, Toy, paint, run, store

from orrery.kernel.context import Context
from orrery.kernel.deliveries import Delivery
from orrery.kernel.jobs import JobRow
from orrery.kernel.lifecycle import Going
from orrery.wire.instant import HOUR, SECOND


def plan(ctx: Context, values: Any) -> None:
    ctx.schedule(paint, at=ctx.now + SECOND, name="bear", colour="red")
    ctx.deliver(store, order="box", delay=SECOND, name="bear")
    ctx.tx.put(Machine("mill", "stopping"))


def test_what_was_to_happen_to_forgotten_records_happens_to_none_that_follow() -> None:
    async def story(bench: Bench) -> None:
        await bench.call(plan)
        bench.kernel.forget(lambda name: name.startswith("toy"))
        bench.change(lambda tx: tx.insert(Toy("bear", "blue")))
        home = bench.kernel.read(bench.kernel.scheduler.home)
        assert home.list(JobRow) == home.list(Delivery) == home.list(Going) == []
        await bench.kernel.advance(HOUR)
        assert bench.read().list(Toy) == [Toy("bear", "blue")]

    run(story)


def test_jobs_of_what_is_kept_are_kept() -> None:
    async def story(bench: Bench) -> None:
        await bench.call(plan)
        bench.kernel.forget(lambda name: name.startswith("other"))
        await bench.kernel.advance(HOUR)
        assert bench.read().get(Machine, "mill") == Machine("mill", "stopped")
        assert bench.read().get(Toy, "bear") == Toy("bear", "red")

    run(story)


def test_what_was_counted_in_the_same_tick_is_forgotten_too() -> None:
    async def story(bench: Bench) -> None:
        bench.kernel.change(lambda tx: tx.add(PLAYED, "bear", n=3), bench.place)
        bench.kernel.forget(lambda name: name.startswith("toy"))
        bench.kernel.committer.flush()
        assert bench.read().count(PLAYED, "bear") == 0

    run(story)
