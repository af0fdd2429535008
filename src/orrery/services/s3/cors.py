"""Which pages of other origins may use a bucket: its rules, and the one of them that a request meets.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.kernel.transaction import Transaction
from orrery.services.s3.access import absent, bucket_of
from orrery.services.s3.records import Bucket, CorsRule
from orrery.services.s3.service import CORS_RULES, s3
from orrery.wire.fault import Fault

METHODS: Final = ("GET", "PUT", "HEAD", "POST", "DELETE")
_LONGEST_ID: Final = 255
_FIELD: Final = re.compile(r"[A-Za-z0-9-]*")
_VARY: Final = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@s3.operation(inert=("ChecksumAlgorithm", "ContentMD5"))
def put_bucket_cors(ctx: Context, req: Any) -> None:
    """Replace the rules. Raises InvalidRequest for a rule that S3 does not take, MalformedXML for one without origin.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
    """
    bucket = bucket_of(ctx, req)
    given = req.CORSConfiguration.CORSRules
    most = ctx.limit(CORS_RULES)
    if len(given) > most:
        raise Fault("InvalidRequest", f"The number of CORS rules should not exceed allowed limit of {most} rules.")
    if not given:
        raise Fault("MalformedXML")
    ctx.tx.replace(bucket, replace(bucket, cors=[_rule(rule) for rule in given]))


@s3.operation
def get_bucket_cors(ctx: Context, req: Any) -> dict[str, Any]:
    """The rules, as they were put. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html"""
    bucket = bucket_of(ctx, req)
    if not bucket.cors:
        raise absent(bucket, "NoSuchCORSConfiguration")
    return {"CORSRules": [_view(rule) for rule in bucket.cors]}


@s3.operation
def delete_bucket_cors(ctx: Context, req: Any) -> None:
    """Forget the rules. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html"""
    bucket = bucket_of(ctx, req)
    if bucket.cors:
        ctx.tx.replace(bucket, replace(bucket, cors=[]))


@s3.sharing
def shared(tx: Transaction, labels: Mapping[str, str], origin: str, method: str) -> Mapping[str, Any] | None:
    """What an answer tells a browser whose page of another origin asked for it: nothing when no rule lets it read it,
    None for a bucket without rules."""
    bucket = tx.get(Bucket, labels.get("Bucket", ""))
    if bucket is None or not bucket.cors:
        return None
    found = meet(bucket.cors, origin, method)
    return {} if found is None else told(*found, origin)


def meet(
    rules: Iterable[CorsRule], origin: str, method: str, fields: Iterable[str] = ()
) -> tuple[CorsRule, str] | None:
    """The first rule that allows an origin, a method and all of some fields, and the origin as that rule has it."""
    for rule in rules:
        if method not in rule.methods or not all(_any(rule.headers, field, re.IGNORECASE) for field in fields):
            continue
        for pattern in rule.origins:
            if _like(pattern, origin):
                return rule, pattern
    return None


def told(rule: CorsRule, pattern: str, origin: str) -> dict[str, Any]:
    """What a browser is told of the rule that its request meets. Where everybody may ask nobody is named, and no
    credentials are asked for."""
    anybody = pattern == "*"
    return {
        "AllowOrigin": "*" if anybody else origin,
        "AllowMethods": rule.methods,
        "ExposeHeaders": rule.expose or None,
        "MaxAge": rule.max_age,
        "AllowCredentials": None if anybody else True,
        "Vary": _VARY,
    }


def _any(patterns: Iterable[str], text: str, flags: int) -> bool:
    return any(_like(pattern, text, flags) for pattern in patterns)


def _like(pattern: str, text: str, flags: int = 0) -> bool:
    """Whether a text is a pattern, in which one `*` stands for anything."""
    before, star, after = pattern.partition("*")
    return bool(re.fullmatch(re.escape(before) + (".*" if star else "") + re.escape(after), text, flags | re.DOTALL))


def _rule(given: Any) -> CorsRule:
    for method in given.AllowedMethods:
        if method not in METHODS:
            raise Fault(
                "InvalidRequest",
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}",
            )
    if not given.AllowedMethods or not given.AllowedOrigins:
        raise Fault("MalformedXML")
    for name, values in (("AllowedOrigin", given.AllowedOrigins), ("AllowedHeader", given.AllowedHeaders)):
        for value in values:
            if value.count("*") > 1:
                raise Fault("InvalidRequest", f'{name} "{value}" can not have more than one wildcard.')
    for value in given.ExposeHeaders:
        _check_exposed(value)
    if given.ID is not None and len(given.ID) > _LONGEST_ID:
        raise Fault("InvalidRequest", f"ID length should not exceed allowed limit of {_LONGEST_ID}")
    return CorsRule(
        list(given.AllowedMethods),
        list(given.AllowedOrigins),
        list(given.AllowedHeaders),
        list(given.ExposeHeaders),
        given.MaxAgeSeconds,
        given.ID,
    )


def _check_exposed(value: str) -> None:
    if "*" in value:
        text = f'ExposeHeader "{value}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
        raise Fault("InvalidRequest", text)
    if not _FIELD.fullmatch(value):
        raise Fault("InvalidRequest", f'ExposeHeader "{value}" contains invalid character.')


def _view(rule: CorsRule) -> dict[str, Any]:
    return {
        "ID": rule.id,
        "AllowedHeaders": rule.headers or None,
        "AllowedMethods": rule.methods,
        "AllowedOrigins": rule.origins,
        "ExposeHeaders": rule.expose or None,
        "MaxAgeSeconds": rule.max_age,
    }
