"""UploadPartCopy: a part made of an object that is there already, or of a range of it.

Where the source lies in one content file the part shares it, and the bytes are read only to sum them.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from orrery.kernel.blobs import BlobRef
from orrery.kernel.bodies import Outgoing
from orrery.kernel.context import Context
from orrery.services.s3.contents import content, parts_within
from orrery.services.s3.copy_source import CopySource, source_of
from orrery.services.s3.digesting import Digests, digest
from orrery.services.s3.objects import ENCRYPTION
from orrery.services.s3.parts import admit_part, shown_checksum, still_open, store_part
from orrery.services.s3.records import Bucket, Object, Part
from orrery.services.s3.service import BODIES, COPY_SIZE, s3
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND

_RANGE: Final = re.compile(r"bytes=(\d{1,18})-(\d{1,18})\Z", re.ASCII)


class Plan(NamedTuple):
    """What is to be copied: the source as it was, the range of it, its bytes opened, the checksums' algorithm; and
    the content to be shared with the offset in it, or None when the bytes are to be written anew."""

    name: CopySource
    source: Object
    length: int
    body: bytes | Outgoing
    algorithm: str
    shared: tuple[BlobRef, int] | None


@s3.operation(inert=("RequestPayer", "SSECustomerKeyMD5", "CopySourceSSECustomerKeyMD5"))
async def upload_part_copy(ctx: Context, req: Any) -> dict[str, Any]:
    """Copy an object, or a range of it, into a part."""
    answer = await _copy(ctx, req, share=True)
    if answer is None:  # the source was written over while it was read
        answer = await _copy(ctx, req, share=False)
    assert answer is not None
    return answer


async def _copy(ctx: Context, req: Any, *, share: bool) -> dict[str, Any] | None:
    """None when the content that was to be shared is the source's no longer."""
    plan = ctx.attempt(lambda ctx: _plan(ctx, req, share=share))
    if plan.shared is not None:
        digests = await digest(plan.body, plan.algorithm)
        return await ctx.transaction(lambda ctx: _put_shared(ctx, req, plan, digests))
    writer = ctx.write(BODIES)
    digests = await digest(plan.body, plan.algorithm, writer.write)
    written = await writer.commit()
    return await ctx.transaction(lambda ctx: _put(ctx, req, plan, digests, ctx.hold(BODIES, written), 0))


def _plan(ctx: Context, req: Any, *, share: bool) -> Plan:
    upload = admit_part(ctx, req)
    name, source = source_of(ctx, req)
    offset, length = _range(ctx, req.CopySourceRange, source.size)
    shared = _shared(ctx, source, offset, length) if share else None
    return Plan(name, source, length, content(ctx, source, offset, length), upload.algorithm, shared)


def _range(ctx: Context, text: str | None, size: int) -> tuple[int, int]:
    """Offset and length of what is copied. Raises InvalidArgument, and InvalidRequest for more than a copy takes."""
    offset, length = 0, size
    if text is not None:
        found = _RANGE.match(text)
        if found is None or int(found[1]) > int(found[2]):
            message = (
                "The x-amz-copy-source-range value must be of the form bytes=first-last "
                "where first and last are the zero-based offsets of the first and last bytes to copy"
            )
            raise _invalid(message, text)
        if int(found[2]) >= size:
            raise _invalid(f"Range specified is not valid for source object of size: {size}", text)
        offset, length = int(found[1]), int(found[2]) - int(found[1]) + 1
    most = ctx.limit(COPY_SIZE)
    if length > most:
        message = f"The specified copy source is larger than the maximum allowable size for a copy source: {most}"
        raise Fault("InvalidRequest", message)
    return offset, length


def _invalid(message: str, text: str) -> Fault:
    return Fault("InvalidArgument", message, ArgumentName="x-amz-copy-source-range", ArgumentValue=text)


def _shared(ctx: Context, source: Object, offset: int, length: int) -> tuple[BlobRef, int] | None:
    """The one content file in which a range lies, and its offset there."""
    ref = source.body
    if ref is None:
        touched = parts_within(ctx, source, offset, length)
        if len(touched) != 1:
            return None
        part, start, _ = touched[0]
        ref, offset = part.body, part.offset + start
    return None if ref.packed else (ref, offset)


def _put_shared(ctx: Context, req: Any, plan: Plan, digests: Digests) -> dict[str, Any] | None:
    bucket = ctx.tx.get(Bucket, plan.name.bucket)
    if bucket is None or ctx.tx.get(Object, bucket.number, plan.name.key) != plan.source:
        return None
    assert plan.shared is not None
    ref, offset = plan.shared
    return _put(ctx, req, plan, digests, ctx.hold(BODIES, ref), offset)


def _put(ctx: Context, req: Any, plan: Plan, digests: Digests, body: BlobRef, offset: int) -> dict[str, Any]:
    upload = still_open(ctx, req)
    part = store_part(
        ctx,
        Part(
            manifest=upload.id,
            number=req.PartNumber,
            size=plan.length,
            etag=digests.md5,
            modified=ctx.now,
            body=body,
            offset=offset,
            checksum=digests.checksum,
        ),
    )
    result = {
        "ETag": f'"{part.etag}"',
        "LastModified": part.modified // SECOND * SECOND,
        **shown_checksum(upload, part),
    }
    return {"CopyPartResult": result, "ServerSideEncryption": ENCRYPTION}
