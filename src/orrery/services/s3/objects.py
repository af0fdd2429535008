"""Writing and reading whole objects: PutObject, GetObject, HeadObject.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from __future__ import annotations

from typing import Any, Final

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.conditions import check_read, check_write, no_such_key
from orrery.services.s3.contents import content, release_content
from orrery.services.s3.description import Description, describe
from orrery.services.s3.encryption import check_no_key
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.ranges import read_range
from orrery.services.s3.receiving import Received, checksum_members, receive
from orrery.services.s3.records import NULL, Bucket, Manifest, Object, Part
from orrery.services.s3.service import BODIES, PUT_SIZE, s3
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND

ENCRYPTION: Final = "AES256"
"""What S3 says of every object since January 2023.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html"""

_ARCHIVED: Final = ("GLACIER", "DEEP_ARCHIVE")
_OVERRIDES: Final = {
    "CacheControl": "ResponseCacheControl",
    "ContentDisposition": "ResponseContentDisposition",
    "ContentEncoding": "ResponseContentEncoding",
    "ContentLanguage": "ResponseContentLanguage",
    "ContentType": "ResponseContentType",
    "Expires": "ResponseExpires",
}


@s3.operation(inert=("RequestPayer",))
async def put_object(ctx: Context, req: Any) -> dict[str, Any]:
    """Write an object; the key's object before it, if there was one, is gone with the same commit."""
    description = ctx.attempt(lambda ctx: _admit(ctx, req))
    received = await receive(ctx, req.Body, ctx.limit(PUT_SIZE))
    try:
        return await ctx.transaction(lambda ctx: _put(ctx, req, description, received))
    except BaseException:
        ctx.discard(BODIES, received.written)
        raise


def _admit(ctx: Context, req: Any) -> Description:
    """What can be said before the body comes."""
    bucket = counted_bucket(ctx, req)
    if req.WriteOffsetBytes is not None:
        raise not_built("x-amz-write-offset-bytes")
    description = describe(ctx, bucket, req)
    if req.IfMatch is not None or req.IfNoneMatch is not None:
        check_write(req, ctx.tx.get(Object, bucket.number, req.Key))
    return description


def _put(ctx: Context, req: Any, description: Description, received: Received) -> dict[str, Any]:
    bucket = bucket_of(ctx, req)
    check_write(req, ctx.tx.get(Object, bucket.number, req.Key))
    written = put_received(ctx, bucket, req.Key, description, received)
    return {"ETag": f'"{written.etag}"', "ServerSideEncryption": ENCRYPTION, **checksum_members(written.checksum)}


def put_received(ctx: Context, bucket: Bucket, key: str, description: Description, received: Received) -> Object:
    """Write an object of bytes that were taken in, in the open transaction."""
    return store(
        ctx,
        Object(
            bucket=bucket.number,
            key=key,
            size=received.size,
            etag=received.md5,
            modified=ctx.now,
            body=ctx.hold(BODIES, received.written),
            checksum=received.checksum,
            headers=dict(description.headers),
            metadata=dict(description.metadata),
            tags=dict(description.tags),
            storage_class=description.storage_class,
        ),
    )


def store(ctx: Context, new: Object) -> Object:
    """Make `new` the object of its key; the content of the one before it is given up. Every write ends here."""
    old = ctx.tx.get(Object, new.bucket, new.key)
    if old is None:
        ctx.tx.insert(new)
    else:
        ctx.tx.replace(old, new)
        release_content(ctx, old)
    return new


def remove(ctx: Context, old: Object) -> None:
    """Delete an object with its content. Every deletion ends here."""
    ctx.tx.delete(old)
    release_content(ctx, old)


def find(ctx: Context, bucket: Bucket, key: str, version: str | None = None) -> Object:
    """The object of a key. Raises NoSuchKey, and NoSuchVersion where a version is named that is not there."""
    found = ctx.tx.get(Object, bucket.number, key)
    if version is not None:
        check_version(version)
        if version != NULL or found is None:
            text = "The specified version does not exist."
            raise Fault("NoSuchVersion", text, Key=key, VersionId=version)
    if found is None:
        raise no_such_key(key)
    return found


