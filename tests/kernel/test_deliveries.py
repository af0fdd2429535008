"""Logs and deliveries: what happens later, in order, once."""

from typing import Any

from tests.kernel.harness import EVENTS, Bench, Toy, run, send, store

from orrery.kernel.call import Call, root_of
from orrery.kernel.context import Context
from orrery.kernel.deliveries import Delivery
from orrery.kernel.jobs import JobRow
from orrery.kernel.logs import drop, newest, read
from orrery.kernel.store.sqlite import SqliteStore
from orrery.wire.instant import DAY, HOUR, SECOND


def names(bench: Bench) -> list[str]:
    return [toy.name for toy in bench.read().list(Toy)]


def left(bench: Bench) -> list[Any]:
    return list(bench.kernel.read(bench.kernel.scheduler.home).list(Delivery))


def tell(sink: Any, *things: str, order: str = "one") -> Any:
    def operation(ctx: Context, _: Any) -> None:
        for name in things:
            ctx.deliver(sink, order=order, name=name)

    return operation


def log(*values: Any, key: str = "shard") -> Any:
    def operation(ctx: Context, _: Any) -> Any:
        return {"positions": [ctx.append(EVENTS, key, value=value) for value in values]}

    return operation


def test_deliveries_arrive_in_order_once_each_and_leave_nothing_behind() -> None:
    async def story(bench: Bench) -> None:
        await bench.call(tell(store, "a", "b", "c"))
        await bench.kernel.settle()
        assert names(bench) == ["a-1", "b-2", "c-3"]
        assert left(bench) == []

    run(story)


def test_a_dropped_transaction_tells_nobody() -> None:
    async def story(bench: Bench) -> None:
        tx = bench.kernel.committer.begin(bench.place, 0)
        ctx = bench.kernel.context(_call(bench))
        ctx._tx = tx
        ctx.deliver(store, order="one", name="a")
        await bench.kernel.settle()
        assert left(bench) == names(bench) == []

    run(story)


def test_a_delivery_that_fails_holds_its_own_lane_only_and_is_tried_again_later() -> None:
    async def story(bench: Bench) -> None:
        await bench.call(tell(send, "bad", "after-bad", order="slow"))
        await bench.call(tell(send, "good", order="quick"))
        await bench.kernel.settle()
        assert names(bench) == ["sent-good"]
        await bench.kernel.advance(10 * SECOND)
        assert names(bench) == ["sent-good"]
        await bench.kernel.advance(20 * SECOND)
        assert names(bench) == ["dead-bad", "sent-after-bad", "sent-good"]
        assert bench.read().one(Toy, "dead-bad").colour == "OSError('refused')"
        assert left(bench) == []

    run(story)


def test_what_was_not_delivered_before_a_restart_is_delivered_after_it(tmp_path: Any) -> None:
    async def before(bench: Bench) -> None:
        await bench.call(tell(send, "bad", "good"))
        await bench.kernel.settle()
        bench.store.close()

    async def after(bench: Bench) -> None:
        assert [row.attempts for row in left(bench)] == [1, 0]
        await bench.kernel.advance(DAY)
        assert names(bench) == ["dead-bad", "sent-good"]
        bench.store.close()

    run(before, store=SqliteStore.open(tmp_path))
    run(after, store=SqliteStore.open(tmp_path))


def test_entries_of_a_log_are_read_in_order_from_any_position_by_any_reader() -> None:
    async def story(bench: Bench) -> None:
        assert await bench.call(log("a", "b")) == {"positions": [1, 2]}
        await bench.call(log("c"))
        await bench.call(log("x", key="other"))
        entries = read(bench.read(), EVENTS, ("shard",))
        assert [(entry.position, entry.value) for entry in entries] == [(1, "a"), (2, "b"), (3, "c")]
        assert [entry.value for entry in read(bench.read(), EVENTS, ("shard",), after=2)] == ["c"]
        assert [entry.value for entry in read(bench.read(), EVENTS, ("shard",), limit=1)] == ["a"]
        assert newest(bench.read(), EVENTS, ("other",)) == 1

    run(story)


def test_entries_go_when_they_are_too_old_and_positions_go_on() -> None:
    async def story(bench: Bench) -> None:
        await bench.call(log("a"))
        await bench.kernel.advance(HOUR // 2)
        await bench.call(log("b"))
        await bench.kernel.advance(HOUR // 2 + 1)
        assert [entry.value for entry in read(bench.read(), EVENTS, ("shard",))] == ["b"]
        await bench.kernel.advance(HOUR)
        prefix = bench.kernel.tables.id_of(EVENTS.name)
        assert bench.store.keys(2, prefix, prefix + b"\xff") == []
        assert bench.kernel.read(bench.kernel.scheduler.home).list(JobRow) == []
        assert await bench.call(log("c")) == {"positions": [3]}

    run(story)


def test_a_reader_that_waits_is_woken_by_an_append() -> None:
    async def follow(ctx: Context, _: Any) -> Any:
        def attempt(ctx: Context) -> tuple[Any, int | None]:
            ctx.watch("log", EVENTS.name, ctx.place, ("shard",))
            return read(ctx.tx, EVENTS, ("shard",)), None

        return {"entries": [entry.value for entry in await ctx.until(attempt, within=60 * SECOND)]}

    async def story(bench: Bench) -> None:
        waiting = bench.call(follow)
        await bench.call(log("a"))
        assert await waiting == {"entries": ["a"]}

    run(story)


def test_a_dropped_log_is_empty() -> None:
    async def story(bench: Bench) -> None:
        await bench.call(log("a", "b"))
        bench.change(lambda tx: drop(tx, EVENTS, ("shard",)))
        assert read(bench.read(), EVENTS, ("shard",)) == []

    run(story)


def _call(bench: Bench) -> Any:

    return Call(None, None, account="1", region="eu-west-3", principal=root_of("1"), request_id="r")
