"""Where the bytes of an object are: in one body, or in the parts it was uploaded in."""

from __future__ import annotations

from bisect import bisect_right

from msgspec.structs import replace

from orrery.kernel.blobs import BlobRef
from orrery.kernel.bodies import Outgoing, Slice
from orrery.kernel.context import Context
from orrery.services.s3.records import Manifest, Object, Part
from orrery.services.s3.service import BODIES


def content(ctx: Context, found: Object, offset: int, length: int) -> bytes | Outgoing:
    """So many bytes of an object from `offset`, to be sent or read."""
    if found.body is not None:
        reader = ctx.open(BODIES, found.body)
        if found.body.packed:
            return reader.read(offset, length)
        return Outgoing([Slice(reader, offset, length)])
    slices = [
        Slice(ctx.open(BODIES, part.body, later=True), part.offset + start, size)
        for part, start, size in parts_within(ctx, found, offset, length)
    ]
    return Outgoing(slices)


def parts_within(ctx: Context, found: Object, offset: int, length: int) -> list[tuple[Part, int, int]]:
    """The parts that a range of an object touches; of each, the offset in it and the number of bytes."""
    manifest = ctx.tx.one(Manifest, found.manifest)
    place = bisect_right(manifest.starts, offset) - 1
    touched: list[tuple[Part, int, int]] = []
    end = offset + length
    while offset < end:
        part = ctx.tx.one(Part, found.manifest, manifest.numbers[place])
        start = offset - manifest.starts[place]
        size = min(part.size - start, end - offset)
        if size > 0:
            touched.append((part, start, size))
            offset += size
        place += 1
    return touched


def share_content(ctx: Context, found: Object) -> tuple[BlobRef | None, str]:
    """Body and manifest of another object with the content of this one, which both hold from now on."""
    if found.body is not None:
        return ctx.hold(BODIES, found.body), ""
    manifest = ctx.tx.one(Manifest, found.manifest)
    ctx.tx.replace(manifest, replace(manifest, holders=manifest.holders + 1))
    return None, manifest.id


def release_content(ctx: Context, old: Object) -> None:
    """Give up the content of an object that is no more."""
    if old.body is not None:
        ctx.release(BODIES, old.body)
    if old.manifest:
        manifest = ctx.tx.one(Manifest, old.manifest)
        if manifest.holders > 1:
            ctx.tx.replace(manifest, replace(manifest, holders=manifest.holders - 1))
        else:
            release_parts(ctx, old.manifest)
            ctx.tx.delete(manifest)


def release_parts(ctx: Context, manifest: str) -> None:
    """Delete all parts of an upload, or of the object that came of it, with their content."""
    parts = ctx.tx.list(Part, manifest)
    ctx.release(BODIES, *(part.body for part in parts))
    ctx.tx.clear(Part, manifest)
