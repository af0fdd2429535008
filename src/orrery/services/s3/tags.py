"""What tags may be: their number, their characters, and the field that gives them on a write.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from unicodedata import category
from urllib.parse import unquote_to_bytes

from orrery.kernel.context import Context
from orrery.services.s3.service import OBJECT_TAGS
from orrery.wire.fault import Fault

_LONGEST_KEY: Final = 128
_LONGEST_VALUE: Final = 256
_SIGNS: Final = frozenset("_.:/=+-@")
_RESERVED: Final = "aws:"
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FIELD: Final = "x-amz-tagging"

Pair = tuple[str, str]


def check_object_tags(ctx: Context, pairs: Sequence[Pair]) -> dict[str, str]:
    """An object's tags as a map. Raises BadRequest for more than ten, and what `check_tags` raises."""
    most = ctx.limit(OBJECT_TAGS)
    if len(pairs) > most:
        raise Fault("BadRequest", f"Object tags cannot be greater than {most}")
    return check_tags(pairs)


def check_tags(pairs: Iterable[Pair]) -> dict[str, str]:
    """Tags as a map. Raises InvalidTag for keys that are empty, too long, twice there or AWS's own, for values that are
    too long, and for characters other than letters, numbers, separators and `_ . : / = + - @`."""
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not (1 <= _length(key) <= _LONGEST_KEY and _legal(key)):
            raise Fault("InvalidTag", "The TagKey you have provided is invalid", TagKey=key)
        if not (_length(value) <= _LONGEST_VALUE and _legal(value)):
            raise Fault("InvalidTag", "The TagValue you have provided is invalid", TagKey=key, TagValue=value)
        if key.lower().startswith(_RESERVED):
            raise Fault("InvalidTag", "System tags cannot be added/updated by requester", TagKey=key)
        if key in tags:
            raise Fault("InvalidTag", "Cannot provide multiple Tags with the same key", TagKey=key)
        tags[key] = value
    return tags


def tags_in_header(ctx: Context, text: str | None) -> dict[str, str]:
    """The tags of an `x-amz-tagging` field, written like a URL's parameters.

    Raises InvalidArgument for what is not, and for a key that is there twice; then what `check_object_tags` raises.
    """
    if not text:
        return {}
    pairs: list[Pair] = []
    for piece in text.split("&"):
        if piece:
            key, _, value = piece.partition("=")
            if "=" in value:
                raise _malformed(text)
            pairs.append((_decoded(key, text), _decoded(value, text)))
    if len({key for key, _ in pairs}) != len(pairs):
        raise _malformed(text)
    return check_object_tags(ctx, pairs)


def _decoded(piece: str, text: str) -> str:
    if _ESCAPE.search(piece):
        raise _malformed(text)
    try:
        return unquote_to_bytes(piece.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise _malformed(text) from None


def _malformed(text: str) -> Fault:
    message = (
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
        "without tag name duplicates."
    )
    return Fault("InvalidArgument", message, ArgumentName=_FIELD, ArgumentValue=text)


def _legal(text: str) -> bool:
    return all(sign in _SIGNS or category(sign)[0] in "LNZ" for sign in text)


def _length(text: str) -> int:
    """Length as S3 counts it: in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
