"""Records in memory: the newest of a bounded number, none of them large."""

from tests.kernel.harness import Bench, Part, Toy, run

from orrery.kernel.cache import LARGE, RecordCache


def test_the_records_kept_first_go_first() -> None:
    cache = RecordCache(limit=10)

    for number in range(11):
        cache.keep(b"%d" % number, Part("box", number), 10)

    assert len(cache) == 10
    assert cache.get(b"0") is None
    assert cache.get(b"10") == Part("box", 10)


def test_a_large_record_is_not_kept_and_takes_its_small_forerunner_with_it() -> None:
    cache = RecordCache()
    cache.keep(b"k", Toy("small"), 10)

    cache.keep(b"k", Toy("large"), LARGE + 1)

    assert cache.get(b"k") is None


def test_a_large_record_is_read_from_the_store_as_it_was_written() -> None:
    async def story(bench: Bench) -> None:
        bench.kernel.change(lambda tx: tx.insert(Toy("x" * (LARGE + 1), "brown")), bench.place)
        bench.kernel.committer.flush()

        assert bench.read().get(Toy, "x" * (LARGE + 1)) == Toy("x" * (LARGE + 1), "brown")
        assert bench.read().kept(Toy, "x" * (LARGE + 1)) is None

    run(story)
