"""Counters and sequences beside what empties them, in one tick or across two."""

from typing import Any

from tests.kernel.harness import EVENTS, NUMBERS, PLAYED, Bench, Toy, run

from orrery.kernel.logs import append, drop, newest


def add(*counts: tuple[str, int]) -> Any:
    """A function that adds to the counter of names."""

    def change(tx: Any) -> None:
        for name, n in counts:
            tx.add(PLAYED, name, n=n)

    return change


def forget_all(bench: Bench) -> None:
    bench.kernel.forget(lambda name: name.startswith(("toy.", "toy#")))


def test_a_counter_that_was_emptied_counts_from_nothing_in_the_same_tick_and_after_it() -> None:
    async def story(bench: Bench) -> None:
        bench.change(add(("bear", 5), ("doll", 2)))
        bench.change(lambda tx: [tx.next(NUMBERS) for _ in range(3)])

        forget_all(bench)
        tx = bench.kernel.committer.begin(bench.place, 0)
        tx.add(PLAYED, "bear")
        numbers = [tx.next(NUMBERS), tx.next(NUMBERS)]
        bench.kernel.committer.merge(tx)
        now = (bench.read().count(PLAYED, "bear"), bench.read().count(PLAYED, "doll"))
        shown = [value for _, value in bench.read().sums(PLAYED)]
        bench.kernel.committer.flush()

        assert numbers == [1, 2]
        assert now == (1, 0)
        assert shown == [1]
        assert (bench.read().count(PLAYED, "bear"), bench.read().count(PLAYED, "doll")) == now
        assert bench.change(lambda tx: tx.next(NUMBERS)) == 3

    run(story)


def test_counters_forgotten_after_they_were_emptied_are_nothing_and_not_less() -> None:
    async def story(bench: Bench) -> None:
        bench.change(add(("bear", 5)))
        forget_all(bench)
        bench.kernel.change(add(("bear", 1)), bench.place)
        tx = bench.kernel.committer.begin(bench.place, 0)
        tx.add(PLAYED, "bear", n=3)
        tx.forget(PLAYED)
        bench.kernel.committer.merge(tx)

        assert bench.read().count(PLAYED, "bear") == 0
        bench.kernel.committer.flush()
        assert bench.read().count(PLAYED, "bear") == 0
        bench.kernel.committer.forget()
        assert bench.read().count(PLAYED, "bear") == 0

    run(story)


def test_a_transaction_that_is_open_while_its_tick_is_committed_counts_nothing_twice() -> None:
    async def story(bench: Bench) -> None:
        bench.change(add(("bear", 5)))
        bench.kernel.change(add(("bear", 1)), bench.place)
        tx = bench.kernel.committer.begin(bench.place, 0)
        tx.add(PLAYED, "bear")

        bench.kernel.committer.flush()

        assert tx.count(PLAYED, "bear") == 7
        bench.kernel.committer.merge(tx)
        bench.kernel.committer.flush()
        assert bench.read().count(PLAYED, "bear") == 7

    run(story)


def test_a_transaction_that_is_open_while_its_tick_empties_everything_sees_what_is_written_after() -> None:
    async def story(bench: Bench) -> None:
        bench.change(lambda tx: (add(("bear", 5))(tx), tx.insert(Toy("bear"))))
        forget_all(bench)
        tx = bench.kernel.committer.begin(bench.place, 0)
        assert tx.get(Toy, "bear") is None
        bench.kernel.committer.flush()
        bench.change(lambda tx: (add(("bear", 2))(tx), tx.insert(Toy("bear", "new"))))

        assert tx.count(PLAYED, "bear") == 2
        assert tx.get(Toy, "bear") == Toy("bear", "new")

    run(story)


def test_a_log_that_is_emptied_goes_on_with_its_positions_in_the_same_tick() -> None:
    async def story(bench: Bench) -> None:
        kernel = bench.kernel

        def write(tx: Any) -> list[int]:
            first = append(kernel.scheduler, tx, EVENTS, ("box",), 1)
            drop(tx, EVENTS, ("box",))
            return [first, append(kernel.scheduler, tx, EVENTS, ("box",), 2), newest(tx, EVENTS, ("box",))]

        assert bench.change(write) == [1, 2, 2]
        assert newest(bench.read(), EVENTS, ("box",)) == 2

    run(story)
