"""Each table has two bytes of its own, for ever."""

import pytest

from orrery.kernel.store.contract import RECORDS, Batch
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.store.table_ids import LAST, OWN, TableIds


def test_a_name_has_one_id_and_names_have_different_ones() -> None:
    ids = TableIds(SqliteStore.memory())

    queue, message = ids.id_of("sqs.Queue"), ids.id_of("sqs.Message")

    assert len(queue) == len(message) == 2
    assert queue != message
    assert ids.id_of("sqs.Queue") == queue
    assert OWN not in (queue, message)


def test_ids_are_kept_in_the_store() -> None:
    store = SqliteStore.memory()
    first = TableIds(store)
    given = {name: first.id_of(name) for name in ("a", "b", "c\0d")}

    again = TableIds(store)

    assert again.names() == given
    assert {name: again.id_of(name) for name in given} == given
    assert again.id_of("new") not in given.values()


def test_no_id_begins_with_the_byte_that_ends_ranges() -> None:
    store = SqliteStore.memory()
    batch = Batch()
    batch.puts[RECORDS][OWN + b"\x03last\x00"] = LAST.to_bytes(2, "big")
    store.apply(batch)
    ids = TableIds(store)

    with pytest.raises(OverflowError):
        ids.id_of("one too many")
