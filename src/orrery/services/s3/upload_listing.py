"""ListMultipartUploads: the uploads under way in a bucket, by key, those of a key from the oldest on.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from typing import Any, Final, NamedTuple

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.folding import successor
from orrery.services.s3.records import Bucket, Upload
from orrery.services.s3.service import s3
from orrery.services.s3.upload_ids import is_of
from orrery.services.s3.uploads import chosen_members, people
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND
from orrery.wire.percent import percent_encode

_MOST: Final = 1000
_FIRST: Final = 8
"""Uploads read at first where many may lie under one common prefix."""

_Bound = tuple[str, ...] | None
_key_of = attrgetter("key")


class _Place(NamedTuple):
    """How far a listing has come: the key, or common prefix, and of a key the upload's id."""

    key: str = ""
    upload: str = ""


@s3.operation(inert=("RequestPayer",))
def list_multipart_uploads(ctx: Context, req: Any) -> dict[str, Any]:
    """A page of the uploads under way. It costs what it shows, however many there are."""
    bucket = bucket_of(ctx, req)
    limit = _MOST if req.MaxUploads is None else min(req.MaxUploads, _MOST)
    start = _start(req)
    shown = list(islice(_rows(ctx, bucket, req, start, limit + 1), limit + 1))
    truncated = len(shown) > limit > 0
    del shown[limit:]
    return _answer(bucket, req, limit, start, shown, truncated)


def _start(req: Any) -> _Place:
    """Where a page begins. Without a key an upload's id says nothing. Raises InvalidArgument for the id of an upload
    to another key; one that is over since it was listed will do."""
    if not req.KeyMarker:
        return _Place()
    marker = req.UploadIdMarker or ""
    if marker and not is_of(marker, req.KeyMarker):
        text = "Invalid uploadId marker"
        raise Fault("InvalidArgument", text, ArgumentName="upload-id-marker", ArgumentValue=marker)
    return _Place(req.KeyMarker, marker)


def _rows(ctx: Context, bucket: Bucket, req: Any, start: _Place, most: int) -> Iterator[Upload | str]:
    """Uploads and common prefixes from a place on, in order; read in batches, the small ones where much is folded."""
    prefix, delimiter = req.Prefix or "", req.Delimiter or ""
    begin, after = _bounds(prefix, delimiter, start)
    stop = _key(successor(prefix))
    size = _FIRST if delimiter else most
    while begin is not None or after is not None:
        batch: list[Upload] = ctx.tx.list(Upload, bucket.number, start=begin, after=after, stop=stop, limit=size)
        place = wasted = 0
        while place < len(batch):
            upload = batch[place]
            common = _common(upload.key, prefix, delimiter)
            place += 1
            if not common:
                begin, after = None, (upload.key, upload.id)
                yield upload
                continue
            begin, after = _key(successor(common)), None
            under = len(batch) if begin is None else bisect_left(batch, begin[0], place, key=_key_of)
            wasted += under - place
            place = under
            yield common
        if len(batch) < size:
            return
        size = max(1, size // 2) if 2 * wasted > size else min(2 * size, most)


def _bounds(prefix: str, delimiter: str, start: _Place) -> tuple[_Bound, _Bound]:
    """Where the first row may be, and after what it is. A common prefix that a marker falls under has had its turn."""
    if not start.key or start.key < prefix:
        return (prefix,), None
    common = _common(start.key, prefix, delimiter)
    if common:
        return _key(successor(common)), None
    return None, (start.key, start.upload) if start.upload else (start.key,)


def _key(key: str | None) -> _Bound:
    return None if key is None else (key,)


def _common(key: str, prefix: str, delimiter: str) -> str:
    """The common prefix that a key falls under; "" for none."""
    if not delimiter or not key.startswith(prefix):
        return ""
    place = key.find(delimiter, len(prefix))
    return "" if place < 0 else key[: place + len(delimiter)]


def _answer(
    bucket: Bucket, req: Any, limit: int, start: _Place, shown: list[Upload | str], truncated: bool
) -> dict[str, Any]:
    encode = percent_encode if req.EncodingType else str
    uploads = [row for row in shown if isinstance(row, Upload)]
    last = shown[-1] if truncated else uploads[-1] if uploads else ""
    following = _Place(last.key, last.id) if isinstance(last, Upload) else _Place(last)
    answer: dict[str, Any] = {
        "Bucket": bucket.name,
        "KeyMarker": encode(req.KeyMarker or ""),
        "UploadIdMarker": start.upload,
        "NextKeyMarker": encode(following.key),
        "NextUploadIdMarker": following.upload,
        "MaxUploads": limit,
        "IsTruncated": truncated,
        "Uploads": [_view(bucket, upload, encode(upload.key)) for upload in uploads],
        "CommonPrefixes": [{"Prefix": encode(row)} for row in shown if isinstance(row, str)],
    }
    if req.EncodingType:
        answer["EncodingType"] = req.EncodingType
    for member in ("Prefix", "Delimiter"):
        if value := getattr(req, member):
            answer[member] = encode(value)
    return answer


def _view(bucket: Bucket, upload: Upload, key: str) -> dict[str, Any]:
    return {
        "UploadId": upload.id,
        "Key": key,
        "Initiated": upload.started // SECOND * SECOND,
        "StorageClass": upload.storage_class,
        **people(bucket, upload),
        **chosen_members(upload),
    }
