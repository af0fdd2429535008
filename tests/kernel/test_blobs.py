"""Bodies: whole or absent, readable by range, gone only when nobody needs them."""

import asyncio
import errno
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from orrery.kernel.blob_file import HEADER, BlobDamaged
from orrery.kernel.blob_streams import ROOMY, UNPLANNED
from orrery.kernel.blobs import PACKED, BlobRef, Blobs, Written
from orrery.kernel.store.contract import BULK, Batch, StoreFailed, StoreFull
from orrery.kernel.store.sqlite import SqliteStore


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = SqliteStore.memory()
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path, store: SqliteStore) -> Iterator[Blobs]:
    opened = Blobs(tmp_path, store, b"\0\1", durability="crash")
    yield opened
    opened.close()


def written(blobs: Blobs, store: SqliteStore, body: bytes, piece: int = 10_000) -> BlobRef:
    """Write a body piece by piece and commit what its reference needs."""
    writer = blobs.writer()
    for start in range(0, len(body), piece):
        writer.write(body[start : start + piece])
    return committed(store, asyncio.run(writer.commit()))


def committed(store: SqliteStore, done: Written) -> BlobRef:
    if done.entry is not None:
        batch = Batch()
        batch.puts[BULK].update([done.entry])
        store.apply(batch)
    return done.ref


def files(directory: Path) -> list[Path]:
    return [file for file in directory.rglob("*") if file.is_file()]


