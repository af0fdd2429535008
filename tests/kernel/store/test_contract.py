"""What every store does, whichever adapter it is."""

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orrery.kernel.store.contract import BULK, LOG, RECORDS, Batch, Store, StoreFailed
from orrery.kernel.store.rocksdb import RocksStore
from orrery.kernel.store.sqlite import SqliteStore

SPACES = (RECORDS, BULK, LOG)


def sqlite_file(directory: Path) -> Store:
    return SqliteStore.open(directory)


def sqlite_power(directory: Path) -> Store:
    return SqliteStore.open(directory, durability="power")


def sqlite_memory(directory: Path) -> Store:
    return SqliteStore.memory()


def rocksdb(directory: Path) -> Store:
    return RocksStore.open(directory)


def rocksdb_power(directory: Path) -> Store:
    return RocksStore.open(directory, durability="power")


ADAPTERS: list[Callable[[Path], Store]] = [sqlite_file, sqlite_power, sqlite_memory, rocksdb, rocksdb_power]
KEEPING = [adapter for adapter in ADAPTERS if adapter is not sqlite_memory]


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = request.param(tmp_path)
    yield opened
    opened.close()


def putting(space: int, **pairs: bytes | None) -> Batch:
    batch = Batch()
    batch.puts[space].update({key.encode(): value for key, value in pairs.items()})
    return batch


def counter(value: bytes | None) -> int:
    return 0 if value is None else int.from_bytes(value, "big", signed=True)


@pytest.mark.parametrize("space", SPACES)
def test_what_was_put_is_read_back_from_its_space_only(store: Store, space: int) -> None:
    store.apply(putting(space, a=b"1", b=b""))

    assert store.get(space, b"a") == b"1"
    assert store.get(space, b"b") == b""
    assert store.get(space, b"c") is None
    for other in SPACES:
        if other != space:
            assert store.get(other, b"a") is None


def test_many_answers_in_the_order_of_its_keys_with_none_for_absent_ones(store: Store) -> None:
    store.apply(putting(RECORDS, a=b"1", b=b"2", c=b"3"))

    assert store.many(RECORDS, [b"c", b"x", b"a", b"c"]) == [b"3", None, b"1", b"3"]
    assert store.many(RECORDS, []) == []


def test_many_finds_more_keys_than_a_statement_has_variables(store: Store) -> None:
    batch = Batch()
    keys = [b"%06d" % n for n in range(2000)]
    batch.puts[BULK].update(dict.fromkeys(keys, b"v"))
    store.apply(batch)

    assert store.many(BULK, [*keys, b"none"]) == [b"v"] * 2000 + [None]


def test_a_later_put_replaces_an_earlier_one(store: Store) -> None:
    store.apply(putting(RECORDS, a=b"1"))
    store.apply(putting(RECORDS, a=b"2"))

    assert store.get(RECORDS, b"a") == b"2"


def test_none_deletes(store: Store) -> None:
    store.apply(putting(RECORDS, a=b"1", b=b"2"))
    store.apply(putting(RECORDS, a=None, c=b"3", absent=None))

    assert store.range(RECORDS, b"", b"\xff") == [(b"b", b"2"), (b"c", b"3")]


def test_keys_and_values_may_be_any_bytes(store: Store) -> None:
    batch = Batch()
    pairs = {b"\0": b"\0", b"\0\0": b"\xff" * 3, b"\xfe": bytes(range(256)), b"k" * 2000: b"v" * 3_000_000}
    batch.puts[BULK].update(pairs)
    store.apply(batch)

    assert dict(store.range(BULK, b"\0", b"\xff")) == pairs


def test_a_range_is_half_open_ordered_and_limited_in_both_directions(store: Store) -> None:
    store.apply(putting(LOG, **{name: name.encode() for name in "fabedc"}))

    assert store.keys(LOG, b"b", b"e") == [b"b", b"c", b"d"]
    assert store.keys(LOG, b"b", b"e", limit=2) == [b"b", b"c"]
    assert store.keys(LOG, b"b", b"e", limit=2, reverse=True) == [b"d", b"c"]
    assert store.range(LOG, b"a", b"z", limit=1, reverse=True) == [(b"f", b"f")]
    assert store.range(LOG, b"a", b"z", limit=0) == []
    assert store.range(LOG, b"x", b"z") == []
    assert store.range(LOG, b"e", b"b") == []


def test_order_is_that_of_the_bytes(store: Store) -> None:
    keys = [b"\0", b"\0\0", b"\0\x01", b"\x01", b"A", b"a", b"a\0", b"aa", b"\x7f", b"\x80", b"\xfe\xff"]
    batch = Batch()
    batch.puts[RECORDS].update(dict.fromkeys(reversed(keys), b""))
    store.apply(batch)

    assert store.keys(RECORDS, b"\0", b"\xff") == keys


