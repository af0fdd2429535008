"""The keys a request may be signed with, and what follows from them."""

from orrery.gateway.identity import Clock, Credential, Lookup
from orrery.wire.signing import sigv4a
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.sigv4 import ALGORITHM, Claim, SigningKeys, same, signature


class Keyring:
    """Finds key pairs by `lookup`, holds tokens against them, and remembers the keys derived from their secrets."""

    __slots__ = ("_clock", "_lookup", "_public", "signing")

    def __init__(self, lookup: Lookup, clock: Clock) -> None:
        self._lookup = lookup
        self._clock = clock
        self._public = sigv4a.PublicKeys()
        self.signing = SigningKeys()

    def find(self, access_key: str, token: str | None) -> Credential:
        """The key pair that a request with this key id and session token may use.

        Raises SignatureProblem "unknown-key", "inactive-key", "token-missing", "token-wrong" or "token-expired".
        """
        credential = self._lookup(access_key)
        if credential is None:
            raise SignatureProblem("unknown-key", access_key=access_key)
        if not credential.active:
            raise SignatureProblem("inactive-key", access_key=access_key)
        expected = credential.session_token
        if expected is None:
            if token:
                raise SignatureProblem("token-wrong", access_key=access_key, token=token)
            return credential
        if not token:
            raise SignatureProblem("token-missing", access_key=access_key)
        if not same(expected, token):
            raise SignatureProblem("token-wrong", access_key=access_key, token=token)
        if credential.expires is not None and credential.expires <= self._clock.now():
            raise SignatureProblem("token-expired", access_key=access_key, token=token)
        return credential

    def key_for(self, claim: Claim, secret: str) -> bytes | sigv4a.PublicKey:
        """The key that a claim's signature is checked with: HMAC's for its scope, or the public half of a pair."""
        if claim.algorithm == ALGORITHM:
            return self.signing.get(secret, claim.date, claim.region, claim.service)
        return self._public.get(claim.access_key, secret)


def right(key: bytes | sigv4a.PublicKey, text: bytes, given: str) -> bool:
    """Whether `given` is the key's signature of a string to sign."""
    if isinstance(key, bytes):
        return same(signature(key, text), given)
    return sigv4a.holds(key, text, given)
