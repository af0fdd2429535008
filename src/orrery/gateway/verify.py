"""Who sent a request: the signature it carries checked against the keys we know, or the refusal AWS would send."""

import hashlib
import re
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from orrery.gateway import refusals
from orrery.wire.http import Head
from orrery.wire.instant import MINUTE, SECOND, Instant
from orrery.wire.signing import sigv4
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.sigv4 import Claim, Claims, QueryClaim, SigningKeys
from orrery.wire.signing.stamp import Stamp, Stamps, basic, parse_basic

SKEW: Final = 15 * MINUTE
LONGEST_PRESIGNED: Final = 604_800
_HEX: Final = re.compile(rb"[0-9a-f]{64}")


class Clock(Protocol):
    """The two times a request is judged by; see kernel/clock.py."""

    def now(self) -> int:
        """Virtual time, ms."""

    def host_now(self) -> int:
        """The machine's time, ms."""

    def at_host(self, host: int, /) -> int:
        """The virtual time it was when the machine's clock stood at `host`, by the recorded offsets."""


class Credential(NamedTuple):
    """One key pair. `session_token` and `expires` (virtual ms) belong to temporary ones; `principal` is opaque."""

    secret: str
    principal: object
    session_token: str | None = None
    expires: Instant | int | None = None
    active: bool = True


Lookup = Callable[[str], Credential | None]


class Rules(NamedTuple):
    """How one service on one protocol is verified.

    `services` are the names a credential's scope may carry; `region` the only region accepted, None for any;
    `anonymous` lets an unsigned request through as ANONYMOUS; `unsigned_body` is the model's `v4-unsigned-body`.
    """

    family: str
    services: frozenset[str]
    region: str | None = None
    anonymous: bool = False
    unsigned_body: bool = False


class Verified(NamedTuple):
    """A request whose signature is right.

    `signed_at` is the instant as signed (host time of the client); `form` is "header", "query", "v2-header",
    "v2-query" or "post"; `payload` is what was signed in place of the body's hash: a hex hash that the body must
    have, UNSIGNED-PAYLOAD or a streaming kind, whose chunks continue from `signature` with `key`.
    """

    principal: object
    access_key: str
    signed_at: int
    form: str
    region: str
    service: str
    payload: bytes
    signature: str
    key: bytes
    claim: Claim | None
    stamp: str


class Anonymous:
    """A request that nobody signed."""

    __slots__ = ()


ANONYMOUS: Final = Anonymous()


