"""Deleting objects, one or many.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.conditions import check_match
from orrery.services.s3.description import check_key
from orrery.services.s3.objects import check_version, remove
from orrery.services.s3.pace import count_write
from orrery.services.s3.records import NULL, Object
from orrery.services.s3.service import DELETIONS, s3
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault

_AT_ONCE: Final = 100
"""Keys of a DeleteObjects that one transaction deletes."""

_PARTS_AT_ONCE: Final = 500
"""Parts of such objects after which a transaction ends: more would hold the loop."""

_BYPASS: Final = "x-amz-bypass-governance-retention"


@s3.operation(inert=("RequestPayer", "MFA"))
def delete_object(ctx: Context, req: Any) -> dict[str, Any]:
    """Delete an object; one that is not there is deleted as well.

    Raises PreconditionFailed when its ETag is not the one of If-Match and NoSuchKey when there is none to compare;
    NotImplemented (501) for conditions of directory buckets.
    """
    bucket = bucket_of(ctx, req)
    if req.IfMatchLastModifiedTime is not None:
        raise not_built("x-amz-if-match-last-modified-time")
    if req.IfMatchSize is not None:
        raise not_built("x-amz-if-match-size")
    _check_bypass(req)
    _delete(ctx, bucket.number, req.Key, req.VersionId, req.IfMatch)
    return {} if req.VersionId is None else {"VersionId": req.VersionId}


@s3.operation(inert=("RequestPayer", "MFA", "ChecksumAlgorithm"))
async def delete_objects(ctx: Context, req: Any) -> dict[str, Any]:
    """Delete up to a thousand objects, each on its own: what became of it stands under Deleted or Errors, and with
    Quiet only Errors are told. Raises MalformedXML for more, and for none."""
    entries = req.Delete.Objects
    if not 0 < len(entries) <= ctx.limit(DELETIONS):
        raise Fault(
            "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        )
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    told = 0
    while told < len(entries):
        some = entries[told : told + _AT_ONCE]
        done, failed = await ctx.transaction(partial(_delete_some, req=req, entries=some))
        told += len(done) + len(failed)
        deleted += done
        errors += failed
    answer: dict[str, Any] = {} if req.Delete.Quiet else {"Deleted": deleted}
    if errors:
        answer["Errors"] = errors
    return answer


def _delete_some(ctx: Context, req: Any, entries: Sequence[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Delete what the first of some entries name: answers for those that are gone, and for those that are not."""
    bucket = bucket_of(ctx, req)
    _check_bypass(req)
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    parts = 0
    for entry in entries:
        if parts >= _PARTS_AT_ONCE:
            break
        answer = {"Key": entry.Key}
        if entry.VersionId is not None:
            answer["VersionId"] = entry.VersionId
        try:
            if entry.LastModifiedTime is not None or entry.Size is not None:
                raise not_built("Size" if entry.LastModifiedTime is None else "LastModifiedTime")
            parts += _delete(ctx, bucket.number, entry.Key, entry.VersionId, entry.ETag)
            deleted.append(answer)
        except Fault as fault:
            errors.append({**answer, "Code": fault.code, "Message": fault.message})
    return deleted, errors


def _delete(ctx: Context, bucket: int, key: str, version: str | None, etag: str | None) -> int:
    """Delete a key's object, if there is one and, where a version is named, it is that one; gives how many parts that
    had."""
    check_key(ctx, key)
    count_write(ctx, bucket, key)
    if version is not None:
        check_version(version)
    found = ctx.tx.get(Object, bucket, key)
    if etag is not None:
        check_match(etag, found, key)
    if found is None or version not in (None, NULL):
        return 0
    remove(ctx, found)
    return found.parts


def _check_bypass(req: Any) -> None:
    """Raises InvalidArgument: no bucket has Object Lock yet."""
    if req.BypassGovernanceRetention is not None:
        text = f"{_BYPASS} is only applicable to Object Lock enabled buckets."
        raise Fault("InvalidArgument", text, ArgumentName=_BYPASS)
