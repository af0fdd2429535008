"""Conditional requests: when a read gives nothing new, and when a write may happen.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orrery.services.s3.records import Object
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND


def check_read(req: Any, found: Object, now: int) -> None:
    """Raises PreconditionFailed (412) or 304, as RFC 9110 orders the four conditions of a read.

    Dates count in whole seconds; an If-Modified-Since in the future is ignored.
    """
    modified = found.modified // SECOND
    if req.IfMatch is not None:
        if not matches(req.IfMatch, found.etag):
            raise failed("If-Match")
    elif req.IfUnmodifiedSince is not None and modified > req.IfUnmodifiedSince // SECOND:
        raise failed("If-Unmodified-Since")
    if req.IfNoneMatch is not None:
        if matches(req.IfNoneMatch, found.etag):
            raise not_modified(found)
    elif (since := req.IfModifiedSince) is not None and modified <= since // SECOND and since <= now:
        raise not_modified(found)


def check_write(req: Any, current: Object | None) -> None:
    """Whether a key that holds `current` may be written.

    Raises PreconditionFailed, NoSuchKey for an If-Match without an object, NotImplemented for what S3 does not take.
    """
    if req.IfNoneMatch is not None:
        if req.IfNoneMatch != "*":
            raise not_built("If-None-Match")
        if current is not None:
            raise failed("If-None-Match")
    if req.IfMatch is not None:
        if req.IfMatch == "*":
            raise not_built("If-Match")
        check_match(req.IfMatch, current, req.Key)


def check_match(etag: str, current: Object | None, key: str) -> None:
    """Raises NoSuchKey without an object, PreconditionFailed when its ETag is another."""
    if current is None:
        raise no_such_key(key)
    if not matches(etag, current.etag):
        raise failed("If-Match")


def matches(given: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match names an ETag: `*`, or a list, with or without quotes."""
    return given.strip() == "*" or etag in _etags(given)


def _etags(given: str) -> Iterable[str]:
    return (part.strip().removeprefix("W/").strip('"') for part in given.split(","))


def failed(condition: str) -> Fault:
    """A condition did not hold."""
    text = "At least one of the pre-conditions you specified did not hold"
    return Fault("PreconditionFailed", text, Condition=condition)


def not_modified(found: Object) -> Fault:
    """The client has this already."""
    return Fault("304", "Not Modified", status=304, headers={"ETag": f'"{found.etag}"'})


def no_such_key(key: str) -> Fault:
    """There is no such object."""
    return Fault("NoSuchKey", "The specified key does not exist.", Key=key)