class Verifier:
    """Checks signatures with `lookup` for keys and `clock` for time; remembers derived keys and parsed claims."""

    __slots__ = ("_claims", "_clock", "_keys", "_lookup", "_stamps")

    def __init__(self, lookup: Lookup, clock: Clock) -> None:
        self._lookup = lookup
        self._clock = clock
        self._claims = Claims()
        self._stamps = Stamps()
        self._keys = SigningKeys()

    def verify(self, head: Head, body: bytes | str | None, rules: Rules) -> Verified | Anonymous:
        """Who signed the request.

        `body` is the collected body, or the hex SHA-256 of one that was kept elsewhere, or None when the head has
        to do (`x-amz-content-sha256` says what was signed, and the caller holds the body to `Verified.payload`).

        Raises Fault with the code, status and message of the service's family.
        """
        value = head.headers.get(b"authorization")
        form = "header"
        try:
            if head.query and b"x-amz-algorithm=" in head.query.lower():
                form = "query"
                if value is not None:
                    raise SignatureProblem("two-mechanisms", argument="Authorization", value=value.decode("latin-1"))
                return self._by_query(head, body, rules)
            if value is None:
                if rules.anonymous:
                    return ANONYMOUS
                raise SignatureProblem("unsigned")
            return self._by_header(head, body, rules, value)
        except SignatureProblem as problem:
            raise refusals.refuse(rules.family, problem, form) from None

    def _by_header(self, head: Head, body: bytes | str | None, rules: Rules, value: bytes) -> Verified:
        claim, given = self._claims.read(value)
        headers = head.headers
        stamp = self._stamps.read(headers)
        if (
            claim.service not in rules.services
            or stamp.text[:8] != claim.date
            or (rules.region is not None and claim.region != rules.region)
        ):
            sigv4.check_scope(claim, stamp, rules.services, rules.region)
        host = self._clock.host_now()
        if not -SKEW <= host - stamp.at <= SKEW and abs(self._clock.now() - stamp.at) > SKEW:
            raise _skewed(stamp, host)
        token = headers.get(b"x-amz-security-token")
        credential = self._credential(claim.access_key, None if token is None else token.decode("latin-1"))
        if b"host" not in claim.names and b":authority" not in claim.names:
            raise SignatureProblem("host-unsigned", headers="host")
        s3 = rules.family == refusals.S3
        payload = _s3_payload(head, claim) if s3 else _payload(body)
        request = sigv4.canonical_request(head, claim, payload, s3=s3)
        text = sigv4.string_to_sign(claim, stamp.text, request)
        key = self._keys.get(credential.secret, claim.date, claim.region, claim.service)
        if not sigv4.same(sigv4.signature(key, text), given):
            if not rules.unsigned_body:
                raise _mismatch(claim, given, request, text)
            payload = sigv4.UNSIGNED_PAYLOAD
            open_request = sigv4.canonical_request(head, claim, payload, s3=s3)
            open_text = sigv4.string_to_sign(claim, stamp.text, open_request)
            if not sigv4.same(sigv4.signature(key, open_text), given):
                raise _mismatch(claim, given, request, text)
        if s3:
            _check_body(payload, body)
        return Verified(
            credential.principal,
            claim.access_key,
            stamp.at,
            "header",
            claim.region,
            claim.service,
            payload,
            given,
            key,
            claim,
            stamp.text,
        )

    def _by_query(self, head: Head, body: bytes | str | None, rules: Rules) -> Verified:
        asked = sigv4.parse_query(head.query)
        claim = asked.claim
        if not asked.stamp:
            raise SignatureProblem("no-date")
        stamp = parse_basic(asked.stamp)
        s3 = rules.family == refusals.S3
        lifetime = _lifetime(asked, required=s3)
        sigv4.check_scope(claim, stamp, rules.services, rules.region)
        self._check_presigned(stamp, lifetime)
        token = asked.token
        if token is None:
            token = head.headers.text(b"x-amz-security-token")
        credential = self._credential(claim.access_key, token)
        if b"host" not in claim.names and b":authority" not in claim.names:
            raise SignatureProblem("host-unsigned", headers="host")
        payload = _s3_query_payload(head, asked) if s3 else _payload(body)
        request = sigv4.canonical_request(head, claim, payload, asked.pairs, s3=s3)
        text = sigv4.string_to_sign(claim, stamp.text, request)
        key = self._keys.get(credential.secret, claim.date, claim.region, claim.service)
        if not sigv4.same(sigv4.signature(key, text), asked.signature):
            raise _mismatch(claim, asked.signature, request, text)
        if s3:
            _check_body(payload, body)
        return Verified(
            credential.principal,
            claim.access_key,
            stamp.at,
            "query",
            claim.region,
            claim.service,
            payload,
            asked.signature,
            key,
            claim,
            stamp.text,
        )

    def _credential(self, access_key: str, token: str | None) -> Credential:
        credential = self._lookup(access_key)
        if credential is None:
            raise SignatureProblem("unknown-key", access_key=access_key)
        if not credential.active:
            raise SignatureProblem("inactive-key", access_key=access_key)
        expected = credential.session_token
        if expected is None:
            if token is not None:
                raise SignatureProblem("token-wrong", access_key=access_key, token=token)
            return credential
        if token is None:
            raise SignatureProblem("token-missing", access_key=access_key)
        if not sigv4.same(expected, token):
            raise SignatureProblem("token-wrong", access_key=access_key, token=token)
        if credential.expires is not None and credential.expires <= self._clock.now():
            raise SignatureProblem("token-expired", access_key=access_key, token=token)
        return credential

    def _check_presigned(self, stamp: Stamp, lifetime: int) -> None:
        """That virtual time is within `lifetime` (ms) of the virtual instant the URL was made at.

        The maker's clock may show the machine's time or, corrected by our Date field, virtual time; a stamp that
        the machine's clock has not reached can only be virtual.
        """
        now, host = self._clock.now(), self._clock.host_now()
        starts = [stamp.at]
        if stamp.at <= host + SKEW:
            starts.append(self._clock.at_host(stamp.at))
        if any(start - SKEW <= now <= start + lifetime for start in starts):
            return
        until = max(starts) + lifetime
        kind, limit = "presigned-expired", now - lifetime
        if now < min(starts):
            kind, limit = "presigned-not-yet", now + SKEW
        raise SignatureProblem(
            kind,
            stamp=stamp.text,
            limit=basic(limit),
            server=basic(now),
            minutes=(SKEW if kind == "presigned-not-yet" else lifetime) // MINUTE,
            lifetime=lifetime // SECOND,
            until_iso=extended(until),
            server_iso=extended(now),
        )


