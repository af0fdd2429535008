"""Records that change, end and are found again by themselves."""

from typing import Any

import msgspec
import pytest
from tests.kernel.harness import START, Bench, Lease, Loan, Machine, Toy, run, toy

from orrery.kernel.clock import Clock
from orrery.kernel.expiry import Ending
from orrery.kernel.jobs import JobRow, job_call
from orrery.kernel.keys import pack
from orrery.kernel.lifecycle import Going
from orrery.kernel.rebuild import IndexState, TableState, adopt, sweep
from orrery.kernel.records import Index, NewerRecord
from orrery.kernel.store.sqlite import SqliteStore
from orrery.wire.instant import DAY, HOUR, SECOND


def home(bench: Bench) -> Any:
    return bench.kernel.read(bench.kernel.scheduler.home)


async def put(bench: Bench, name: str, state: str) -> None:
    bench.change(lambda tx: tx.put(Machine(name, state)))
    await bench.kernel.settle()


def state(bench: Bench, name: str) -> str | None:
    machine = bench.read().get(Machine, name)
    return machine.state if machine else None


def test_a_state_that_only_takes_time_ends_when_its_time_is_over() -> None:
    async def story(bench: Bench) -> None:
        await put(bench, "mill", "stopping")
        await bench.kernel.advance(20 * SECOND - 1)
        assert state(bench, "mill") == "stopping"
        await bench.kernel.advance(1)
        assert state(bench, "mill") == "stopped"
        assert home(bench).list(Going) == home(bench).list(JobRow) == []

    run(story)


def test_the_last_state_of_a_life_deletes_the_record() -> None:
    async def story(bench: Bench) -> None:
        await put(bench, "mill", "leaving")
        await bench.kernel.advance(HOUR)
        assert state(bench, "mill") is None
        assert bench.read().find(Machine.by_state) == []

    run(story)


def test_a_state_that_does_something_real_follows_its_outcome() -> None:
    async def story(bench: Bench) -> None:
        await put(bench, "good", "pending")
        await put(bench, "bad", "pending")
        assert (state(bench, "good"), state(bench, "bad")) == ("running", "broken")
        assert [str(problem) for _, problem in bench.reports] == ["no parts"]

    run(story)


def test_a_state_left_early_takes_its_transition_with_it() -> None:
    async def story(bench: Bench) -> None:
        await put(bench, "mill", "stopping")
        await bench.kernel.advance(15 * SECOND)
        await put(bench, "mill", "running")
        await put(bench, "mill", "stopping")
        await bench.kernel.advance(10 * SECOND)
        assert state(bench, "mill") == "stopping"
        await bench.kernel.advance(10 * SECOND)
        assert state(bench, "mill") == "stopped"

    run(story)


def test_a_deleted_record_leaves_no_transition_behind() -> None:
    async def story(bench: Bench) -> None:
        await put(bench, "mill", "stopping")
        bench.change(lambda tx: tx.delete(tx.one(Machine, "mill")))
        assert home(bench).list(JobRow) == []
        assert home(bench).list(Going) == []

    run(story)


def test_what_has_expired_is_swept_from_the_store_and_what_was_given_more_time_is_not() -> None:
    async def story(bench: Bench) -> None:
        now = bench.clock.now()
        bench.change(lambda tx: [tx.put(Loan(f"loan-{n}", now + SECOND)) for n in range(500)])
        bench.change(lambda tx: tx.put(Loan("loan-7", now + DAY)))
        await bench.kernel.advance(SECOND)
        low, high = b"", b"\xff"
        loans = bench.kernel.tables.id_of("toy.Loan")
        kept = [key for key in bench.store.keys(0, low, high) if key.startswith(loans)]
        assert len(kept) == 1
        assert [row.until for row in home(bench).list(Ending)] == [now + DAY]
        await bench.kernel.advance(DAY)
        assert home(bench).list(Ending) == []

    run(story)


def test_expiry_goes_on_after_a_restart(tmp_path: Any) -> None:
    async def before(bench: Bench) -> None:
        bench.change(lambda tx: tx.put(Loan("loan", bench.clock.now() + SECOND)))
        bench.store.close()

    async def after(bench: Bench) -> None:
        assert len(home(bench).list(Ending)) == 1
        await bench.kernel.advance(SECOND)
        assert home(bench).list(Ending) == []
        bench.store.close()

    run(before, store=SqliteStore.open(tmp_path))
    run(after, store=SqliteStore.open(tmp_path))


def test_virtual_time_goes_on_where_it_stood_after_a_restart(tmp_path: Any) -> None:
    async def before(bench: Bench) -> None:
        await bench.kernel.advance(30 * DAY)
        bench.store.close()

    async def after(bench: Bench) -> None:
        assert bench.clock.now() == START + 30 * DAY
        bench.store.close()

    run(before, store=SqliteStore.open(tmp_path))
    run(after, store=SqliteStore.open(tmp_path))