def test_clears_remove_half_open_ranges_before_the_puts_are_written(store: Store) -> None:
    store.apply(putting(RECORDS, a=b"1", b=b"1", c=b"1", d=b"1"))
    batch = putting(RECORDS, c=b"2")
    batch.clears.append((RECORDS, b"b", b"d"))
    store.apply(batch)

    assert store.range(RECORDS, b"a", b"z") == [(b"a", b"1"), (b"c", b"2"), (b"d", b"1")]


def test_counters_add_up_from_nothing_below_zero_and_in_every_reader(store: Store) -> None:
    for amount in (5, -7, 1 << 40):
        batch = Batch()
        batch.adds[b"n"] = amount
        store.apply(batch)
    total = (1 << 40) - 2

    assert counter(store.get(RECORDS, b"n")) == total
    assert [counter(value) for value in store.many(RECORDS, [b"n"])] == [total]
    assert [counter(value) for _, value in store.range(RECORDS, b"a", b"z")] == [total]
    value = store.get(RECORDS, b"n")
    assert value is not None
    assert len(value) == 8


def test_a_counter_that_was_put_as_bytes_is_added_to(store: Store) -> None:
    store.apply(putting(RECORDS, n=(-3).to_bytes(8, "big", signed=True)))
    batch = Batch()
    batch.adds[b"n"] = 10
    store.apply(batch)

    assert counter(store.get(RECORDS, b"n")) == 7


def test_adds_come_after_the_clears_and_puts_of_their_batch(store: Store) -> None:
    first = Batch()
    first.adds.update({b"n": 5, b"m": 5})
    store.apply(first)
    second = putting(RECORDS, m=(100).to_bytes(8, "big"))
    second.clears.append((RECORDS, b"n", b"o"))
    second.adds.update({b"n": 1, b"m": 1})
    store.apply(second)

    assert counter(store.get(RECORDS, b"n")) == 1
    assert counter(store.get(RECORDS, b"m")) == 101


def test_nothing_of_a_batch_is_applied_when_a_part_of_it_cannot_be(store: Store) -> None:
    store.apply(putting(RECORDS, a=b"1", broken=b"no counter"))
    batch = putting(RECORDS, a=b"2", b=b"2")
    batch.clears.append((RECORDS, b"a", b"b"))
    batch.adds[b"broken"] = 1

    with pytest.raises(StoreFailed):
        store.apply(batch)

    assert store.range(RECORDS, b"a", b"z") == [(b"a", b"1"), (b"broken", b"no counter")]
    version = store.apply(putting(RECORDS, a=b"3"))
    assert version == 2
    assert store.get(RECORDS, b"a") == b"3"


def test_versions_rise_by_one_a_batch(store: Store) -> None:
    assert [store.apply(putting(RECORDS, a=b"1")) for _ in range(3)] == [1, 2, 3]


def test_listeners_hear_each_batch_after_it_was_applied(store: Store) -> None:
    heard: list[tuple[int, Batch, bytes | None]] = []
    store.subscribe(lambda version, batch: heard.append((version, batch, store.get(RECORDS, b"a"))))
    batch = putting(RECORDS, a=b"1")
    store.apply(batch)

    assert heard == [(1, batch, b"1")]


def test_an_estimate_counts_small_ranges_exactly(store: Store) -> None:
    store.apply(putting(RECORDS, a=b"1", b=b"2", c=b"3"))

    assert store.estimate(RECORDS, b"a", b"c") == 2
    assert store.estimate(RECORDS, b"x", b"z") == 0


