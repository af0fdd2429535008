"""GetObjectAttributes: what is known of an object, as far as it is asked for.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
"""

from __future__ import annotations

from typing import Any, Final

from orrery.kernel.context import Context
from orrery.services.s3.encryption import check_no_key
from orrery.services.s3.objects import find
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.receiving import checksum_members
from orrery.services.s3.records import Manifest, Object, Part
from orrery.services.s3.service import s3
from orrery.wire.instant import SECOND

_MOST_PARTS: Final = 1_000
"""Parts that one answer lists."""


@s3.operation(inert=("RequestPayer",))
def get_object_attributes(ctx: Context, req: Any) -> dict[str, Any]:
    """The attributes that are asked for, and when the object was last changed."""
    found = find(ctx, counted_bucket(ctx, req), req.Key, req.VersionId)
    check_no_key(req)
    asked = frozenset(req.ObjectAttributes)
    answer: dict[str, Any] = {"LastModified": found.modified // SECOND * SECOND}
    if "ETag" in asked:
        answer["ETag"] = found.etag
    if "Checksum" in asked and found.checksum is not None:
        answer["Checksum"] = checksum_members(found.checksum)
    if "ObjectParts" in asked and found.parts:
        answer["ObjectParts"] = _parts(ctx, req, found)
    if "StorageClass" in asked:
        answer["StorageClass"] = found.storage_class
    if "ObjectSize" in asked:
        answer["ObjectSize"] = found.size
    return answer


def _parts(ctx: Context, req: Any, found: Object) -> dict[str, Any]:
    """How many parts an object was uploaded in; where they have checksums of their own, also which."""
    manifest = ctx.tx.one(Manifest, found.manifest)
    answer: dict[str, Any] = {"TotalPartsCount": found.parts}
    if not manifest.checksums:
        return answer
    most = min(_MOST_PARTS if req.MaxParts is None else req.MaxParts, _MOST_PARTS)
    marker = req.PartNumberMarker or 0
    first = manifest.order.after(marker)
    last = min(first + most, manifest.count)
    spans = manifest.order.parts(first, last) if first < last else ()
    listed = ctx.tx.many(Part, [(found.manifest, span.number) for span in spans])
    answer |= {
        "IsTruncated": last < manifest.count,
        "MaxParts": most,
        "NextPartNumberMarker": listed[-1].number if listed else 0,
        "PartNumberMarker": marker,
    }
    if listed:
        answer["Parts"] = [_part(part) for part in listed]
    return answer


def _part(part: Part) -> dict[str, Any]:
    members = checksum_members(part.checksum)
    members.pop("ChecksumType", None)
    return {**members, "PartNumber": part.number, "Size": part.size}
