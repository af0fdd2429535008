"""Where the bytes of an object are: in one body, or in the parts it was uploaded in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from orrery.kernel.blobs import BlobRef
from orrery.kernel.bodies import Outgoing, Slice
from orrery.kernel.context import Context
from orrery.kernel.jobs import Again
from orrery.services.s3.records import Manifest, Object, Part
from orrery.services.s3.runs import Span
from orrery.services.s3.service import BODIES, s3

TURN: Final = 500
"""Parts that are deleted in one transaction: more would hold the loop."""

_FEW: Final = 8
"""Parts up to which each is read by its key."""


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
    if not length:
        return []
    order = ctx.tx.one(Manifest, found.manifest).order
    spans = list(order.parts(order.place_of(offset), order.place_of(offset + length - 1) + 1))
    end = offset + length
    touched = []
    for part, span in zip(_rows(ctx, found.manifest, spans), spans, strict=True):
        start = max(offset - span.offset, 0)
        if part.size:
            touched.append((part, start, min(part.size, end - span.offset) - start))
    return touched


def _rows(ctx: Context, manifest: str, spans: Sequence[Span]) -> list[Part]:
    """The rows of parts in sequence; of many, read in one go."""
    if len(spans) < _FEW:
        return ctx.tx.many(Part, [(manifest, span.number) for span in spans])
    rows: list[Part] = ctx.tx.list(Part, manifest, start=(spans[0].number,), stop=(spans[-1].number + 1,))
    found = {part.number: part for part in rows}
    return [found[span.number] for span in spans]


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
    """Delete all parts of an upload, or of the object that came of it, with their content: at once, or in turns when
    they are many."""
    give_up(ctx, manifest, ctx.tx.list(Part, manifest, limit=TURN + 1))


def give_up(ctx: Context, manifest: str, parts: Sequence[Part]) -> None:
    """Delete those of an upload's parts that no object is made of; when they are too many, soon."""
    if len(parts) > TURN:
        ctx.schedule(drop_parts, at=ctx.now, manifest=manifest)
    else:
        _drop(ctx, parts)


@s3.job(foreground=False)
def drop_parts(ctx: Context, manifest: str, after: int = 0) -> Again | None:
    """Delete the parts of an upload that is over, but those that an object is made of; a turn's worth of them."""
    made = ctx.tx.get(Manifest, manifest)
    kept = {span.number for span in made.order.parts(0, made.count)} if made is not None else ()
    parts: list[Part] = ctx.tx.list(Part, manifest, after=(after,), limit=TURN)
    _drop(ctx, [part for part in parts if part.number not in kept])
    return Again({"manifest": manifest, "after": parts[-1].number}) if len(parts) == TURN else None


def _drop(ctx: Context, parts: Sequence[Part]) -> None:
    """Delete parts with their content."""
    for part in parts:
        ctx.tx.delete(part)
    ctx.release(BODIES, *(part.body for part in parts))
