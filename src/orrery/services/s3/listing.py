"""Listing a bucket: ListObjects, ListObjectsV2, ListObjectVersions.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of, canonical_id
from orrery.services.s3.folding import Folded, fold
from orrery.services.s3.objects import check_version
from orrery.services.s3.records import NULL, Bucket, Object
from orrery.services.s3.service import s3
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND
from orrery.wire.percent import percent_encode

PAGE: Final = 1000
"""Keys and common prefixes of one page: when nothing is said, and at most."""

_INERT: Final = ("RequestPayer", "OptionalObjectAttributes")
"""Requester Pays changes no bill here; RestoreStatus, the one optional attribute, is only of objects being restored."""


@s3.operation(inert=_INERT)
def list_objects(ctx: Context, req: Any) -> dict[str, Any]:
    """A page of the keys after Marker. NextMarker comes only with a delimiter; without one, the last key serves."""
    bucket = bucket_of(ctx, req)
    marker = req.Marker or ""
    page = _page(ctx, bucket, req, marker)
    encode = _encoding(req)
    return {
        **_facts(bucket, req, page),
        "BucketRegion": bucket.region,
        "Marker": encode(marker),
        "NextMarker": encode(page.last) if page.more and req.Delimiter else None,
        "Contents": _contents(page, encode, _owner(ctx, bucket)),
    }


@s3.operation(inert=_INERT)
def list_objects_v2(ctx: Context, req: Any) -> dict[str, Any]:
    """A page of the keys after ContinuationToken, else after StartAfter.

    Raises InvalidArgument for a token that was not given for this bucket.
    """
    bucket = bucket_of(ctx, req)
    token = req.ContinuationToken
    after = (req.StartAfter or "") if token is None else _position(ctx, bucket, token)
    page = _page(ctx, bucket, req, after)
    encode = _encoding(req)
    return {
        **_facts(bucket, req, page),
        "BucketRegion": bucket.region,
        "KeyCount": len(page.rows) + len(page.prefixes),
        "StartAfter": encode(req.StartAfter) if req.StartAfter and token is None else None,
        "ContinuationToken": token,
        "NextContinuationToken": ctx.seal((page.last,), "s3", bucket.number) if page.more else None,
        "Contents": _contents(page, encode, _owner(ctx, bucket) if req.FetchOwner else None),
    }


@s3.operation(inert=_INERT)
def list_object_versions(ctx: Context, req: Any) -> dict[str, Any]:
    """A page of the versions of keys: after the version VersionIdMarker of KeyMarker, or after all of KeyMarker's.

    A bucket that was never versioned has one version of each key, "null". Raises InvalidArgument for a
    VersionIdMarker that is empty, no version id, or without a KeyMarker.
    """
    bucket = bucket_of(ctx, req)
    marker, version = req.KeyMarker or "", req.VersionIdMarker
    if version is not None:
        _check_marker(marker, version)
    page = _page(ctx, bucket, req, marker)
    encode = _encoding(req)
    versions = _contents(page, encode, _owner(ctx, bucket))
    for shown in versions:
        shown["VersionId"] = NULL
        shown["IsLatest"] = True
    return {
        **_facts(bucket, req, page),
        "KeyMarker": encode(marker),
        "VersionIdMarker": version or "",
        "NextKeyMarker": encode(page.last) if page.more else None,
        "NextVersionIdMarker": NULL if page.more and not page.folded else None,
        "Versions": versions,
    }


def _page(ctx: Context, bucket: Bucket, req: Any, after: str) -> Folded:
    tx, number = ctx.tx, bucket.number

    def fetch(start: str, stop: str | None, most: int) -> list[Object]:
        return tx.list(Object, number, start=(start,), stop=None if stop is None else (stop,), limit=most)

    most = PAGE if req.MaxKeys is None else min(req.MaxKeys, PAGE)
    return fold(fetch, req.Prefix or "", req.Delimiter or "", after, most)


def _facts(bucket: Bucket, req: Any, page: Folded) -> dict[str, Any]:
    """What all three answers begin with."""
    encode = _encoding(req)
    return {
        "Name": bucket.name,
        "Prefix": encode(req.Prefix or ""),
        "Delimiter": encode(req.Delimiter) if req.Delimiter else None,
        "MaxKeys": PAGE if req.MaxKeys is None else min(req.MaxKeys, PAGE),
        "EncodingType": req.EncodingType,
        "IsTruncated": page.more,
        "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in page.prefixes],
    }


def _contents(page: Folded, encode: Callable[[str], str], owner: dict[str, str] | None) -> list[dict[str, Any]]:
    return [_content(row, encode(row.key), owner) for row in page.rows]


def _content(row: Object, key: str, owner: dict[str, str] | None) -> dict[str, Any]:
    checksum = row.checksum
    return {
        "Key": key,
        "LastModified": row.modified // SECOND * SECOND,
        "ETag": f'"{row.etag}"',
        "ChecksumAlgorithm": None if checksum is None else (checksum.algorithm,),
        "ChecksumType": None if checksum is None else checksum.type,
        "Size": row.size,
        "Owner": owner,
        "StorageClass": row.storage_class,
    }


def _owner(ctx: Context, bucket: Bucket) -> dict[str, str] | None:
    """Who owns the objects, said to everybody but strangers: the bucket's owner, for ACLs are off."""
    return {"ID": canonical_id(bucket.account)} if ctx.call.form else None


def _position(ctx: Context, bucket: Bucket, token: str) -> str:
    """The key or common prefix a continuation token was given after. Raises InvalidArgument."""
    position = ctx.unseal(token, "s3", bucket.number)
    if position is None:
        text = "The continuation token provided is incorrect"
        raise Fault("InvalidArgument", text, ArgumentName="continuation-token")
    after: str = position[0]
    return after


def _check_marker(marker: str, version: str) -> None:
    name = "version-id-marker"
    if not version:
        text = "A version-id marker cannot be empty."
    elif not marker:
        text = "A version-id marker cannot be specified without a key marker."
    else:
        check_version(version, name)
        return
    raise Fault("InvalidArgument", text, ArgumentName=name, ArgumentValue=version)


def _encoding(req: Any) -> Callable[[str], str]:
    return percent_encode if req.EncodingType == "url" else str
