"""The parts of a request in the one spelling that both sides sign.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import re
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from orrery.wire.http import Headers
from orrery.wire.signing.problem import SignatureProblem

Pair = tuple[bytes, bytes]

_PLAIN_PATH: Final = re.compile(rb"(?:/[A-Za-z0-9\-_~][A-Za-z0-9\-._~]*)+")
_STRICT_QUERY: Final = re.compile(rb"(?:[A-Za-z0-9\-._~=&]|%[0-9A-F]{2})*")
_NEEDLESS_ESCAPE: Final = re.compile(rb"%(?:2D|2E|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])")
_SPACES: Final = re.compile(rb"[ \t\r\n\x0b\x0c]+")


def encode(value: bytes, safe: str = "") -> bytes:
    """AWS's URI encoding: everything but `A-Z a-z 0-9 - . _ ~` (and `safe`) as upper-case `%XX`."""
    return quote_from_bytes(value, safe=safe).encode()


def service_path(path: bytes) -> bytes:
    """The canonical path of every service but S3: dot segments and doubled slashes removed, encoded once more."""
    if path == b"/" or not path:
        return b"/"
    if _PLAIN_PATH.fullmatch(path):
        return path
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            if kept:
                kept.pop()
        elif segment and segment != b".":
            kept.append(segment)
    last = b"/" if kept and path.endswith(b"/") else b""
    return encode(b"/" + b"/".join(kept) + last, safe="/")


def s3_path(path: bytes) -> bytes:
    """S3's canonical path: encoded once, nothing normalised; an encoded slash stays one.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    """
    if not path:
        return b"/"
    if _PLAIN_PATH.fullmatch(path):
        return path
    return b"/".join([encode(unquote_to_bytes(segment)) for segment in path.split(b"/")])


def query_pairs(query: bytes) -> list[Pair]:
    """The query string's names and values in the canonical encoding, in the order they came."""
    pairs: list[Pair] = []
    strict = _STRICT_QUERY.fullmatch(query) and not _NEEDLESS_ESCAPE.search(query)
    for part in query.split(b"&"):
        if not part:
            continue
        name, _, value = part.partition(b"=")
        if not strict or b"=" in value:
            name, value = encode(decode(name)), encode(decode(value))
        pairs.append((name, value))
    return pairs


def decode(value: bytes) -> bytes:
    """A query component's bytes: `+` is a space, `%XX` a byte."""
    return unquote_to_bytes(value.replace(b"+", b" "))


def canonical_query(pairs: list[Pair]) -> bytes:
    """The pairs sorted by name, then value, and joined."""
    return b"&".join([name + b"=" + value for name, value in sorted(pairs)])


def canonical_headers(headers: Headers, names: tuple[bytes, ...]) -> bytes:
    """`name:value` lines for `names` (lower case, in signed order): folded, runs of spaces made one.

    Raises SignatureProblem "header-absent" when a signed header is not in the request.
    """
    fields = headers.index()
    try:
        block = b"".join([name + b":" + fields[name] + b"\n" for name in names])
    except KeyError as absent:
        raise SignatureProblem("header-absent", header=absent.args[0].decode("latin-1")) from None
    if b"  " in block or b"\t" in block or b": " in block or b" \n" in block or headers.repeats():
        return b"".join([name + b":" + _folded(headers, name) + b"\n" for name in names])
    return block


def _folded(headers: Headers, name: bytes) -> bytes:
    return b",".join([_SPACES.sub(b" ", value).strip() for value in headers.all(name)])
