"""Signature Version 4: what a request claims, and the signature it must carry.

Header form, query form and their rules:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
import re
from base64 import b64encode
from typing import Final, NamedTuple

from orrery.wire.http import Head
from orrery.wire.signing import canonical
from orrery.wire.signing.canonical import Pair
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.stamp import Stamp

ALGORITHM: Final = b"AWS4-HMAC-SHA256"
ALGORITHM_A: Final = b"AWS4-ECDSA-P256-SHA256"
TERMINATOR: Final = "aws4_request"
EMPTY_SHA256: Final = hashlib.sha256(b"").hexdigest()

UNSIGNED_PAYLOAD: Final = b"UNSIGNED-PAYLOAD"
STREAMING_KINDS: Final = frozenset(
    (
        b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
    )
)

_BETWEEN: Final = re.compile(rb"\s*,\s*|\s+")
_QUERY_NEEDS: Final = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders")


class Claim(NamedTuple):
    """Who a request says signed it, for what, and over which header fields. `region` is "" in SigV4A."""

    algorithm: bytes
    access_key: str
    date: str
    region: str
    service: str
    scope: bytes
    names: tuple[bytes, ...]
    signed_headers: bytes


class QueryClaim(NamedTuple):
    """A claim in the query string: `pairs` are all parameters but the signature, canonically encoded."""

    claim: Claim
    signature: str
    stamp: str
    expires: str | None
    token: str | None
    region_set: str | None
    pairs: list[Pair]
    content_sha256: bytes | None


class SigningKey(bytes):
    """A derived key, ready to sign: HMAC's two hashes have taken in the key already."""

    def __new__(cls, key: bytes) -> "SigningKey":
        made = super().__new__(cls, key)
        block = key.ljust(64, b"\0")
        made._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        made._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        return made

    def sign(self, text: bytes) -> str:
        """The signature of a string to sign, in lower-case hex."""
        inner = self._inner.copy()
        inner.update(text)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()

    _inner: "hashlib._Hash"
    _outer: "hashlib._Hash"