@pytest.mark.parametrize("spread", ["sequence", "random", "two queues", "nested"])
def test_an_estimate_of_a_large_range_is_near(store: Store, spread: str) -> None:
    source = random.Random(1)
    batch = Batch()
    for n in range(20_000):
        number = n.to_bytes(8, "big")
        key = {
            "sequence": b"queue\0" + number,
            "random": b"item\0" + source.randbytes(12),
            "two queues": b"queue-%d\0" % (n % 2) + number,
            "nested": b"i\0" * (n // 1000 + 1) + number,
        }[spread]
        batch.puts[RECORDS][key] = b""
    store.apply(batch)

    estimate = store.estimate(RECORDS, b"a", b"z")

    assert 10_000 <= estimate <= 40_000


def test_the_store_agrees_with_a_dictionary_over_many_random_batches(store: Store) -> None:
    source = random.Random(7)
    models: tuple[dict[bytes, bytes], ...] = ({}, {}, {})
    for _ in range(150):
        batch = Batch()
        if source.random() < 0.2:
            space, start, stop = source.choice(SPACES), source.randbytes(1), source.randbytes(1)
            batch.clears.append((space, start, stop))
            for key in [key for key in models[space] if start <= key < stop]:
                del models[space][key]
        for _ in range(source.randrange(8)):
            space, key = source.choice(SPACES), source.randbytes(source.randrange(1, 3))
            value = None if source.random() < 0.3 else source.randbytes(source.randrange(20))
            batch.puts[space][key] = value
            if value is None:
                models[space].pop(key, None)
            else:
                models[space][key] = value
        store.apply(batch)

    for space, model in zip(SPACES, models, strict=True):
        low, high = sorted((source.randbytes(1), source.randbytes(1)))
        expected = [(key, model[key]) for key in sorted(model) if low <= key < high]
        assert store.range(space, low, high) == expected
        assert store.keys(space, low, high, reverse=True, limit=5) == [key for key, _ in reversed(expected)][:5]


def test_a_snapshot_holds_the_state_of_its_moment(store: Store, tmp_path: Path) -> None:
    batch = putting(RECORDS, a=b"1")
    batch.puts[BULK][b"b"] = b"2"
    batch.puts[LOG][b"c"] = b"3"
    batch.adds[b"n"] = 4
    store.apply(batch)
    target = tmp_path / "copy"
    store.settle()
    write = store.snapshot(target)
    store.apply(putting(RECORDS, a=b"later"))
    write()

    adapter = type(store)
    assert hasattr(adapter, "open")
    copy: Store = adapter.open(target)
    try:
        assert copy.get(RECORDS, b"a") == b"1"
        assert copy.get(BULK, b"b") == b"2"
        assert copy.get(LOG, b"c") == b"3"
        assert counter(copy.get(RECORDS, b"n")) == 4
    finally:
        copy.close()
    assert store.get(RECORDS, b"a") == b"later"


@pytest.mark.parametrize("adapter", KEEPING, ids=lambda adapter: adapter.__name__)
def test_a_snapshot_is_exact_whatever_is_applied_and_copied_meanwhile(
    adapter: Callable[[Path], Store], tmp_path: Path
) -> None:
    store = adapter(tmp_path)
    for turn in range(12):
        for number in range(turn * 40, turn * 40 + 40):
            store.apply(putting(BULK, last=str(turn).encode(), **{f"k{number:05}": bytes(300)}))
        held = store.range(BULK, b"a", b"z")
        write = store.snapshot(tmp_path / f"copy-{turn}")
        writing = threading.Thread(target=write)
        writing.start()
        for number in range(200):  # over the same pages
            store.apply(putting(BULK, last=b"later", **{f"k{number:05}": bytes(200 + turn)}))
            if isinstance(store, SqliteStore) and number % 50 == turn and store._checkpoints is not None:
                store._checkpoints.begin()
        writing.join()
        store.apply(putting(BULK, last=b"later"))

        copy = type(store).open(tmp_path / f"copy-{turn}")  # type: ignore[attr-defined]
        assert copy.range(BULK, b"a", b"z") == held
        copy.close()
    store.close()


def test_a_state_in_memory_goes_on_from_a_snapshot(tmp_path: Path) -> None:
    kept = SqliteStore.open(tmp_path)
    batch = putting(RECORDS, a=b"1")
    batch.adds[b"n"] = 4
    kept.apply(batch)
    kept.snapshot(tmp_path / "copy")()
    kept.close()

    memory = SqliteStore.memory(tmp_path / "copy")
    batch = putting(RECORDS, b=b"2")
    batch.adds[b"n"] = 1
    memory.apply(batch)

    assert memory.get(RECORDS, b"a") == b"1"
    assert counter(memory.get(RECORDS, b"n")) == 5
    memory.close()


def test_a_snapshot_refuses_a_directory_that_is_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        store.snapshot(tmp_path)


@pytest.mark.parametrize("adapter", KEEPING, ids=lambda adapter: adapter.__name__)
def test_what_was_applied_is_there_when_the_store_is_opened_again(
    adapter: Callable[[Path], Store], tmp_path: Path
) -> None:
    store = adapter(tmp_path)
    batch = putting(RECORDS, a=b"1")
    batch.adds[b"n"] = -4
    store.apply(batch)
    store.close()
    store.close()

    again = adapter(tmp_path)
    try:
        assert again.get(RECORDS, b"a") == b"1"
        assert counter(again.get(RECORDS, b"n")) == -4
        assert again.size() > 0
    finally:
        again.close()
