"""Reads see a transaction's own writes, then the tick's, then the store's; indexes and counters follow the records."""

import random
from functools import partial
from typing import Any

import pytest
from tests.kernel.harness import NUMBERS, PLAYED, START, Badge, Bench, Loan, Part, Toy, run

from orrery.wire.fault import Fault
from orrery.wire.instant import DAY, SECOND


def insert(record: Any, tx: Any) -> None:
    tx.insert(record)


def names(rows: Any) -> list[str]:
    return [row.name for row in rows]


def test_a_record_is_read_back_by_its_key_in_the_same_transaction_and_after_the_commit() -> None:
    async def story(bench: Bench) -> None:
        tx = bench.kernel.committer.begin(bench.place, 0)
        tx.insert(Toy("bear", "brown"))
        assert tx.get(Toy, "bear") == Toy("bear", "brown")
        assert bench.read().get(Toy, "bear") is None
        bench.kernel.committer.merge(tx)
        assert bench.read().get(Toy, "bear") == Toy("bear", "brown")
        bench.kernel.committer.flush()
        bench.kernel.committer.forget()
        assert bench.read().get(Toy, "bear") == Toy("bear", "brown")

    run(story)


def test_what_memory_has_of_a_record_is_the_newest_of_it_and_nothing_once_it_is_forgotten() -> None:
    async def story(bench: Bench) -> None:
        tx = bench.kernel.committer.begin(bench.place, 0)
        assert tx.kept(Part, "box", 1) is None
        tx.insert(Part("box", 1, 5))
        assert tx.kept(Part, "box", 1) == Part("box", 1, 5)
        bench.kernel.committer.merge(tx)
        assert bench.read().kept(Part, "box", 1) == Part("box", 1, 5)
        bench.kernel.committer.flush()
        assert bench.read().kept(Part, "box", 1) == Part("box", 1, 5)

        tx = bench.kernel.committer.begin(bench.place, 0)
        tx.clear(Part, "box")
        assert tx.kept(Part, "box", 1) is None
        bench.kernel.committer.forget()
        assert bench.read().kept(Part, "box", 1) is None
        assert bench.read().get(Part, "box", 1) == Part("box", 1, 5)

    run(story)


def test_a_missing_record_is_the_tables_fault_with_the_key_in_its_text() -> None:
    async def story(bench: Bench) -> None:
        with pytest.raises(Fault) as raised:
            bench.read().one(Toy, "ghost")
        assert (raised.value.code, raised.value.message) == ("NoSuchToy", "There is no toy called ghost")

    run(story)


def test_records_of_another_account_or_region_are_not_seen() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.insert(Toy("bear")))
        for account, region in (("111111111111", "us-east-1"), ("222222222222", "eu-west-3")):
            assert bench.kernel.read(bench.kernel.place(account, region)).get(Toy, "bear") is None

    run(story)


def test_index_entries_follow_a_record_that_is_changed_and_go_with_it() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.insert(Toy("bear", "brown", 3)))
        bench.change(lambda tx: tx.put(Toy("bear", "white", 4)))
        assert bench.read().find(Toy.by_colour, "brown") == []
        assert names(bench.read().find(Toy.by_colour, "white")) == ["bear"]
        bench.change(lambda tx: tx.delete(tx.one(Toy, "bear")))
        assert bench.read().find(Toy.by_colour) == []
        assert bench.read().get(Toy, "bear") is None

    run(story)


def test_an_index_is_ordered_by_its_values_and_read_in_ranges_from_both_ends() -> None:
    async def story(bench: Bench) -> None:
        for name, weight in (("a", 5), ("b", 1), ("c", 3), ("d", None)):
            colour = None if weight is None else "red"
            toy = Toy(name, colour, weight or 0)
            bench.change(partial(insert, toy))
        read = bench.read()
        assert names(read.find(Toy.by_colour, "red")) == ["b", "c", "a"]
        assert names(read.find(Toy.by_colour, "red", stop=(5,))) == ["b", "c"]
        assert names(read.find(Toy.by_colour, "red", start=(3,))) == ["c", "a"]
        assert names(read.find(Toy.by_colour, "red", after=(3,))) == ["a"]
        assert names(read.find(Toy.by_colour, "red", limit=1, reverse=True)) == ["a"]
        assert read.first(Toy.by_colour, "red").name == "b"
        assert not read.any(Toy.by_colour, "blue")

    run(story)


def test_a_unique_value_is_refused_to_a_second_record_in_any_region_and_free_again_after_deletion() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.insert(Toy("bear", owner="ann")))
        elsewhere = bench.kernel.place("222222222222", "us-east-1")
        tx = bench.kernel.committer.begin(elsewhere, 0)
        with pytest.raises(Fault, match="ann has a toy"):
            tx.insert(Toy("doll", owner="ann"))
        bench.change(lambda tx: tx.put(Toy("bear", "red", owner="ann")))
        bench.change(lambda tx: tx.delete(tx.one(Toy, "bear")))
        tx = bench.kernel.committer.begin(elsewhere, 0)
        tx.insert(Toy("doll", owner="ann"))

    run(story)