class SigningKeys:
    """Derived signing keys by (secret, date, region, service); holds at most `size` of them."""

    __slots__ = ("_keys", "_size")

    def __init__(self, size: int = 4096) -> None:
        self._keys: dict[tuple[str, str, str, str], SigningKey] = {}
        self._size = size

    def get(self, secret: str, date: str, region: str, service: str) -> SigningKey:
        """The signing key, derived at most once while it is remembered."""
        wanted = (secret, date, region, service)
        key = self._keys.get(wanted)
        if key is None:
            key = SigningKey(signing_key(secret, date, region, service))
            if len(self._keys) >= self._size:
                del self._keys[next(iter(self._keys))]
            self._keys[wanted] = key
        return key


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of one secret for one day (`YYYYMMDD`), region and service."""
    key = hmac.digest(b"AWS4" + secret.encode(), date.encode(), "sha256")
    key = hmac.digest(key, region.encode(), "sha256")
    key = hmac.digest(key, service.encode(), "sha256")
    return hmac.digest(key, TERMINATOR.encode(), "sha256")


def signature(key: bytes, text: bytes) -> str:
    """The signature of a string to sign, in lower-case hex."""
    return key.sign(text) if isinstance(key, SigningKey) else hmac.digest(key, text, "sha256").hex()


def same(one: str, other: str) -> bool:
    """Whether two signatures are equal, in constant time; never true for anything outside ASCII."""
    return one.isascii() and other.isascii() and hmac.compare_digest(one, other)


def canonical_request(
    head: Head, claim: Claim, payload_hash: bytes, pairs: list[Pair] | None = None, *, s3: bool = False
) -> bytes:
    """The canonical request; `pairs` stands for the query string where that carries the signature.

    Raises SignatureProblem "header-absent".
    """
    path = canonical.s3_path(head.path) if s3 else canonical.service_path(head.path)
    if pairs is None and head.query:
        pairs = canonical.query_pairs(head.query)
    query = canonical.canonical_query(pairs) if pairs else b""
    fields = canonical.canonical_headers(head.headers, claim.names)
    return b"%b\n%b\n%b\n%b\n%b\n%b" % (
        head.method.encode(),
        path,
        query,
        fields,
        claim.signed_headers,
        payload_hash,
    )


def string_to_sign(claim: Claim, stamp: str, request: bytes) -> bytes:
    """What is signed: algorithm, time stamp (`20150830T123600Z`), scope and the hash of the canonical request."""
    return b"%b\n%b\n%b\n%b" % (
        claim.algorithm,
        stamp.encode(),
        claim.scope,
        hashlib.sha256(request).hexdigest().encode(),
    )


class Claims:
    """Reads Authorization fields; what a client repeats on every request of a day is parsed once."""

    __slots__ = ("_known", "_size")

    def __init__(self, size: int = 4096) -> None:
        self._known: dict[bytes, Claim] = {}
        self._size = size

    def read(self, value: bytes) -> tuple[Claim, str]:
        """The claim and the signature of an Authorization field.

        Raises SignatureProblem as `parse_authorization` does.
        """
        if len(value) > 2048:
            return parse_authorization(value)
        known, _, signed = value.rpartition(b"Signature=")
        claim = self._known.get(known)
        if claim is not None and b"," not in signed and b" " not in signed:
            return claim, signed.decode("latin-1")
        claim, text = parse_authorization(value)
        if known.rstrip()[-1:] == b"," and text.encode("latin-1") == signed:
            if len(self._known) >= self._size:
                del self._known[next(iter(self._known))]
            self._known[known] = claim
        return claim, text


def hidden(value: bytes) -> str:
    """How AWS names a field it will not repeat: hashed with SHA-256 and encoded with Base64."""
    return b64encode(hashlib.sha256(value).digest()).decode()


def parse_authorization(value: bytes) -> tuple[Claim, str]:
    """The claim and the signature of an Authorization field in either Version 4 algorithm.

    Raises SignatureProblem "bad-algorithm", "malformed-pair", "missing-parts" or those of `parse_claim`.
    """
    algorithm, _, rest = value.strip().partition(b" ")
    if algorithm not in (ALGORITHM, ALGORITHM_A):
        raise SignatureProblem(
            "bad-algorithm",
            algorithm=algorithm.decode("latin-1"),
            hash=hidden(value),
            argument="Authorization",
            value=value.decode("latin-1"),
        )
    parts: dict[bytes, bytes] = {}
    for part in _BETWEEN.split(rest.strip()):
        name, equals, text = part.partition(b"=")
        if not equals and part:
            raise SignatureProblem("malformed-pair", part=part.decode("latin-1"), hash=hidden(value))
        parts[name] = text
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if not parts.get(name.encode())]
    if missing:
        sentences = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
        raise SignatureProblem("missing-parts", missing=sentences, hash=hidden(value))
    claim = parse_claim(algorithm, parts[b"Credential"].decode("latin-1"), parts[b"SignedHeaders"])
    return claim, parts[b"Signature"].decode("latin-1")


def parse_claim(algorithm: bytes, credential: str, signed_headers: bytes) -> Claim:
    """The claim of a Credential (`keyid/date/region/service/aws4_request`) and a list of signed headers.

    Raises SignatureProblem "bad-credential", "empty-key" or "scope-terminator".
    """
    wanted = 5 if algorithm == ALGORITHM else 4
    parts = credential.rsplit("/", wanted - 1)
    if len(parts) != wanted or "/" in parts[0]:
        raise SignatureProblem("bad-credential", credential=credential, count=wanted)
    if not parts[0]:
        raise SignatureProblem("empty-key", credential=credential)
    access_key, date = parts[0], parts[1]
    region = parts[2] if wanted == 5 else ""
    if parts[-1] != TERMINATOR:
        raise SignatureProblem("scope-terminator", terminator=parts[-1])
    names = tuple(signed_headers.lower().split(b";"))
    scope = "/".join(parts[1:]).encode("latin-1")
    return Claim(algorithm, access_key, date, region, parts[-2], scope, names, b";".join(names))


def parse_query(query: bytes) -> QueryClaim:
    """The claim that a presigned URL's query string carries.

    Raises SignatureProblem "query-missing" naming what is not there, "bad-algorithm" and those of `parse_claim`.
    """
    pairs = canonical.query_pairs(query)
    found: dict[str, bytes] = {}
    for name, value in pairs:
        if name[:6].lower() == b"x-amz-":
            found.setdefault(name.decode().lower(), canonical.decode(value))
    missing = [name for name in _QUERY_NEEDS if not found.get(name.lower())]
    if missing:
        sentences = " ".join(f"AWS query-string parameters must include '{name}'." for name in missing)
        raise SignatureProblem("query-missing", missing=sentences)
    algorithm = found["x-amz-algorithm"]
    if algorithm not in (ALGORITHM, ALGORITHM_A):
        raise SignatureProblem("bad-algorithm", algorithm=algorithm.decode("latin-1"), hash=hidden(query))
    claim = parse_claim(algorithm, found["x-amz-credential"].decode("latin-1"), found["x-amz-signedheaders"])
    return QueryClaim(
        claim,
        found["x-amz-signature"].decode("latin-1"),
        found.get("x-amz-date", b"").decode("latin-1"),
        _text(found.get("x-amz-expires")),
        _text(found.get("x-amz-security-token")),
        _text(found.get("x-amz-region-set")),
        [pair for pair in pairs if pair[0].lower() != b"x-amz-signature"],
        found.get("x-amz-content-sha256"),
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def check_scope(claim: Claim, stamp: Stamp, services: frozenset[str], region: str | None) -> None:
    """That the claim is for one of `services`, for `region` where one is expected, and for the day it was signed.

    Raises SignatureProblem "scope-service", "scope-region" or "scope-date".
    """
    if claim.service not in services:
        expected = min(services, key=len)
        raise SignatureProblem("scope-service", service=claim.service, expected=expected)
    if region is not None and claim.region != region and claim.algorithm == ALGORITHM:
        raise SignatureProblem("scope-region", region=claim.region, expected=region)
    if not stamp.text.startswith(claim.date) or len(claim.date) != 8:
        raise SignatureProblem("scope-date", date=claim.date, day=stamp.text[:8], stamp=stamp.text)
