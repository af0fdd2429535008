"""Signature Version 2 as S3 still takes it: `AWS key:signature`, and URLs with AWSAccessKeyId, Signature, Expires.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
"""

import hmac
from base64 import b64encode
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from orrery.wire.http import Head
from orrery.wire.signing.canonical import decode
from orrery.wire.signing.problem import SignatureProblem

SUBRESOURCES: Final = frozenset(
    b"accelerate acl analytics cors defaultObjectAcl delete inventory lifecycle location logging metrics notification "
    b"object-lock partNumber policy replication requestPayment response-cache-control response-content-disposition "
    b"response-content-encoding response-content-language response-content-type response-expires restore select "
    b"select-type storageClass tagging torrent uploadId uploads versionId versioning versions website".split()
)
_STANDARD: Final = (b"content-md5", b"content-type")


class Claim2(NamedTuple):
    """Who a request says signed it; `expires` (seconds, as text) only in the query form."""

    access_key: str
    signature: str
    expires: str | None = None
    token: str | None = None


def signature(secret: str, text: bytes) -> str:
    """The signature of a string to sign, in Base64."""
    return b64encode(hmac.digest(secret.encode(), text, "sha1")).decode()


def parse_authorization(value: bytes) -> Claim2:
    """The claim of `AWS key:signature`. Raises SignatureProblem "malformed-v2"."""
    key, colon, given = value[4:].strip().decode("latin-1").partition(":")
    if not colon or not key or not given:
        raise SignatureProblem("malformed-v2", argument="Authorization", value=value.decode("latin-1"))
    return Claim2(key, given)


def parse_query(query: bytes) -> Claim2:
    """The claim of a presigned URL. Raises SignatureProblem "query-missing-v2"."""
    found = parameters(query)
    key, given, expires = (found.get(name) for name in (b"AWSAccessKeyId", b"Signature", b"Expires"))
    if not key or not given or not expires:
        raise SignatureProblem("query-missing-v2")
    token = found.get(b"x-amz-security-token")
    return Claim2(
        key.decode("latin-1"),
        given.decode("latin-1"),
        expires.decode("latin-1"),
        None if token is None else token.decode("latin-1"),
    )


def parameters(query: bytes) -> dict[bytes, bytes]:
    """The query string's parameters, decoded; of a name given twice, the first. `x-amz-` names in lower case."""
    found: dict[bytes, bytes] = {}
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        name = decode(name)
        if name[:6].lower() == b"x-amz-":
            name = name.lower()
        found.setdefault(name, unquote_to_bytes(value) if name == b"Signature" else decode(value))
    return found


def strings_to_sign(head: Head, bucket: str | None, expires: str | None = None) -> list[bytes]:
    """What may be signed: `string_to_sign`, and of a path that is a bucket's name alone the same with a slash at its
    end, as botocore signs it."""
    texts = [string_to_sign(head, bucket, expires)]
    if bucket is None and head.path.rfind(b"/") == 0 < len(head.path) - 1:
        texts.append(string_to_sign(head, bucket, expires, ending=b"/"))
    return texts


def string_to_sign(head: Head, bucket: str | None, expires: str | None = None, *, ending: bytes = b"") -> bytes:
    """What is signed. `bucket` is the one that the Host names, None when the path has it.

    In the query form `expires` stands where the Date field does, and `x-amz-` parameters count as fields. `ending` is
    added to the path.
    """
    fields = _amz_fields(head, expires is not None)
    if expires is not None:
        date = expires.encode("latin-1")
    else:
        date = b"" if b"x-amz-date" in fields else head.headers.get(b"date") or b""
    lines = [head.method.encode()]
    lines += [head.headers.get(name) or b"" for name in _STANDARD]
    lines.append(date)
    lines += [name + b":" + fields[name] for name in sorted(fields)]
    lines.append(resource(head, bucket, ending))
    return b"\n".join(lines)


def resource(head: Head, bucket: str | None, ending: bytes = b"") -> bytes:
    """The canonical resource: bucket, path as sent, `ending`, and the parameters that name a part of the resource."""
    path = (head.path if bucket is None else b"/" + bucket.encode() + head.path) + ending
    parts: list[tuple[bytes, bytes]] = []
    for part in head.query.split(b"&"):
        name, equals, value = part.partition(b"=")
        if name in SUBRESOURCES:
            parts.append((name, name + equals + decode(value)))
    if not parts:
        return path
    return path + b"?" + b"&".join([text for _, text in sorted(parts, key=lambda pair: pair[0])])


def _amz_fields(head: Head, from_query: bool) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for name, value in head.headers.raw:
        key = name.lower()
        if key.startswith(b"x-amz-"):
            fields[key] = fields[key] + b"," + value.strip() if key in fields else value.strip()
    if from_query:
        for key, value in parameters(head.query).items():
            if key.startswith(b"x-amz-"):
                fields.setdefault(key, value)
    return fields
