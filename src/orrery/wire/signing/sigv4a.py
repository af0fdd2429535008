"""Signature Version 4A: the asymmetric form, valid in a set of regions.

The key pair is derived from the access key id and the secret, so that both sides can make it; what is signed is as in
Version 4, with a scope that names no region.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import hmac
from fnmatch import fnmatchcase
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from orrery.wire.signing.chunked import Chain

ALGORITHM: Final = b"AWS4-ECDSA-P256-SHA256"
PublicKey = ec.EllipticCurvePublicKey
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LARGEST_CANDIDATE: Final = _ORDER - 2


def private_key(access_key: str, secret: str) -> ec.EllipticCurvePrivateKey:
    """The P-256 key of one key pair, by NIST SP 800-108's counter mode over HMAC-SHA256.

    Raises ValueError when no candidate fits, which no key pair in use does.
    """
    for counter in range(1, 255):
        context = access_key.encode() + bytes((counter,))
        fixed = b"\x00\x00\x00\x01" + ALGORITHM + b"\x00" + context + b"\x00\x00\x01\x00"
        candidate = int.from_bytes(hmac.digest(b"AWS4A" + secret.encode(), fixed, "sha256"), "big")
        if candidate <= _LARGEST_CANDIDATE:
            return ec.derive_private_key(candidate + 1, ec.SECP256R1())
    raise ValueError("no signing key can be derived from this secret")


class PublicKeys:
    """Derived public keys by (access key, secret); holds at most `size` of them."""

    __slots__ = ("_keys", "_size")

    def __init__(self, size: int = 256) -> None:
        self._keys: dict[tuple[str, str], PublicKey] = {}
        self._size = size

    def get(self, access_key: str, secret: str) -> PublicKey:
        """The public key, derived at most once while it is remembered."""
        wanted = (access_key, secret)
        key = self._keys.get(wanted)
        if key is None:
            key = private_key(access_key, secret).public_key()
            if len(self._keys) >= self._size:
                del self._keys[next(iter(self._keys))]
            self._keys[wanted] = key
        return key


def holds(key: PublicKey, text: bytes, given: str) -> bool:
    """Whether `given` (DER in hex) is this key's signature of a string to sign."""
    try:
        key.verify(bytes.fromhex(given), text, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def covers(region_set: str, region: str) -> bool:
    """Whether a region set (`us-east-1,eu-*`, or `*`) holds a region."""
    return any(fnmatchcase(region, pattern.strip()) for pattern in region_set.split(",") if "[" not in pattern)


def is_one_region(region_set: str) -> bool:
    """Whether a region set names a single region, without a wildcard."""
    return not any(character in region_set for character in ",*?")


def ecdsa_chain(key: PublicKey, seed: str, stamp: str, scope: bytes) -> Chain:
    """The chain of `STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD`, with the key that signed the head."""
    return Chain(ALGORITHM, lambda text, given: holds(key, text, given), seed, stamp, scope)
