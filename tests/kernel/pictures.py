"""Operations on records with bodies, for the tests of bodies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kernel.harness import PICTURES, Bench, toy

from orrery.kernel.blobs import CLEAN, PACKED, BlobRef
from orrery.kernel.context import Context
from orrery.kernel.records import Record

LARGE = 3 * PACKED


@toy.table(key="name")
class Picture(Record, frozen=True):
    """A record with a body."""

    name: str
    body: BlobRef


def files(directory: Path) -> list[str]:
    """The names of all content files, those being written too."""
    return sorted(file.name for file in directory.rglob("*") if file.is_file() and file.name != CLEAN)


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


async def told(bench: Bench) -> None:
    """Wait until what was released is gone."""
    bench.kernel.committer.flush()
    await bench.kernel.contents.emptied()
