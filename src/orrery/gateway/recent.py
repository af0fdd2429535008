"""The common case of verification, cheap: a client that signs as it did a moment ago.

Most requests repeat what an earlier one has proved: the same Authorization field up to the signature, the same second,
the same path. What follows from that alone is kept; what remains is to look up the key pair (it may be gone), to hash
the request and to compare. Whatever does not fit, or does not agree, is left to the long way, which words the refusals.
"""

from __future__ import annotations

import hashlib
from hmac import compare_digest
from operator import itemgetter
from typing import Any, Final

from orrery.gateway.identity import Clock, Rules, Verified
from orrery.gateway.keyring import Keyring
from orrery.gateway.lifetimes import SKEW
from orrery.wire.http import Head, Headers
from orrery.wire.signing import sigv4
from orrery.wire.signing.canonical import canonical_headers
from orrery.wire.signing.sigv4 import Claim, SigningKey
from orrery.wire.signing.stamp import Stamp

_SIZE: Final = 1024
_BEGUN: Final = 64
_MARK: Final = b"Signature="


class Proof:
    """What was proved of a client's requests of one second.

    `start`, `end` and `text` surround what still differs; `begun` holds, by the signed fields' values, the canonical
    request's hash up to the payload.
    """

    __slots__ = (
        "begun",
        "claim",
        "date",
        "end",
        "key",
        "method",
        "rules",
        "secret",
        "signed_values",
        "stamp",
        "start",
        "text",
    )

    def __init__(
        self, head: Head, rules: Rules, claim: Claim, stamp: Stamp, date: bytes, secret: str, key: SigningKey
    ) -> None:
        self.rules = rules
        self.claim = claim
        self.stamp = stamp
        self.date = date
        self.secret = secret
        self.key = key
        self.method = head.method
        self.signed_values = itemgetter(*claim.names)
        self.start = b"%b\n/\n\n" % head.method.encode()
        self.end = b"\n%b\n" % claim.signed_headers
        self.text = b"%b\n%b\n%b\n" % (claim.algorithm, stamp.text.encode(), claim.scope)
        self.begun: dict[Any, hashlib._Hash] = {}

    def begin(self, headers: Headers) -> hashlib._Hash:
        """The hash of the canonical request up to the payload. Raises SignatureProblem "header-absent"."""
        block = canonical_headers(headers, self.claim.names)
        begun = hashlib.sha256(self.start + block + self.end)
        if not headers.repeats():  # with repeated fields their first values do not say all
            if len(self.begun) >= _BEGUN:
                self.begun.clear()
            self.begun[self.signed_values(headers.index())] = begun
        return begun

    def hash(self, headers: Headers, payload: bytes) -> bytes:
        """The canonical request's hash, in hex. Raises SignatureProblem "header-absent"."""
        begun = None
        if not headers.repeats():
            try:
                begun = self.begun.get(self.signed_values(headers.index()))
            except KeyError:
                pass
        request = (begun or self.begin(headers)).copy()
        request.update(payload)
        return request.hexdigest().encode()


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
        claim, stamp, key = proof.claim, proof.stamp, proof.key
        headers = head.headers
        if (
            headers.get(b"x-amz-date") != proof.date
            or (proof.rules is not rules and proof.rules != rules)
            or head.target != b"/"
            or head.method != proof.method
            or type(body) is not bytes
            or not -SKEW <= self._clock.host_now() - stamp.at <= SKEW
        ):
            return None
        credential = self._keys.find(claim.access_key, headers.text(b"x-amz-security-token"))
        if credential.secret != proof.secret:
            return None
        payload = hashlib.sha256(body).hexdigest().encode()
        signed = key.sign(proof.text + proof.hash(headers, payload))
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
            proofs[known] = Proof(head, rules, claim, stamp, date, secret, key)
