"""The log stays bounded under load, and the loop's thread copies no more than the rest of a checkpoint."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.kernel.store.traced_vfs import Event, Sync, Write, traced

from orrery.kernel.store.checkpoints import State
from orrery.kernel.store.contract import BULK, Batch
from orrery.kernel.store.sqlite import FILE, SqliteStore

LOG = FILE + "-wal"
THRESHOLD = 200
CAP = 800


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path, threshold=THRESHOLD, cap=CAP)
    yield opened
    opened.close()


def large(number: int, pages: int = 10) -> Batch:
    """A batch that makes the log grow by at least so many frames."""
    batch = Batch()
    for place in range(pages):
        batch.puts[BULK][bytes((number % 50, place))] = number.to_bytes(4, "big") * 1000
    return batch


def frames(store: SqliteStore) -> int:
    assert store._checkpoints is not None
    return store._checkpoints.frames()


async def write(store: SqliteStore, batches: int) -> list[int]:
    """Write with the back-pressure a committer heeds; the length of the log after each batch."""
    lengths = []
    for number in range(batches):
        if (pressure := store.pressure()) is not None:
            await pressure
        store.apply(large(number))
        lengths.append(frames(store))
    return lengths


def test_the_log_is_bounded_under_load_and_begins_anew(store: SqliteStore) -> None:
    lengths = asyncio.run(write(store, 600))

    assert max(lengths) < CAP + 50
    assert sum(later < earlier for earlier, later in pairwise(lengths)) >= 5


def test_all_is_there_after_many_checkpoints(store: SqliteStore) -> None:
    asyncio.run(write(store, 600))

    found = dict(store.range(BULK, b"\0", b"\xff"))
    assert found == {
        bytes((number % 50, place)): number.to_bytes(4, "big") * 1000
        for number in range(550, 600)
        for place in range(10)
    }


def test_a_long_log_asks_writers_to_wait_and_lets_them_go_on(store: SqliteStore) -> None:
    async def scenario() -> None:
        assert store._checkpoints is not None
        store._checkpoints._next = 10**9  # written without a checkpoint, and without heeding the pressure
        number = 0
        while frames(store) < CAP:
            store.apply(large(number))
            number += 1
        store._checkpoints._next = THRESHOLD
        pressure = store.pressure()
        if pressure is not None:
            await pressure
        assert store.pressure() is None
        store.apply(large(0))
        assert frames(store) < THRESHOLD

    asyncio.run(scenario())


def test_there_is_no_pressure_on_a_short_log(store: SqliteStore) -> None:
    async def scenario() -> None:
        store.apply(large(0))
        assert store.pressure() is None

    asyncio.run(scenario())


def test_a_reader_that_holds_the_log_up_does_not_stop_the_writer(store: SqliteStore, tmp_path: Path) -> None:
    store.apply(large(0))
    reader = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    reader.execute("BEGIN")
    seen = reader.execute("SELECT v FROM bulk WHERE k=?", (b"\0\0",)).fetchone()

    lengths = asyncio.run(write(store, 300))

    assert max(lengths) > CAP
    assert reader.execute("SELECT v FROM bulk WHERE k=?", (b"\0\0",)).fetchone() == seen
    reader.close()
    after = asyncio.run(write(store, 300))
    assert min(after) < THRESHOLD


def test_the_loop_copies_only_the_rest_of_a_checkpoint_and_never_within_a_commit(tmp_path: Path) -> None:
    here = threading.get_ident()
    rests: list[int] = []
    with traced(tmp_path) as trace:
        store = SqliteStore.open(tmp_path, threshold=THRESHOLD, cap=CAP)
        checkpoints = store._checkpoints
        assert checkpoints is not None
        restart = checkpoints._restart

        def counted() -> bool:
            before = len(trace.events)
            done = restart()
            rests.append(len(copies(trace.events[before:], here)))
            return done

        checkpoints._restart = counted
        trace.events.clear()
        for number in range(200):
            store.apply(large(number))
            if checkpoints.state is State.COPYING:
                checkpoints._worker.close()  # the thread is done before the next batch
        all_here = copies(trace.events, here)
        store.close()

    assert len(rests) >= 5
    assert max(rests) <= 40
    assert sum(rests) == len(all_here)
    assert len(copies(trace.events)) > 5 * len(all_here)


def copies(events: list[Event], thread: int | None = None) -> list[Write]:
    """The writes into the database itself."""
    writes = [event for event in events if isinstance(event, Write) and event.file == FILE]
    return [write for write in writes if thread is None or write.thread == thread]


def test_the_loop_never_syncs_in_crash_mode(tmp_path: Path) -> None:
    here = threading.get_ident()
    with traced(tmp_path) as trace:
        store = SqliteStore.open(tmp_path, threshold=THRESHOLD, cap=CAP)
        asyncio.run(write(store, 300))
        syncs = [event for event in trace.events if isinstance(event, Sync)]
        store.close()

    assert syncs
    assert here not in {event.thread for event in syncs}


def test_with_power_the_loop_syncs_no_more_than_the_header_of_a_new_log(tmp_path: Path) -> None:
    here = threading.get_ident()
    with traced(tmp_path) as trace:
        store = SqliteStore.open(tmp_path, durability="power", threshold=THRESHOLD, cap=CAP)
        trace.events.clear()
        asyncio.run(write(store, 300))
        events = list(trace.events)
        store.close()

    headers = [event for event in events if isinstance(event, Write) and (event.file, event.offset) == (LOG, 0)]
    syncs = [event.file for event in events if isinstance(event, Sync) and event.thread == here]
    assert len(headers) >= 3
    assert syncs.count(LOG) <= len(headers)
    assert FILE not in syncs


def test_a_failed_sync_of_the_checkpoint_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons: list[str] = []

    def failing(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("orrery.kernel.store.checkpoints.sync_file", failing)
    store = SqliteStore.open(tmp_path, threshold=20, end=reasons.append)
    for number in range(5):
        store.apply(large(number))
    store.close()

    assert len(reasons) == 1
    assert "Input/output error" in reasons[0]


def test_closing_leaves_one_whole_file(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    store.apply(large(0))
    store.close()

    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_closing_leaves_no_descriptor_open(tmp_path: Path) -> None:
    before = descriptors()
    store = SqliteStore.open(tmp_path, durability="power", threshold=20)
    for number in range(5):
        store.apply(large(number))
    store.close()

    assert descriptors() == before


def descriptors() -> list[int]:
    """The descriptors that are open in this process."""
    return [number for number in range(256) if is_open(number)]


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
