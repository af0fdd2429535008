"""Bodies and records: nothing half visible, nothing lost, nothing left over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.harness import PICTURES, Bench, run, toy

from orrery.kernel.blobs import PACKED, BlobRef
from orrery.kernel.context import Context
from orrery.kernel.records import Record
from orrery.kernel.store.contract import BULK

LARGE = 3 * PACKED


@toy.table(key="name")
class Picture(Record, frozen=True):
    """A record with a body."""

    name: str
    body: BlobRef


def files(directory: Path) -> list[str]:
    """The names of all content files, those being written too."""
    return sorted(file.name for file in directory.rglob("*") if file.is_file())


def drawn(name: str, size: int = LARGE, mark: bytes = b"x") -> Callable[..., Any]:
    """An operation that keeps a body under a name, in place of the one before."""

    async def draw(ctx: Context, values: Any) -> dict[str, Any]:
        writer = ctx.write(PICTURES)
        for start in range(0, size, PACKED):
            writer.write(mark * min(PACKED, size - start))
        written = await writer.commit()
        await ctx.transaction(lambda ctx: keep(ctx, name, ctx.hold(PICTURES, written)))
        return {}

    return draw


def keep(ctx: Context, name: str, body: BlobRef) -> None:
    """Put a picture over the one before."""
    old = ctx.tx.get(Picture, name)
    ctx.tx.put(Picture(name, body))
    if old is not None:
        ctx.release(PICTURES, old.body)


def copy(ctx: Context, values: Any) -> None:
    """Let a second record have the body of the first."""
    source, target = values
    keep(ctx, target, ctx.hold(PICTURES, ctx.tx.one(Picture, source).body))


def drop(ctx: Context, name: Any) -> None:
    """Delete a picture."""
    picture = ctx.tx.one(Picture, name)
    ctx.tx.delete(picture)
    ctx.release(PICTURES, picture.body)


def look(ctx: Context, name: Any) -> dict[str, bytes]:
    """The body of a picture, read whole."""
    reader = ctx.open(PICTURES, ctx.tx.one(Picture, name).body)
    try:
        return {"body": reader.read(0, reader.length)}
    finally:
        reader.close()


def told(bench: Bench) -> None:
    """Wait until what was released is gone."""
    bench.kernel.committer.flush()
    bench.kernel.contents.close()


@pytest.mark.parametrize("size", [0, 1, PACKED, PACKED + 1, 1_000_000])
def test_a_body_comes_back_with_its_record(tmp_path: Path, size: int) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea", size))

        assert await bench.call(look, "sea") == {"body": b"x" * size}
        assert len(files(tmp_path)) == (size > PACKED)

    run(story, content=tmp_path)


def test_a_small_body_is_read_by_an_operation_of_the_same_tick(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        def pack(ctx: Context, values: Any) -> None:
            keep(ctx, "sea", ctx.hold(PICTURES, ctx.pack(PICTURES, b"blue")))

        packed, seen = bench.call(pack), bench.call(look, "sea")

        assert not packed.done()
        assert await seen == {"body": b"blue"}

    run(story, content=tmp_path)


def test_a_packed_body_goes_with_its_record_and_a_file_after_the_commit(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("small", 10))
        await bench.call(drawn("large"))
        assert len(bench.store.keys(BULK, b"\0", b"\xff")) == 1

        small, large = bench.call(drop, "small"), bench.call(drop, "large")
        assert len(files(tmp_path)) == 1
        await small
        await large
        told(bench)

        assert files(tmp_path) == []
        assert bench.store.keys(BULK, b"\0", b"\xff") == []
        assert bench.kernel.contents.held(PICTURES) == []

    run(story, content=tmp_path)


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_copy_stays_when_its_source_goes(tmp_path: Path, size: int) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea", size))
        await bench.call(copy, ("sea", "copy"))
        await bench.call(copy, ("copy", "copy"))
        assert len(files(tmp_path)) == (size == LARGE)

        await bench.call(drop, "sea")
        told(bench)
        assert await bench.call(look, "copy") == {"body": b"x" * size}

        await bench.call(drop, "copy")
        told(bench)
        assert files(tmp_path) == []
        assert bench.store.keys(BULK, b"\0", b"\xff") == []

    run(story, content=tmp_path)