def extended(at: int) -> str:
    """An instant as S3 writes it in its errors, `2015-08-30T12:36:00Z`."""
    text = basic(at)
    return f"{text[:4]}-{text[4:6]}-{text[6:11]}:{text[11:13]}:{text[13:]}"


def _skewed(stamp: Stamp, host: int) -> SignatureProblem:
    late = stamp.at < host
    return SignatureProblem(
        "expired" if late else "not-yet",
        stamp=stamp.text,
        limit=basic(host - SKEW if late else host + SKEW),
        server=basic(host),
        minutes=SKEW // MINUTE,
        server_iso=extended(host),
        allowed=SKEW,
    )


def _mismatch(claim: Claim, given: str, request: bytes, text: bytes) -> SignatureProblem:
    return SignatureProblem(
        "mismatch",
        access_key=claim.access_key,
        provided=given,
        text=text.decode("latin-1"),
        text_bytes=text.hex(" "),
        canonical=request.decode("utf-8", "replace"),
        canonical_bytes=request.hex(" "),
    )


def _payload(body: bytes | str | None) -> bytes:
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest().encode()
    if body is None:
        raise SignatureProblem("sha256-missing")
    return body.encode()


def _s3_payload(head: Head, claim: Claim) -> bytes:
    value = head.headers.get(b"x-amz-content-sha256")
    if value is None:
        raise SignatureProblem("sha256-missing")
    _check_signed(head, claim)
    return _payload_kind(value)


def _s3_query_payload(head: Head, asked: QueryClaim) -> bytes:
    _check_signed(head, asked.claim)
    value = asked.content_sha256 or head.headers.get(b"x-amz-content-sha256")
    return sigv4.UNSIGNED_PAYLOAD if value is None else _payload_kind(value)


def _payload_kind(value: bytes) -> bytes:
    if value == sigv4.UNSIGNED_PAYLOAD or value in sigv4.STREAMING_KINDS or _HEX.fullmatch(value):
        return value
    raise SignatureProblem("sha256-malformed", argument="x-amz-content-sha256", value=value.decode("latin-1"))


def _check_signed(head: Head, claim: Claim) -> None:
    names = {name.lower() for name, _ in head.headers.raw if name[:6].lower() == b"x-amz-"}
    unsigned = names.difference(claim.names)
    if unsigned:
        listed = ", ".join(sorted(name.decode("latin-1") for name in unsigned))
        raise SignatureProblem("headers-unsigned", headers=listed)


def _check_body(payload: bytes, body: bytes | str | None) -> None:
    if body is None or not _HEX.fullmatch(payload):
        return
    computed = body if isinstance(body, str) else hashlib.sha256(body).hexdigest()
    if not sigv4.same(computed, payload.decode()):
        raise SignatureProblem("sha256-mismatch", client=payload.decode(), computed=computed)


def _lifetime(asked: QueryClaim, *, required: bool) -> int:
    text = asked.expires
    if text is None:
        if required:
            raise SignatureProblem("query-missing", missing="")
        return SKEW
    try:
        seconds = int(text)
    except ValueError:
        raise SignatureProblem("expires-not-number") from None
    if seconds < 0:
        raise SignatureProblem("expires-negative")
    if seconds > LONGEST_PRESIGNED:
        raise SignatureProblem("presigned-too-long")
    return seconds * SECOND