def test_a_running_clock_counts_the_time_it_was_down() -> None:
    host = START
    clock = Clock(host=lambda: host)
    clock.turn_to(START + DAY)
    pieces = clock.pieces
    host += HOUR
    again = Clock(host=lambda: host)
    again.resume(pieces)
    assert again.now() == START + DAY + HOUR


def test_an_index_whose_definition_changed_is_built_anew_in_every_place() -> None:
    async def story(bench: Bench) -> None:
        other = bench.kernel.place("222222222222", "us-east-1")
        bench.change(lambda tx: tx.insert(Toy("bear", "brown", 3)))
        bench.kernel.change(lambda tx: tx.insert(Toy("doll", "brown", 1)), other)
        bench.kernel.committer.flush()
        table = toy.tables["Toy"]
        index = table.indexes[0]
        assert isinstance(index, Index)
        bench.kernel.change(
            lambda tx: tx.put(IndexState("toy.Toy.by_colour", "as it was")), bench.kernel.scheduler.home
        )
        tx = bench.kernel.committer.begin(bench.place, 0)
        tx.overlay.writes[bench.place.index_prefix(table, index) + b"stale"] = (0, None, b"nowhere")
        bench.kernel.committer.merge(tx)
        bench.kernel.committer.flush()
        assert adopt(bench.kernel, toy) == ["toy.Toy.by_colour"]
        assert adopt(bench.kernel, toy) == []
        assert [row.name for row in bench.read().find(Toy.by_colour)] == ["bear"]
        assert [row.name for row in bench.kernel.read(other).find(Toy.by_colour)] == ["doll"]

    run(story)


def test_records_of_an_older_version_are_rewritten_behind_the_scenes_when_the_version_rises() -> None:
    async def story(bench: Bench) -> None:
        table = toy.tables["Loan"]
        prefix = bench.place.prefix(table)
        tx = bench.kernel.committer.begin(bench.place, 0)
        for number in range(3):
            tx.write(
                0, prefix + pack((f"loan-{number}",)), bytes((0,)) + msgspec.msgpack.encode([f"loan-{number}", "9"])
            )
        bench.kernel.committer.merge(tx)
        bench.kernel.change(lambda tx: tx.put(TableState("toy.Loan", 0)), bench.kernel.scheduler.home)
        bench.kernel.committer.flush()
        table.upgrades[0] = lambda fields: [fields[0], int(fields[1])]
        try:
            adopt(bench.kernel, toy)
            await bench.kernel.settle()
        finally:
            del table.upgrades[0]
        written = [value for _, value in bench.store.range(0, prefix, prefix + b"\xfe")]
        assert [value[0] for value in written] == [table.version] * 3
        assert [table.decode(value).until for value in written] == [9, 9, 9]

    run(story)


def test_a_table_that_a_newer_release_wrote_is_refused() -> None:
    async def story(bench: Bench) -> None:
        bench.kernel.change(lambda tx: tx.put(TableState("toy.Loan", 99)), bench.kernel.scheduler.home)
        with pytest.raises(NewerRecord, match=r"toy\.Loan was written by a newer release"):
            adopt(bench.kernel, toy)

    run(story)


def test_a_record_of_an_older_version_is_upgraded_when_it_is_read() -> None:
    async def story(bench: Bench) -> None:
        table = toy.tables["Loan"]
        old = bytes((0,)) + msgspec.msgpack.encode(["loan", "123"])
        table.upgrades[0] = lambda fields: [fields[0], int(fields[1])]
        try:
            assert table.decode(old) == Loan("loan", 123)
        finally:
            del table.upgrades[0]

    run(story)


def test_a_record_is_there_for_everybody_while_it_is_upgraded() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.insert(Loan("loan", 7)))
        table = toy.tables["Loan"]
        key = bench.place.prefix(table) + pack(("loan",))
        old = bytes((0,)) + msgspec.msgpack.encode(["loan", None])
        bench.change(lambda tx: tx.write(0, key, old))
        ctx: Any = bench.kernel.context(job_call(JobRow(0, 0, "", "111111111111", "eu-west-3", b"", False)))
        ctx.attempt(lambda ctx: sweep(ctx, "toy.Loan", b""))
        assert bench.read().get(Loan, "loan") == Loan("loan", None)

    run(story)


def test_who_takes_the_place_of_one_that_is_over_leaves_no_entry_of_it() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.insert(Lease("flat", START + SECOND, "first")))
        bench.clock.turn_to(START + SECOND)
        assert bench.read().get(Lease, "flat") is None
        bench.change(lambda tx: tx.insert(Lease("flat", START + DAY, "second")))
        assert bench.read().find(Lease.by_holder, "first") == []
        await bench.kernel.advance(HOUR)
        assert [lease.holder for lease in bench.read().find(Lease.by_holder)] == ["second"]

    run(story)