def test_clearing_a_range_hides_the_stored_the_pending_and_the_own_but_not_what_is_written_after() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: [tx.insert(Part("a", n, n)) for n in range(3)])
        bench.change(lambda tx: tx.insert(Part("b", 0)))
        bench.kernel.change(lambda tx: tx.insert(Part("a", 3, 3)), bench.place)
        tx = bench.kernel.committer.begin(bench.place, 0)
        tx.insert(Part("a", 4, 4))
        tx.clear(Part, "a")
        tx.insert(Part("a", 5, 5))
        assert [part.number for part in tx.list(Part, "a")] == [5]
        assert [part.number for part in tx.find(Part.by_size, "a")] == [5]
        assert tx.get(Part, "a", 1) is None
        bench.kernel.committer.merge(tx)
        assert [part.number for part in bench.read().list(Part, "a")] == [5]
        bench.kernel.committer.flush()
        assert [(part.box, part.number) for part in bench.read().list(Part)] == [("a", 5), ("b", 0)]
        assert [part.number for part in bench.read().find(Part.by_size, "a")] == [5]

    run(story)


def test_counters_and_sequences_add_up_over_transactions_and_survive_the_caches() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.add(PLAYED, "bear", n=3))
        bench.kernel.change(lambda tx: tx.add(PLAYED, "bear", n=-1), bench.place)
        assert bench.read().count(PLAYED, "bear") == 2
        bench.kernel.committer.flush()
        bench.kernel.committer.forget()
        assert bench.read().count(PLAYED, "bear") == 2
        assert [bench.change(lambda tx: tx.next(NUMBERS)) for _ in range(3)] == [1, 2, 3]
        bench.change(lambda tx: tx.forget(PLAYED, "bear"))
        assert bench.read().count(PLAYED, "bear") == 0

    run(story)


def test_an_expired_record_is_absent_for_every_reader_and_does_not_shorten_a_page() -> None:
    async def story(bench: Bench) -> None:
        now = bench.clock.now()
        for number in range(6):
            until = None if number % 2 else now + 1000
            bench.change(partial(insert, Loan(f"loan-{number}", until)))
        assert len(bench.read().list(Loan)) == 6
        bench.clock.turn_to(now + 1000)
        assert bench.read().get(Loan, "loan-0") is None
        assert names(bench.read().list(Loan, limit=2)) == ["loan-1", "loan-3"]

    run(story)


@pytest.mark.parametrize("seed", range(20))
def test_what_a_transaction_reads_is_what_a_plain_dictionary_would_say(seed: int) -> None:
    """Random puts, deletes and clears in layers, compared with a model at every step."""
    chance = random.Random(seed)

    async def story(bench: Bench) -> None:
        model: dict[tuple[str, int], int] = {}
        for _ in range(60):
            tx = bench.kernel.committer.begin(bench.place, 0)
            draft = dict(model)
            for _ in range(chance.randrange(6)):
                box, number = chance.choice("abc"), chance.randrange(8)
                act = chance.random()
                if act < 0.6:
                    size = chance.randrange(5)
                    tx.put(Part(box, number, size))
                    draft[box, number] = size
                elif act < 0.85 and (box, number) in draft:
                    tx.delete(tx.one(Part, box, number))
                    del draft[box, number]
                elif act > 0.93:
                    tx.clear(Part, box)
                    draft = {key: size for key, size in draft.items() if key[0] != box}
                check(tx, draft, chance)
            if chance.random() < 0.8:
                bench.kernel.committer.merge(tx)
                model = draft
            check(bench.read(), model, chance)
            if chance.random() < 0.4:
                bench.kernel.committer.flush()

    run(story)


def check(tx: Any, model: dict[tuple[str, int], int], chance: random.Random) -> None:
    """List, find and get agree with the model, whatever the limit and the direction."""
    box, limit, reverse = chance.choice("abc"), chance.choice([None, 1, 2, 5]), chance.random() < 0.5
    expected = sorted(((b, n) for b, n in model if b == box), reverse=reverse)[:limit]
    assert [(p.box, p.number) for p in tx.list(Part, box, limit=limit, reverse=reverse)] == expected
    by_size = sorted(((size, n) for (b, n), size in model.items() if b == box), reverse=reverse)[:limit]
    assert [(p.size, p.number) for p in tx.find(Part.by_size, box, limit=limit, reverse=reverse)] == by_size
    number = chance.randrange(8)
    found = tx.get(Part, box, number)
    assert (found.size if found else None) == model.get((box, number))


def test_a_unique_value_is_free_again_when_its_record_is_over_and_stays_with_whoever_takes_it() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.put(Badge("old", START + 10 * SECOND, 7)))
        with pytest.raises(Fault, match="7 is worn"):
            bench.change(lambda tx: tx.put(Badge("new", START + DAY, 7)))
        bench.host += 10 * SECOND  # it is over, and not swept away yet
        bench.clock.turn_to(START + 10 * SECOND)

        bench.change(lambda tx: tx.put(Badge("new", START + DAY, 7)))
        await bench.kernel.advance(0)

        assert bench.read().get_expired(Badge.__table__, ("old",)) is None  # type: ignore[attr-defined]
        assert names(bench.read().find(Badge.by_number, 7)) == ["new"]
        with pytest.raises(Fault, match="7 is worn"):
            bench.change(lambda tx: tx.put(Badge("third", START + DAY, 7)))

    run(story)


def test_a_record_that_is_over_comes_back_only_if_nobody_took_its_unique_value() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: tx.put(Badge("old", START + 10 * SECOND, 7)))
        bench.clock.turn_to(START + 10 * SECOND)
        bench.change(lambda tx: tx.put(Badge("new", START + DAY, 7)))

        with pytest.raises(Fault, match="7 is worn"):
            bench.change(lambda tx: tx.put(Badge("old", START + DAY, 7)))
        bench.change(lambda tx: tx.put(Badge("old", START + DAY, 8)))

        assert names(bench.read().find(Badge.by_number, 7)) == ["new"]
        assert names(bench.read().find(Badge.by_number, 8)) == ["old"]

    run(story)
