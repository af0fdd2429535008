"""Browsers' uploads: an object out of a form.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from orrery.kernel.bodies import IncomingForm
from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.description import Description, describe
from orrery.services.s3.objects import ENCRYPTION, put_received
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.receiving import Received, checksum_members, receive
from orrery.services.s3.records import Object
from orrery.services.s3.service import BODIES, PUT_SIZE, s3
from orrery.services.s3.tags import check_object_tags
from orrery.services.s3.urls import location

_NO_CONTENT: Final = 204
_STATUSES: Final = {"200": 200, "201": 201}


@s3.operation(inert=("ContentLength", "ContentType"))
async def post_object(ctx: Context, req: Any) -> dict[str, Any]:
    """Write an object as a form asks; answer with the status or the redirection that it wishes."""
    form: IncomingForm = req.Body
    description = ctx.attempt(lambda ctx: _admit(ctx, form))
    received = await receive(ctx, form, ctx.limit(PUT_SIZE))
    try:
        written = await ctx.transaction(lambda ctx: _put(ctx, form, description, received))
    except BaseException:
        ctx.discard(BODIES, received.written)
        raise
    return _answer(ctx, form.fields, req.Bucket, written)


def _admit(ctx: Context, form: IncomingForm) -> Description:
    """What can be said before the file comes."""
    description = describe(ctx, counted_bucket(ctx, form.asked), form.asked)
    if form.tagging is None:
        return description
    return description._replace(tags=check_object_tags(ctx, [(tag.Key, tag.Value) for tag in form.tagging.TagSet]))


def _put(ctx: Context, form: IncomingForm, description: Description, received: Received) -> Object:
    return put_received(ctx, bucket_of(ctx, form.asked), form.asked.Key, description, received)


def _answer(ctx: Context, fields: Mapping[str, str], bucket: str, written: Object) -> dict[str, Any]:
    etag = f'"{written.etag}"'
    facts = {"ETag": etag, "ServerSideEncryption": ENCRYPTION, **checksum_members(written.checksum)}
    target = redirection(fields.get("success_action_redirect") or fields.get("redirect") or "")
    if target:
        told = f"bucket={quote(bucket)}&key={quote(written.key, safe='')}&etag={quote(etag)}"
        return {**facts, "StatusCode": 303, "Location": f"{target}{'&' if '?' in target else '?'}{told}"}
    status = _STATUSES.get(fields.get("success_action_status", ""), _NO_CONTENT)
    place = location(ctx, bucket, written.key)
    answer = {**facts, "StatusCode": status, "Location": place}
    if status == 201:
        answer["PostResponse"] = {"Location": place, "Bucket": bucket, "Key": written.key, "ETag": etag}
    return answer


def redirection(url: str) -> str:
    """The URL a browser is to be sent to; "" when it is none that S3 could make sense of."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    fit = parts.scheme in ("http", "https") and parts.netloc and url.isprintable() and " " not in url
    return url.partition("#")[0] if fit else ""
