"""CopyObject: a new object of another one's content.

No bytes are copied: both objects hold the same content. It is read through only where a checksum or ETag has to be
made that nobody has yet.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from orrery.kernel.blobs import BlobRef, Written
from orrery.kernel.bodies import Outgoing
from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.conditions import check_write
from orrery.services.s3.contents import content, share_content
from orrery.services.s3.copy_source import CopySource, source_of
from orrery.services.s3.description import (
    Description,
    check_key,
    check_promises,
    storage_class,
    system_metadata,
    user_metadata,
)
from orrery.services.s3.digesting import digest
from orrery.services.s3.objects import ENCRYPTION, store
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.receiving import DEFAULT_ALGORITHM, checksum_members
from orrery.services.s3.records import FULL_OBJECT, Bucket, Checksum, Object
from orrery.services.s3.service import BODIES, COPY_SIZE, s3
from orrery.services.s3.tags import tags_in_header
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND

_CHANGES: Final = ("StorageClass", "ServerSideEncryption", "WebsiteRedirectLocation", "SSEKMSKeyId")
"""Members that make a copy of an object onto itself a change, whatever they say."""

_REDIRECT: Final = "WebsiteRedirectLocation"


class Sums(NamedTuple):
    """ETag and checksum of a copy."""

    etag: str
    checksum: Checksum


class Reading(NamedTuple):
    """A source whose content has to be read through: it, its content, and the algorithm of the checksum."""

    source: Object
    body: bytes | Outgoing
    algorithm: str


@s3.operation(inert=("RequestPayer", "AnnotationDirective"))
async def copy_object(ctx: Context, req: Any) -> dict[str, Any]:
    """Write an object with the content of another one, in any bucket of any Region.

    It is the source as it was when the copy began, whatever happens to that meanwhile. Answers CopyObjectResult.
    Raises what PutObject and GetObject raise, InvalidRequest for a source of more than 5 GiB and for a copy onto
    itself that changes nothing, ObjectNotInActiveTierError for an archived source.
    """
    begun = ctx.attempt(lambda ctx: _begin(ctx, req))
    if not isinstance(begun, Reading):
        return begun
    sums = Sums(*await digest(begun.body, begun.algorithm))
    done = await ctx.transaction(lambda ctx: _share(ctx, req, begun.source, sums))
    if done is not None:
        return done
    return await _copy_bytes(ctx, req)


async def _copy_bytes(ctx: Context, req: Any) -> dict[str, Any]:
    """The source was changed while it was read. What it is now is taken over byte by byte: so the copy comes about
    however often that happens."""
    begun = ctx.attempt(lambda ctx: _begin(ctx, req))
    if not isinstance(begun, Reading):
        return begun
    writer = ctx.write(BODIES)
    sums = Sums(*await digest(begun.body, begun.algorithm, writer.write))
    written = await writer.commit()
    return await ctx.transaction(lambda ctx: _write(ctx, req, begun.source, sums, written))


def _begin(ctx: Context, req: Any) -> dict[str, Any] | Reading:
    """Everything that can be said at once; the copy itself, where nothing has to be summed."""
    bucket = counted_bucket(ctx, req)
    check_key(ctx, req.Key)
    source, found = source_of(ctx, req, archived="ObjectNotInActiveTierError")
    _check_change(req, source)
    _check_size(ctx, found)
    check_promises(ctx, bucket, req)
    _describe(ctx, req, found)
    check_write(req, ctx.tx.get(Object, bucket.number, req.Key))
    algorithm = _algorithm(req, found)
    kept = found.checksum
    if found.parts or kept is None or kept.algorithm != algorithm or kept.type != FULL_OBJECT:
        return Reading(found, content(ctx, found, 0, found.size), algorithm)
    return _write(ctx, req, found, Sums(found.etag, kept), None)


def _share(ctx: Context, req: Any, source: Object, sums: Sums) -> dict[str, Any] | None:
    """The copy, holding its source's content; None when nobody else holds that any more."""
    now = ctx.tx.get(Object, source.bucket, source.key)
    if now is None or now.body != source.body or now.manifest != source.manifest:
        return None
    return _write(ctx, req, source, sums, None)


def _write(ctx: Context, req: Any, source: Object, sums: Sums, written: Written | None) -> dict[str, Any]:
    bucket = bucket_of(ctx, req)
    check_write(req, ctx.tx.get(Object, bucket.number, req.Key))
    body, manifest = (ctx.hold(BODIES, written), "") if written is not None else share_content(ctx, source)
    new = _new(ctx, bucket, req.Key, source, _describe(ctx, req, source), sums)
    store(ctx, _with_content(new, body, manifest))
    result = {
        "ETag": f'"{new.etag}"',
        "LastModified": new.modified // SECOND * SECOND,
        **checksum_members(new.checksum),
    }
    return {"CopyObjectResult": result, "ServerSideEncryption": ENCRYPTION}


def _new(ctx: Context, bucket: Bucket, key: str, source: Object, description: Description, sums: Sums) -> Object:
    return Object(
        bucket=bucket.number,
        key=key,
        size=source.size,
        etag=sums.etag,
        modified=ctx.now,
        body=None,
        checksum=sums.checksum,
        headers=dict(description.headers),
        metadata=dict(description.metadata),
        tags=dict(description.tags),
        storage_class=description.storage_class,
    )


def _with_content(new: Object, body: BlobRef | None, manifest: str) -> Object:
    return replace(new, body=body, manifest=manifest)


def _describe(ctx: Context, req: Any, source: Object) -> Description:
    """The copy's description: its source's, or the request's where a directive says REPLACE. Where the website leads
    to and the storage class are always the request's."""
    if req.MetadataDirective == "REPLACE":
        headers, metadata = system_metadata(req), user_metadata(ctx, req.Metadata)
    else:
        headers, metadata = {**source.headers}, dict(source.metadata)
        headers.pop(_REDIRECT, None)
        if req.WebsiteRedirectLocation:
            headers[_REDIRECT] = req.WebsiteRedirectLocation
    tags = tags_in_header(ctx, req.Tagging) if req.TaggingDirective == "REPLACE" else source.tags
    return Description(headers, metadata, tags, storage_class(req.StorageClass))


def _algorithm(req: Any, source: Object) -> str:
    """The algorithm of the copy's checksum: the one asked for, else the source's, else S3's default."""
    if req.ChecksumAlgorithm is not None:
        algorithm: str = req.ChecksumAlgorithm
        return algorithm
    return DEFAULT_ALGORITHM if source.checksum is None else source.checksum.algorithm


def _check_change(req: Any, source: CopySource) -> None:
    """Raises InvalidRequest for a copy of an object onto itself that changes nothing."""
    same = (source.bucket, source.key) == (req.Bucket, req.Key)
    if same and req.MetadataDirective != "REPLACE" and all(getattr(req, name) is None for name in _CHANGES):
        text = (
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
        raise Fault("InvalidRequest", text)


def _check_size(ctx: Context, source: Object) -> None:
    most = ctx.limit(COPY_SIZE)
    if source.size > most:
        text = f"The specified copy source is larger than the maximum allowable size for a copy source: {most}"
        raise Fault("InvalidRequest", text)
