"""Parts of a multipart upload: taking them in, copying them from objects, listing them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
"""

from __future__ import annotations

from typing import Any, Final

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.encryption import check_no_key
from orrery.services.s3.objects import ENCRYPTION
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.receiving import Received, receive
from orrery.services.s3.records import Part, Upload
from orrery.services.s3.service import BODIES, PART_SIZE, PARTS, s3
from orrery.services.s3.upload_checksums import check_sent
from orrery.services.s3.uploads import chosen_members, people, upload_of
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND
from orrery.wire.signing.checksums import write

_MOST: Final = 1000


@s3.operation(inert=("ContentLength", "ContentMD5", "RequestPayer", "ChecksumAlgorithm"))
async def upload_part(ctx: Context, req: Any) -> dict[str, Any]:
    """Take in a part; what was uploaded under its number before is gone with the same commit."""
    upload = ctx.attempt(lambda ctx: _admit(ctx, req))
    received = await receive(ctx, req.Body, ctx.limit(PART_SIZE), upload.algorithm)
    try:
        return await ctx.transaction(lambda ctx: _put(ctx, req, received))
    except BaseException:
        ctx.discard(BODIES, received.written)
        raise


def _admit(ctx: Context, req: Any) -> Upload:
    """What can be said before the body comes."""
    upload = admit_part(ctx, req)
    check_sent(upload, req.Body.algorithm)
    return upload


def admit_part(ctx: Context, req: Any) -> Upload:
    """The upload that a part is for. Raises InvalidArgument for a number out of range, NoSuchUpload, InvalidRequest
    for a key to encrypt it with, which no upload was begun with."""
    bucket = counted_bucket(ctx, req)
    most = ctx.limit(PARTS)
    if not 1 <= req.PartNumber <= most:
        text = f"Part number must be an integer between 1 and {most}, inclusive"
        raise Fault("InvalidArgument", text, ArgumentName="partNumber", ArgumentValue=str(req.PartNumber))
    upload = upload_of(ctx, bucket, req)
    if req.SSECustomerAlgorithm is not None or req.SSECustomerKey is not None:
        text = (
            "The multipart upload initiate requested encryption. "
            "Subsequent part requests must include the appropriate encryption parameters."
        )
        raise Fault("InvalidRequest", text)
    return upload


def _put(ctx: Context, req: Any, received: Received) -> dict[str, Any]:
    upload = still_open(ctx, req)
    part = store_part(
        ctx,
        Part(
            manifest=upload.id,
            number=req.PartNumber,
            size=received.size,
            etag=received.md5,
            modified=ctx.now,
            body=ctx.hold(BODIES, received.written),
            checksum=received.checksum,
        ),
    )
    answer = {"ETag": f'"{part.etag}"', "ServerSideEncryption": ENCRYPTION}
    if req.Body.algorithm is not None:
        answer[f"Checksum{req.Body.algorithm}"] = write(req.Body.digest)
    return answer


def still_open(ctx: Context, req: Any) -> Upload:
    """The upload that was admitted, where it was not given up or completed while its part was coming. Raises the
    faults of its bucket, and NoSuchUpload."""
    return upload_of(ctx, bucket_of(ctx, req), req)


def store_part(ctx: Context, new: Part) -> Part:
    """Make `new` the part of its number; the content of the one before it is given up."""
    old = ctx.tx.get(Part, new.manifest, new.number)
    ctx.tx.put(new)
    if old is not None:
        ctx.release(BODIES, old.body)
    return new


@s3.operation(inert=("RequestPayer", "SSECustomerKeyMD5"))
def list_parts(ctx: Context, req: Any) -> dict[str, Any]:
    """A page of the parts uploaded so far, by number."""
    bucket = counted_bucket(ctx, req)
    upload = upload_of(ctx, bucket, req)
    check_no_key(req)
    limit = _MOST if req.MaxParts is None else min(req.MaxParts, _MOST)
    marker = req.PartNumberMarker or 0
    found: list[Part] = ctx.tx.list(Part, upload.id, after=(marker,), limit=limit + 1)
    shown = found[:limit]
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": marker,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": limit,
        "IsTruncated": len(found) > limit > 0,
        "StorageClass": upload.storage_class,
        "Parts": [_view(upload, part) for part in shown],
        **people(bucket, upload),
        **chosen_members(upload),
    }


def _view(upload: Upload, part: Part) -> dict[str, Any]:
    view = {
        "PartNumber": part.number,
        "LastModified": part.modified // SECOND * SECOND,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
    }
    return {**view, **shown_checksum(upload, part)}


def shown_checksum(upload: Upload, part: Part) -> dict[str, str]:
    """A part's checksum as a member of an answer, where the client chose one when the upload began."""
    if not upload.explicit or part.checksum is None:
        return {}
    return {f"Checksum{part.checksum.algorithm}": part.checksum.value}