def check_version(version: str, argument: str = "versionId") -> None:
    """Raises InvalidArgument for what can be no version id: those have 32 characters, or are "null"."""
    if version != NULL and not (len(version) == 32 and version.replace("_", "a").replace(".", "a").isalnum()):
        text = "Invalid version id specified"
        raise Fault("InvalidArgument", text, ArgumentName=argument, ArgumentValue=version)


@s3.operation(inert=("RequestPayer",))
def get_object(ctx: Context, req: Any) -> dict[str, Any]:
    """An object's metadata and its bytes, all or a range or part of them."""
    found = _found(ctx, req)
    if found.storage_class in _ARCHIVED:
        text = "The operation is not valid for the object's storage class"
        raise Fault("InvalidObjectState", text, StorageClass=found.storage_class)
    offset, length, answer = _facts(ctx, req, found)
    answer["Body"] = content(ctx, found, offset, length)
    return answer


@s3.operation(inert=("RequestPayer",))
def head_object(ctx: Context, req: Any) -> dict[str, Any]:
    """An object's metadata."""
    _, length, answer = _facts(ctx, req, _found(ctx, req))
    answer["ContentLength"] = length
    return answer


def _found(ctx: Context, req: Any) -> Object:
    bucket = counted_bucket(ctx, req)
    found = find(ctx, bucket, req.Key, req.VersionId)
    check_no_key(req)
    check_read(req, found, ctx.now)
    return found


def _facts(ctx: Context, req: Any, found: Object) -> tuple[int, int, dict[str, Any]]:
    """Offset and length of what is asked for, and the members that describe it."""
    answer: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "LastModified": found.modified // SECOND * SECOND,
        "ETag": f'"{found.etag}"',
        "ServerSideEncryption": ENCRYPTION,
        "Metadata": found.metadata,
        **found.headers,
    }
    for member, override in _OVERRIDES.items():
        if (value := getattr(req, override)) is not None:
            answer[member] = value
    if found.storage_class != "STANDARD":
        answer["StorageClass"] = found.storage_class
    if found.tags:
        answer["TagCount"] = len(found.tags)
    if req.PartNumber is not None:
        offset, length = _part(ctx, req, found, answer)
        partial = True
    else:
        ranged = read_range(req.Range, found.size)
        offset, length = ranged or (0, found.size)
        partial = ranged is not None
        if req.ChecksumMode == "ENABLED" and length == found.size:
            answer.update(checksum_members(found.checksum))
    if partial and length:
        answer["ContentRange"] = f"bytes {offset}-{offset + length - 1}/{found.size}"
    return offset, length, answer


def _part(ctx: Context, req: Any, found: Object, answer: dict[str, Any]) -> tuple[int, int]:
    """Offset and length of a part by its number. An object that was not uploaded in parts has one."""
    number = req.PartNumber
    if req.Range is not None:
        raise Fault("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    if found.parts:
        answer["PartsCount"] = found.parts
    if number > max(found.parts, 1):
        text = "The requested partnumber is not satisfiable"
        there = str(max(found.parts, 1))
        raise Fault("InvalidPartNumber", text, PartNumberRequested=str(number), ActualPartCount=there)
    if not found.parts:
        if req.ChecksumMode == "ENABLED":
            answer.update(checksum_members(found.checksum))
        return 0, found.size
    manifest = ctx.tx.one(Manifest, found.manifest)
    span = manifest.order.part(number - 1)
    part = ctx.tx.one(Part, found.manifest, span.number)
    if req.ChecksumMode == "ENABLED" and manifest.checksums and found.checksum is not None:
        answer.update(checksum_members(part.checksum), ChecksumType=found.checksum.type)
    return span.offset, span.size
