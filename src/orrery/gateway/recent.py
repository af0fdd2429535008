"""The common case of verification, cheap: a client that signs as it did a moment ago.

Most requests repeat what an earlier one has proved: the same Authorization field up to the signature, the same second,
the same path. What follows from that alone is kept; what remains is to look up the key pair (it may be gone), to hash
the request and to compare. Whatever does not fit, or does not agree, is left to the long way, which words the refusals.
"""

import hashlib
from hmac import compare_digest
from typing import Final, NamedTuple

from orrery.gateway.identity import Clock, Rules, Verified
from orrery.gateway.keyring import Keyring
from orrery.gateway.lifetimes import SKEW
from orrery.wire.http import Head
from orrery.wire.signing import sigv4
from orrery.wire.signing.canonical import canonical_headers
from orrery.wire.signing.sigv4 import Claim, SigningKey
from orrery.wire.signing.stamp import Stamp

_SIZE: Final = 1024
_MARK: Final = b"Signature="


class Proof(NamedTuple):
    """What was proved of a client's requests of one second; `start`, `end` and `text` surround what still differs."""

    claim: Claim
    rules: Rules
    secret: str
    key: SigningKey
    stamp: Stamp
    date: bytes
    method: str
    start: bytes
    end: bytes
    text: bytes


class Recent:
    """Proofs by the part of the Authorization field that comes before the signature."""

    __slots__ = ("_clock", "_keys", "_proofs")

    def __init__(self, keys: Keyring, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._proofs: dict[bytes, Proof] = {}

    def verify(self, head: Head, body: bytes | str | None, rules: Rules, value: bytes) -> Verified | None:
        """Who signed the request, or None: ask the long way. Raises SignatureProblem for the key pair."""
        known, _, given = value.rpartition(_MARK)
        proof = self._proofs.get(known)
        if proof is None:
            return None
        claim, wanted, secret, key, stamp, date, method, start, end, text = proof
        headers = head.headers
        if (
            headers.get(b"x-amz-date") != date
            or (wanted is not rules and wanted != rules)
            or head.target != b"/"
            or head.method != method
            or type(body) is not bytes
            or not -SKEW <= self._clock.host_now() - stamp.at <= SKEW
        ):
            return None
        credential = self._keys.find(claim.access_key, headers.text(b"x-amz-security-token"))
        if credential.secret != secret:
            return None
        payload = hashlib.sha256(body).hexdigest().encode()
        request = start + canonical_headers(headers, claim.names) + end + payload
        signed = key.sign(text + hashlib.sha256(request).hexdigest().encode())
        if not compare_digest(signed.encode(), given):
            return None
        return Verified(
            credential.principal,
            claim.access_key,
            stamp.at,
            "header",
            claim.region,
            claim.service,
            payload,
            signed,
            key,
            claim.scope,
            stamp.text,
        )

    def remember(self, head: Head, rules: Rules, value: bytes, claim: Claim, stamp: Stamp, secret: str) -> None:
        """Keep what a request proved whose header signature was right (not S3's, whose canonical form differs)."""
        date = head.headers.get(b"x-amz-date")
        if head.target != b"/" or date is None or claim.algorithm != sigv4.ALGORITHM or len(value) > 2048:
            return
        known = value.rpartition(_MARK)[0]
        proofs = self._proofs
        if len(proofs) >= _SIZE and known not in proofs:
            del proofs[next(iter(proofs))]
        key = self._keys.key_for(claim, secret)
        if isinstance(key, SigningKey):
            start = b"%b\n/\n\n" % head.method.encode()
            end = b"\n%b\n" % claim.signed_headers
            text = b"%b\n%b\n%b\n" % (claim.algorithm, stamp.text.encode(), claim.scope)
            proofs[known] = Proof(claim, rules, secret, key, stamp, date, head.method, start, end, text)
