"""CompleteMultipartUpload: the parts of an upload become an object.

Their rows and their content stay where they are; what is written is which of them make up the object.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from orrery.kernel.context import Context
from orrery.services.s3.conditions import check_write
from orrery.services.s3.contents import give_up
from orrery.services.s3.encryption import check_no_key
from orrery.services.s3.objects import ENCRYPTION, store
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.receiving import check_size, checksum_members
from orrery.services.s3.records import Bucket, Manifest, Object, Part, Upload
from orrery.services.s3.runs import Runs
from orrery.services.s3.service import OBJECT_SIZE, SMALLEST_PART, s3
from orrery.services.s3.upload_checksums import check_kept, check_listed, check_promised, checksums_in, whole_of
from orrery.services.s3.uploads import no_such_upload
from orrery.services.s3.urls import location
from orrery.wire.fault import Fault


@s3.operation(inert=("RequestPayer", "SSECustomerKeyMD5"))
def complete_multipart_upload(ctx: Context, req: Any) -> dict[str, Any]:
    """Make an object of the parts that are listed; the others are given up.

    Asked again with the same list, while the object is there, it gives the same answer: a client that missed the first
    may ask once more, and of two that ask at once one does it.
    """
    bucket = counted_bucket(ctx, req)
    listed = _listed(req)
    upload = ctx.tx.get(Upload, bucket.number, req.Key, req.UploadId)
    if upload is None:
        return _answer(ctx, bucket, _made(ctx, bucket, req, listed))
    check_no_key(req)
    promised = check_promised(upload, req)
    uploaded: dict[int, Part] = {part.number: part for part in ctx.tx.list(Part, upload.id)}
    parts = _chosen(upload, listed, uploaded)
    size = sum(part.size for part in parts)
    _check_sizes(ctx, req, parts, size)
    whole = whole_of(upload, parts)
    check_kept(promised, whole)
    check_write(req, ctx.tx.get(Object, bucket.number, req.Key))
    made = Object(
        bucket=bucket.number,
        key=upload.key,
        size=size,
        etag=_etag([part.etag for part in parts]),
        modified=upload.started,
        body=None,
        checksum=whole,
        headers=upload.headers,
        metadata=upload.metadata,
        tags=upload.tags,
        storage_class=upload.storage_class,
        manifest=upload.id,
        parts=len(parts),
    )
    _keep(ctx, upload, parts, uploaded)
    return _answer(ctx, bucket, store(ctx, made))


def _listed(req: Any) -> Sequence[Any]:
    """The parts that a request lists. Raises InvalidRequest for no list, MalformedXML for an empty or incomplete one,
    InvalidArgument and InvalidPartOrder for numbers."""
    if req.MultipartUpload is None:
        raise Fault("InvalidRequest", "You must specify at least one part")
    listed: Sequence[Any] = req.MultipartUpload.Parts or ()
    if not listed or any(part.PartNumber is None or part.ETag is None for part in listed):
        raise Fault("MalformedXML")
    last = 0
    for part in listed:
        if part.PartNumber < 1:
            raise Fault(
                "InvalidArgument",
                "PartNumber must be >= 1",
                ArgumentName="PartNumber",
                ArgumentValue=str(part.PartNumber),
            )
        if part.PartNumber <= last:
            text = "The list of parts was not in ascending order. Parts must be ordered by part number."
            raise Fault("InvalidPartOrder", text, UploadId=req.UploadId)
        last = part.PartNumber
    return listed


def _made(ctx: Context, bucket: Bucket, req: Any, listed: Sequence[Any]) -> Object:
    """The object that this upload has become with the parts listed. Raises NoSuchUpload."""
    found = ctx.tx.get(Object, bucket.number, req.Key)
    if found is None or found.manifest != req.UploadId:
        raise no_such_upload(req.UploadId)
    try:
        same = _etag([_bare(part.ETag) for part in listed]) == found.etag
    except ValueError:
        same = False
    if not same:
        raise no_such_upload(req.UploadId)
    return found


def _chosen(upload: Upload, listed: Sequence[Any], uploaded: Mapping[int, Part]) -> list[Part]:
    """The parts listed, as they were uploaded. Raises InvalidPart, and InvalidRequest for a checksum left out."""
    chosen = []
    for each in listed:
        part = uploaded.get(each.PartNumber)
        etag = _bare(each.ETag)
        if part is None or part.etag != etag or not check_listed(upload, part, checksums_in(each)):
            text = (
                "One or more of the specified parts could not be found.  The part may not have been uploaded, "
                "or the specified entity tag may not match the part's entity tag."
            )
            raise Fault("InvalidPart", text, UploadId=upload.id, PartNumber=str(each.PartNumber), ETag=etag)
        chosen.append(part)
    return chosen


def _check_sizes(ctx: Context, req: Any, parts: Sequence[Part], size: int) -> None:
    """Raises EntityTooSmall for a part, EntityTooLarge for the whole, InvalidRequest when another was announced."""
    least = ctx.limit(SMALLEST_PART)
    small = next((part for part in parts[:-1] if part.size < least), None)
    if small is not None:
        raise Fault(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
            ETag=small.etag,
            MinSizeAllowed=str(least),
            ProposedSize=str(small.size),
            PartNumber=str(small.number),
        )
    check_size(size, ctx.limit(OBJECT_SIZE))
    if req.MpuObjectSize is not None and req.MpuObjectSize != size:
        text = (
            f"The provided 'x-amz-mp-object-size' header value {req.MpuObjectSize} "
            f"does not match what was computed: {size}"
        )
        raise Fault("InvalidRequest", text)


def _keep(ctx: Context, upload: Upload, parts: Sequence[Part], uploaded: Mapping[int, Part]) -> None:
    """The upload is over: what was listed is the object's, the other parts go."""
    give_up(ctx, upload.id, [uploaded[number] for number in uploaded.keys() - {part.number for part in parts}])
    runs = Runs.pack((part.number, part.size) for part in parts)
    ctx.tx.insert(Manifest(upload.id, len(parts), runs, upload.explicit))
    ctx.tx.delete(upload)


def _etag(etags: Sequence[str]) -> str:
    """The ETag of an object in parts: the MD5 of theirs, and how many they are. Raises ValueError for what is none."""
    joined = b"".join(map(bytes.fromhex, etags))
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"


def _bare(etag: str) -> str:
    return etag.strip().strip('"')


def _answer(ctx: Context, bucket: Bucket, made: Object) -> dict[str, Any]:
    return {
        "Location": location(ctx, bucket.name, made.key),
        "Bucket": bucket.name,
        "Key": made.key,
        "ETag": f'"{made.etag}"',
        "ServerSideEncryption": ENCRYPTION,
        **checksum_members(made.checksum),
    }
