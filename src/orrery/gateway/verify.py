"""Who sent a request: its signature held against the keys we know, or the refusal AWS would send."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from orrery.gateway import refusals
from orrery.gateway.identity import (
    ANONYMOUS,
    Anonymous,
    Clock,
    Credential,
    Lookup,
    Rules,
    Verified,
)
from orrery.gateway.keyring import Keyring, right
from orrery.gateway.lifetimes import SKEW, Lifetimes
from orrery.gateway.recent import Recent
from orrery.gateway.verify_s3 import SIGNING_FIELDS, OldForms, check_signed_fields
from orrery.wire.http import Head
from orrery.wire.instant import SECOND
from orrery.wire.signing import sigv4, sigv4a
from orrery.wire.signing.post_policy import PostPolicy
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.sigv4 import Claim, Claims, QueryClaim
from orrery.wire.signing.stamp import Stamp, Stamps, parse_basic

__all__ = ["ANONYMOUS", "Anonymous", "Clock", "Credential", "Lookup", "Rules", "Verified", "Verifier"]

LONGEST_PRESIGNED: Final = 604_800
# STS ignores a shorter X-Amz-Expires: Kubernetes tokens are URLs of GetCallerIdentity with 60 seconds that hold for
# a quarter of an hour (https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html).
_AT_LEAST_SKEW: Final = "sts"
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_HEX: Final = re.compile(rb"[0-9a-f]{64}")
_EMPTY: Final = hashlib.sha256().hexdigest().encode()
_EVENTS: Final = b"STREAMING-AWS4-HMAC-SHA256-EVENTS"


class Verifier:
    """Checks signatures with `lookup` for keys and `clock` for time; remembers derived keys and parsed claims."""

    __slots__ = ("_claims", "_clock", "_keys", "_lifetimes", "_old", "_recent", "_stamps")

    def __init__(self, lookup: Lookup, clock: Clock) -> None:
        self._clock = clock
        self._claims = Claims()
        self._stamps = Stamps()
        self._keys = Keyring(lookup, clock)
        self._lifetimes = Lifetimes(clock)
        self._recent = Recent(self._keys, clock)
        self._old = OldForms(self._keys, self._lifetimes)

    def verify(
        self, head: Head, body: bytes | str | None, rules: Rules, bucket: str | None = None
    ) -> Verified | Anonymous:
        """Who signed the request.

        `body` is the collected body, or the hex SHA-256 of one that was kept elsewhere, or None when the head has
        to do (`x-amz-content-sha256` says what was signed, and the caller holds the body to `Verified.payload`).
        `bucket` is the S3 bucket that the Host names, None when the path has it.

        Raises Fault with the code, status and message of the service's family.
        """
        value = head.headers.get(b"authorization")
        form = "header"
        try:
            if value is not None:
                found = self._recent.verify(head, body, rules, value)
                if found is not None:
                    return found
            if head.query:
                form = _query_form(head, rules)
            if form == "header":
                if value is not None:
                    if value.startswith(b"AWS ") and rules.family == refusals.S3:
                        form = "v2-header"
                        return self._old.by_header(head, value, bucket)
                    return self._by_header(head, body, rules, value)
                if rules.anonymous:
                    return ANONYMOUS
                raise SignatureProblem("unsigned")
            if value is not None:
                raise SignatureProblem("two-mechanisms", argument="Authorization", value=value.decode("latin-1"))
            if form == "v2-query":
                return self._old.by_query(head, bucket)
            return self._by_query(head, body, rules)
        except SignatureProblem as problem:
            raise refusals.refuse(rules.family, problem, form) from None

    def verify_form(
        self, fields: Mapping[str, str], rules: Rules, bucket: str
    ) -> tuple[Verified | Anonymous, PostPolicy | None]:
        """Who signed a browser's upload to S3, and the policy that the file's size is still to be held against.

        `fields` are the form's fields before the file, names in lower case, variables expanded.
        Raises Fault as `verify` does, and for a policy that is malformed, over, or not met by the fields.
        """
        try:
            if not any(name in fields for name in SIGNING_FIELDS):
                if rules.anonymous:
                    return ANONYMOUS, None
                raise SignatureProblem("unsigned")
            return self._old.by_form(fields, rules, bucket)
        except SignatureProblem as problem:
            raise refusals.refuse(rules.family, problem, "post") from None

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
        if not -SKEW <= self._clock.host_now() - stamp.at <= SKEW:
            self._lifetimes.check_header(stamp)
        s3 = rules.family == refusals.S3
        token = headers.text(b"x-amz-security-token")
        if s3 and token is None:
            token = headers.text(b"x-amz-s3session-token")
        credential = self._keys.find(claim.access_key, token)
        _check_host(claim)
        region = claim.region
        if claim.algorithm == sigv4.ALGORITHM_A:
            region = _region_set(headers.text(b"x-amz-region-set"), b"x-amz-region-set" in claim.names, rules.region)
        if s3:
            check_signed_fields(head, claim.names)
        payload = _payload(headers.get(b"x-amz-content-sha256"), body, s3)
        signed = self._check(head, claim, stamp, payload, credential, given, rules, None)
        if s3:
            _check_body(payload, body)
        elif signed[0] == payload:
            self._recent.remember(head, rules, value, claim, stamp, credential.secret)
        return _verified(credential, claim, stamp, "header", region, signed, given)

    def _by_query(self, head: Head, body: bytes | str | None, rules: Rules) -> Verified:
        asked = sigv4.parse_query(head.query)
        claim = asked.claim
        if not asked.stamp:
            raise SignatureProblem("no-date")
        stamp = parse_basic(asked.stamp)
        s3 = rules.family == refusals.S3
        lifetime = _lifetime(asked, required=s3)
        sigv4.check_scope(claim, stamp, rules.services, rules.region)
        if claim.service == _AT_LEAST_SKEW:
            lifetime = max(lifetime, SKEW)
        self._lifetimes.check_presigned(asked.signature, stamp, lifetime)
        token = asked.token if asked.token is not None else head.headers.text(b"x-amz-security-token")
        credential = self._keys.find(claim.access_key, token)
        _check_host(claim)
        region = claim.region
        if claim.algorithm == sigv4.ALGORITHM_A:
            region = _region_set(asked.region_set, True, rules.region)
        if s3:
            check_signed_fields(head, claim.names)
            payload = _payload(_s3_query_payload(head, asked), body, s3)
        else:
            payload = _payload(head.headers.get(b"x-amz-content-sha256"), body, s3)
        signed = self._check(head, claim, stamp, payload, credential, asked.signature, rules, asked)
        if s3:
            _check_body(payload, body)
        self._lifetimes.used(asked.signature)
        return _verified(credential, claim, stamp, "query", region, signed, asked.signature)

    def _check(
        self,
        head: Head,
        claim: Claim,
        stamp: Stamp,
        payload: bytes,
        credential: Credential,
        given: str,
        rules: Rules,
        asked: QueryClaim | None,
    ) -> tuple[bytes, bytes | sigv4a.PublicKey]:
        """The payload that was signed and the key it was signed with. Raises SignatureProblem "mismatch"."""
        s3 = rules.family == refusals.S3
        pairs = None if asked is None else asked.pairs
        request = sigv4.canonical_request(head, claim, payload, pairs, s3=s3)
        text = sigv4.string_to_sign(claim, stamp.text, request)
        key = self._keys.key_for(claim, credential.secret)
        if right(key, text, given):
            return payload, key
        if rules.unsigned_body:
            payload = sigv4.UNSIGNED_PAYLOAD
            open_request = sigv4.canonical_request(head, claim, payload, pairs, s3=s3)
            if right(key, sigv4.string_to_sign(claim, stamp.text, open_request), given):
                return payload, key
        raise SignatureProblem(
            "mismatch",
            access_key=claim.access_key,
            provided=given,
            text=text.decode("latin-1"),
            text_bytes=text.hex(" "),
            canonical=request.decode("utf-8", "replace"),
            canonical_bytes=request.hex(" "),
        )


def _query_form(head: Head, rules: Rules) -> str:
    """How the query string says the request is signed; "header" when it says nothing."""
    query = head.query
    if b"amz-" in query.lower() and b"x-amz-algorithm=" in query.lower():
        return "query"
    if rules.family == refusals.S3 and b"AWSAccessKeyId=" in query:
        return "v2-query"
    return "header"


def _verified(
    credential: Credential,
    claim: Claim,
    stamp: Stamp,
    form: str,
    region: str,
    signed: tuple[bytes, bytes | sigv4a.PublicKey],
    given: str,
) -> Verified:
    payload, key = signed
    return Verified(
        credential.principal,
        claim.access_key,
        stamp.at,
        form,
        region,
        claim.service,
        payload,
        given,
        key,
        claim.scope,
        stamp.text,
    )


def _check_host(claim: Claim) -> None:
    if b"host" not in claim.names and b":authority" not in claim.names:
        raise SignatureProblem("host-unsigned", headers="host")


def _region_set(given: str | None, signed: bool, region: str | None) -> str:
    """The one region of a Version 4A region set, "" when it names several."""
    if given is None or not signed:
        raise SignatureProblem("region-set-missing")
    if region is not None and not sigv4a.covers(given, region):
        raise SignatureProblem("scope-region", region=given, expected=region)
    return given if sigv4a.is_one_region(given) else ""


def _payload(value: bytes | None, body: bytes | str | None, s3: bool) -> bytes:
    """What stands for the body in the canonical request.

    S3 takes the word of x-amz-content-sha256, and holds the body to it; all others hash the body they received.
    """
    if s3:
        if value is None:
            raise SignatureProblem("sha256-missing")
        if value == sigv4.UNSIGNED_PAYLOAD or value in sigv4.STREAMING_KINDS or _HEX.fullmatch(value):
            return value
        raise SignatureProblem("sha256-malformed", argument="x-amz-content-sha256", value=value.decode("latin-1"))
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest().encode()
    if body is not None:
        return body.encode()
    if value is None or not (value == _EVENTS or _HEX.fullmatch(value)):
        raise SignatureProblem("sha256-missing")
    return value


def _s3_query_payload(head: Head, asked: QueryClaim) -> bytes:
    return asked.content_sha256 or head.headers.get(b"x-amz-content-sha256") or sigv4.UNSIGNED_PAYLOAD


def _check_body(payload: bytes, body: bytes | str | None) -> None:
    if body is None or (not body and payload == _EMPTY) or not _HEX.fullmatch(payload):
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
    if not _NUMBER.fullmatch(text):
        raise SignatureProblem("expires-not-number")
    seconds = int(text)
    if seconds < 0:
        raise SignatureProblem("expires-negative")
    if seconds > LONGEST_PRESIGNED:
        raise SignatureProblem("presigned-too-long")
    return seconds * SECOND
