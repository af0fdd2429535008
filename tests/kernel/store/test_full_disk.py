"""On a full disk what would grow is refused whole, reads and deletes go on, and all goes on when there is
room.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orrery.kernel.store.ballast import EVERY, Ballast
from orrery.kernel.store.contract import BULK, RECORDS, Batch, Store, StoreFull
from orrery.kernel.store.rocksdb import RocksStore
from orrery.kernel.store.sqlite import SqliteStore

BALLAST = 1 << 20
DISK = 12 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB of its own."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "orrery-test", str(tmp_path)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def message(number: int) -> Batch:
    batch = Batch()
    batch.puts[RECORDS][number.to_bytes(4, "big")] = b"record"
    batch.puts[BULK][number.to_bytes(4, "big")] = bytes((number % 251,)) * 20_000
    batch.adds[b"count"] = 1
    return batch


def deletion(number: int) -> Batch:
    batch = Batch()
    batch.puts[RECORDS][number.to_bytes(4, "big")] = None
    batch.puts[BULK][number.to_bytes(4, "big")] = None
    batch.adds[b"count"] = -1
    return batch


def fill(store: Store) -> int:
    """Write until the disk is full; how many were written."""
    for number in range(10_000):
        try:
            store.apply(message(number))
        except StoreFull:
            return number
    raise AssertionError("the disk was never full")


def check_whole(store: Store, numbers: list[int]) -> None:
    """Exactly these messages are there, record and payload, and counted."""
    keys = [number.to_bytes(4, "big") for number in numbers]
    assert store.keys(RECORDS, b"\0", b"b") == keys
    assert store.keys(BULK, b"\0", b"b") == keys
    assert int.from_bytes(store.get(RECORDS, b"count") or b"", "big") == len(numbers)


def sqlite(disk: Path) -> Store:
    return SqliteStore.open(disk, ballast=Ballast(disk / "ballast", BALLAST), threshold=200)


def rocksdb(disk: Path) -> Store:
    return RocksStore.open(disk, ballast=Ballast(disk / "ballast", BALLAST))


@pytest.mark.parametrize("adapter", [sqlite, rocksdb], ids=lambda adapter: adapter.__name__)
def test_a_full_disk_refuses_growth_whole_and_goes_on_reading(disk: Path, adapter: Callable[[Path], Store]) -> None:
    store = adapter(disk)
    written = fill(store)

    for _ in range(3):
        with pytest.raises(StoreFull):
            store.apply(message(written))
    check_whole(store, list(range(written)))
    store.close()
    again = adapter(disk)
    check_whole(again, list(range(written)))
    again.close()


@pytest.mark.parametrize("adapter", [sqlite, rocksdb], ids=lambda adapter: adapter.__name__)
def test_a_snapshot_without_room_leaves_nothing(
    disk: Path, tmp_path_factory: pytest.TempPathFactory, adapter: Callable[[Path], Store]
) -> None:
    store = adapter(tmp_path_factory.mktemp("elsewhere"))
    batch = Batch()
    for number in range(200):
        batch.puts[BULK][number.to_bytes(4, "big")] = os.urandom(100_000)
    store.apply(batch)

    with pytest.raises(StoreFull):
        store.snapshot(disk / "copy")()

    assert not (disk / "copy").exists()
    assert store.get(BULK, b"\0\0\0\1") is not None
    store.close()


def test_deletes_go_on_until_what_was_freed_is_written_anew(disk: Path) -> None:
    store = sqlite(disk)
    written = fill(store)

    for number in range(written - 10):
        store.apply(deletion(number))

    check_whole(store, list(range(written - 10, written)))
    for number in range(written, written + 30):
        store.apply(message(number))
    check_whole(store, list(range(written - 10, written + 30)))
    store.close()


def test_when_room_returns_everything_goes_on_and_the_ballast_is_made_again(disk: Path) -> None:
    hog = disk / "hog"
    descriptor = os.open(hog, os.O_CREAT | os.O_WRONLY)
    os.posix_fallocate(descriptor, 0, DISK // 2)
    os.close(descriptor)
    ballast = Ballast(disk / "ballast", BALLAST)
    store = SqliteStore.open(disk, ballast=ballast, threshold=200)
    written = fill(store)
    assert ballast.full
    store.apply(deletion(0))
    assert ballast.full

    hog.unlink()
    store.apply(message(written))

    assert not ballast.full
    assert (disk / "ballast").stat().st_blocks * 512 >= BALLAST
    check_whole(store, list(range(1, written + 1)))
    store.close()


def test_a_store_whose_own_limit_is_reached_refuses_growth_and_deletes(tmp_path: Path) -> None:
    """The same without a file system of its own: SQLite told to hold so many pages and no more."""
    store = SqliteStore.open(tmp_path, ballast=Ballast(tmp_path / "ballast", 4096))
    store._execute("COMMIT")
    store._execute("PRAGMA max_page_count=300").fetchall()
    store._execute("BEGIN")
    written = fill(store)

    check_whole(store, list(range(written)))
    store.apply(deletion(0))
    store.apply(deletion(1))
    check_whole(store, list(range(2, written)))
    store.apply(message(written))
    store.close()


def test_the_ballast_is_given_up_and_taken_back(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", BALLAST)
    assert not ballast.full
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= BALLAST

    ballast.release()
    assert ballast.full
    assert not (tmp_path / "ballast").exists()

    assert ballast.restore(0)
    assert not ballast.full
    assert (tmp_path / "ballast").stat().st_size == BALLAST


def test_a_disk_with_less_room_than_is_still_to_be_written_is_full_before_it_is(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", 1 << 12)
    for _ in range(EVERY):
        ballast.watch(0)
    assert not ballast.full

    for _ in range(EVERY):
        ballast.watch(1 << 60)

    assert ballast.full
    assert (tmp_path / "ballast").exists()
    assert not ballast.restore(1 << 60)
    assert ballast.restore(0)
    assert not ballast.full


def test_a_ballast_for_which_there_is_no_room_leaves_the_store_full(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "missing" / "ballast", BALLAST)

    assert ballast.full


@pytest.mark.parametrize(
    ("puts", "deletes", "clears", "frees"),
    [(0, 1, 0, True), (1, 1, 0, True), (2, 1, 0, False), (1, 0, 0, False), (0, 0, 1, True), (0, 0, 0, False)],
)
def test_a_batch_frees_when_it_removes_at_least_what_it_writes(
    puts: int, deletes: int, clears: int, frees: bool
) -> None:
    batch = Batch()
    batch.puts[RECORDS].update({b"p%d" % n: b"" for n in range(puts)})
    batch.puts[BULK].update({b"d%d" % n: None for n in range(deletes)})
    batch.clears.extend((RECORDS, b"a", b"b") for _ in range(clears))
    batch.adds[b"n"] = 1

    assert batch.frees() is frees