@pytest.mark.parametrize("size", [0, 1, PACKED - 1, PACKED, PACKED + 1, 64 << 10, 1_000_003])
def test_a_body_comes_back_whole_and_by_ranges(blobs: Blobs, store: SqliteStore, size: int) -> None:
    body = random.Random(size).randbytes(size)
    ref = written(blobs, store, body)

    reader = blobs.open(ref)

    assert ref.length == reader.length == size
    assert reader.read(0, size) == body
    assert reader.read(0, size + 100) == body
    assert reader.read(size // 2, 100) == body[size // 2 : size // 2 + 100]
    assert reader.read(size, 10) == b""
    reader.close()
    reader.close()


def test_small_bodies_lie_in_the_store_and_large_ones_in_files(
    blobs: Blobs, store: SqliteStore, tmp_path: Path
) -> None:
    small, large = written(blobs, store, bytes(PACKED)), written(blobs, store, bytes(PACKED + 1))

    assert small.packed
    assert not large.packed
    assert store.keys(BULK, b"\0", b"\xff") == [blobs.key(small)]
    assert files(tmp_path) == [blobs.path(large.id)]
    assert blobs.path(large.id).stat().st_mode & 0o077 == 0


def test_a_small_body_known_at_once_is_packed(blobs: Blobs, store: SqliteStore) -> None:
    ref = committed(store, blobs.pack(b"body"))

    assert blobs.open(ref).read(0, 4) == b"body"
    with pytest.raises(ValueError, match="at most"):
        blobs.pack(bytes(PACKED + 1))


def test_a_file_can_be_sent_as_it_is(blobs: Blobs, store: SqliteStore) -> None:
    body = random.Random(1).randbytes(100_000)
    reader = blobs.open(written(blobs, store, body))

    sent = reader.file(500)

    assert sent is not None
    descriptor, offset = sent
    assert os.pread(descriptor, 1000, offset) == body[500:1500]
    reader.close()
    assert reader.file(0) is None
    assert blobs.open(written(blobs, store, b"small")).file(0) is None


def test_ids_rise_and_differ(blobs: Blobs) -> None:
    ids = [blobs.new_id() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert ids == sorted(ids)


def test_a_deleted_file_stays_until_its_last_reader_is_closed(blobs: Blobs, store: SqliteStore) -> None:
    body = random.Random(1).randbytes(100_000)
    ref = written(blobs, store, body)
    first, second = blobs.open(ref), blobs.open(ref)

    blobs.delete([ref])
    first.close()
    blobs.close()
    assert blobs.path(ref.id).exists()
    assert second.read(99_000, 1000) == body[99_000:]

    second.close()
    blobs.close()
    assert not blobs.path(ref.id).exists()
    with pytest.raises(BlobDamaged):
        blobs.open(ref)


def test_a_file_that_is_opened_later_stays_from_now_on(blobs: Blobs, store: SqliteStore) -> None:
    body = random.Random(1).randbytes(100_000)
    ref = written(blobs, store, body)
    reader = blobs.open(ref, later=True)
    assert reader._descriptor is None

    blobs.delete([ref])
    blobs.close()

    assert reader.read(500, 1000) == body[500:1500]
    assert reader.file(500) is not None
    reader.close()
    blobs.close()
    assert not blobs.path(ref.id).exists()


def test_a_file_that_is_opened_later_and_never_read_is_let_go(blobs: Blobs, store: SqliteStore) -> None:
    ref = written(blobs, store, bytes(50_000))
    reader = blobs.open(ref, later=True)
    blobs.delete([ref])

    reader.close()
    reader.close()
    blobs.close()

    assert not blobs.path(ref.id).exists()
    with pytest.raises(BlobDamaged, match="closed"):
        reader._opened()


def test_a_damaged_file_that_is_opened_later_is_noticed_when_it_is_read(blobs: Blobs, store: SqliteStore) -> None:
    ref = written(blobs, store, bytes(50_000))
    reader = blobs.open(ref, later=True)
    os.truncate(blobs.path(ref.id), 40_000)

    with pytest.raises(BlobDamaged, match="39984 bytes"):
        reader.read(0, 10)
    reader.close()


def test_a_deleted_file_without_readers_is_removed(blobs: Blobs, store: SqliteStore, tmp_path: Path) -> None:
    refs = [written(blobs, store, bytes(50_000)) for _ in range(3)]

    blobs.delete([*refs, written(blobs, store, b"packed")])
    blobs.close()

    assert files(tmp_path) == []


def test_an_abandoned_body_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    writer = blobs.writer()
    writer.write(bytes(100_000))
    assert len(files(tmp_path)) == 1

    writer.abandon()
    writer.abandon()

    assert files(tmp_path) == []


def test_a_start_removes_what_was_being_written(blobs: Blobs, store: SqliteStore, tmp_path: Path) -> None:
    blobs.writer().write(bytes(100_000))

    Blobs(tmp_path, store, b"\0\1", durability="crash")

    assert files(tmp_path) == []


def test_a_sweep_removes_the_files_of_earlier_starts_that_nothing_refers_to(
    blobs: Blobs, store: SqliteStore, tmp_path: Path
) -> None:
    kept, orphan = written(blobs, store, bytes(50_000)), written(blobs, store, bytes(50_000))
    later = Blobs(tmp_path, store, b"\0\1", durability="crash")
    young = written(later, store, bytes(50_000))
    asked: list[bytes] = []

    async def live(ids: Sequence[bytes]) -> set[bytes]:
        asked.extend(ids)
        return {kept.id}

    removed = asyncio.run(later.sweep(live))
    later.close()

    assert removed == 1
    assert sorted(asked) == sorted([kept.id, orphan.id])
    assert sorted(files(tmp_path)) == sorted([later.path(kept.id), later.path(young.id)])


def test_a_damaged_file_is_not_opened(blobs: Blobs, store: SqliteStore) -> None:
    cut, odd, gone = (written(blobs, store, bytes(50_000)) for _ in range(3))
    os.truncate(blobs.path(cut.id), 40_000)
    with blobs.path(odd.id).open("r+b") as file:
        file.seek(4)
        file.write(b"\x07")
    blobs.path(gone.id).unlink()

    with pytest.raises(BlobDamaged, match="39984 bytes instead of 50000"):
        blobs.open(cut)
    with pytest.raises(BlobDamaged, match="unknown format"):
        blobs.open(odd)
    with pytest.raises(BlobDamaged, match="No such file"):
        blobs.open(gone)
    with pytest.raises(BlobDamaged, match="not there"):
        blobs.open(BlobRef(b"\0" * 16, 3, packed=True))


def test_a_file_cut_short_under_a_reader_is_noticed(blobs: Blobs, store: SqliteStore) -> None:
    ref = written(blobs, store, bytes(50_000))
    reader = blobs.open(ref)
    os.truncate(blobs.path(ref.id), HEADER + 10)

    with pytest.raises(BlobDamaged, match="cut short"):
        reader.read(0, 50_000)
    reader.close()


def test_with_power_the_content_is_synced_before_it_is_named_and_the_name_before_it_is_told(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = Blobs(tmp_path, store, b"\0\1", durability="power")
    seen: list[tuple[str, list[str]]] = []

    def names() -> list[str]:
        return sorted({file.parent.name for file in files(tmp_path)})

    monkeypatch.setattr("orrery.kernel.blobs.sync_file", lambda _: seen.append(("content", names())))
    monkeypatch.setattr("orrery.kernel.blobs.sync_path", lambda path: seen.append((path.name, names())))
    ref = written(blobs, store, bytes(50_000))

    shard = blobs.path(ref.id).parent.name
    assert seen == [("content", ["new"]), (shard, [shard]), (tmp_path.name, [shard])]


def test_with_power_the_directories_that_were_made_are_on_the_disk_before_any_body(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("orrery.kernel.blobs.sync_path", synced.append)

    Blobs(tmp_path / "service" / "content", store, b"\0\1", durability="power").close()
    made = list(synced)
    Blobs(tmp_path / "service" / "content", store, b"\0\1", durability="power").close()

    assert made == [tmp_path / "service", tmp_path]
    assert synced == made


def test_a_failed_sync_ends_the_process(tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons: list[str] = []
    blobs = Blobs(tmp_path, store, b"\0\1", durability="power", end=reasons.append)

    def failing(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("orrery.kernel.blobs.sync_file", failing)
    with pytest.raises(OSError, match="Input/output"):
        written(blobs, store, bytes(50_000))

    assert len(reasons) == 1


def test_a_full_disk_is_told_and_leaves_nothing(blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = blobs.writer()
    writer.write(bytes(50_000))

    def full(descriptor: int, data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orrery.kernel.blobs.os.write", full)
    with pytest.raises(StoreFull, match="No space"):
        writer.write(bytes(50_000))

    assert files(tmp_path) == []


@pytest.mark.parametrize("size", [UNPLANNED + 1, UNPLANNED + 100_000])
def test_a_long_body_is_as_long_as_it_was_written_though_more_was_reserved(
    blobs: Blobs, store: SqliteStore, size: int
) -> None:
    ref = written(blobs, store, bytes(size), piece=100_000)

    assert blobs.path(ref.id).stat().st_size == HEADER + size


def test_a_long_body_is_written_where_no_more_can_be_reserved(
    blobs: Blobs, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, offset: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orrery.kernel.blob_streams.os.posix_fallocate", full)
    ref = written(blobs, store, bytes(UNPLANNED + 1), piece=100_000)

    reader = blobs.open(ref)
    assert reader.read(UNPLANNED, 10) == b"\0"
    reader.close()


@pytest.mark.parametrize(("free", "reserves"), [(ROOMY - 4096, False), (ROOMY, True)])
def test_where_the_disk_has_little_left_a_body_takes_no_more_than_it_needs(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch, free: int, reserves: bool
) -> None:
    reserved: list[int] = []
    monkeypatch.setattr(os, "fstatvfs", lambda _: SimpleNamespace(f_bavail=free // 4096, f_frsize=4096))
    monkeypatch.setattr(os, "posix_fallocate", lambda _, offset, length: reserved.append(length))

    writer = blobs.writer()
    for _ in range(3):
        writer.write(bytes(UNPLANNED))
    writer.abandon()

    assert bool(reserved) == reserves


def test_what_was_reserved_and_cannot_be_given_back_leaves_nothing(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int, length: int) -> None:
        raise OSError(5, "Input/output error")

    writer = blobs.writer()
    for _ in range(2):
        writer.write(bytes(UNPLANNED))
    monkeypatch.setattr("orrery.kernel.blob_streams.os.ftruncate", broken)

    with pytest.raises(StoreFailed, match="Input/output"):
        asyncio.run(writer.commit())

    assert files(tmp_path) == []


@pytest.mark.parametrize("later", [False, True])
def test_a_body_is_not_called_damaged_because_too_many_files_are_open(
    blobs: Blobs, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    ref = written(blobs, store, b"x" * (PACKED + 1))

    def refuse(path: str, flags: int) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        with pytest.raises(StoreFailed, match="Too many open files"):
            blobs.open(ref, later=later).read(0, 1)

    assert blobs.open(ref).read(0, 1) == b"x"
