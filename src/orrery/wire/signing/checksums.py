"""The checksums S3 knows, computed piece by piece, and joined without the data where their kind allows it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import hashlib
import zlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from awscrt import checksums as crt

from orrery.wire.signing.sigv4 import same


class Running(Protocol):
    """A checksum under way."""

    def update(self, data: bytes, /) -> None:
        """Take in the next bytes."""

    def digest(self) -> bytes:
        """The checksum of all bytes taken in so far, most significant byte first."""


class _Crc:
    """A cyclic redundancy check kept as an integer."""

    __slots__ = ("_size", "_step", "_value")

    def __init__(self, step: Callable[[bytes, int], int], size: int) -> None:
        self._step = step
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._step(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class _XxHash:
    """One of the xxHash family; the library lets go of its state at the end, so the digest is kept."""

    __slots__ = ("_digest", "_state")

    def __init__(self, state: crt.XXHash) -> None:
        self._state = state
        self._digest: bytes | None = None

    def update(self, data: bytes, /) -> None:
        self._state.update(data)

    def digest(self) -> bytes:
        if self._digest is None:
            self._digest = bytes(self._state.finalize())
        return self._digest


Combine = Callable[[int, int, int], int]


class Algorithm(NamedTuple):
    """One member of S3's ChecksumAlgorithm: its name, digest size in bytes, maker, and how two digests join."""

    name: str
    size: int
    start: Callable[[], Running]
    combine: Combine | None = None

    @property
    def header(self) -> str:
        """The header and trailer field that carries it, in lower case."""
        return f"x-amz-checksum-{self.name.lower()}"

    def of(self, data: bytes) -> bytes:
        """The digest of `data`."""
        running = self.start()
        running.update(data)
        return running.digest()

    def join(self, one: bytes, other: bytes, length: int) -> bytes:
        """The digest of two blocks from the digests of each; `length` is the second's in bytes.

        Raises TypeError for algorithms that cannot be joined (all but the CRCs).
        """
        if self.combine is None:
            raise TypeError(f"{self.name} digests cannot be combined")
        joined = self.combine(int.from_bytes(one, "big"), int.from_bytes(other, "big"), length)
        return joined.to_bytes(self.size, "big")


def _md5() -> Running:
    return hashlib.md5(usedforsecurity=False)


def _sha1() -> Running:
    return hashlib.sha1(usedforsecurity=False)


ALGORITHMS: Final = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("CRC32", 4, lambda: _Crc(zlib.crc32, 4), crt.combine_crc32),
        Algorithm("CRC32C", 4, lambda: _Crc(crt.crc32c, 4), crt.combine_crc32c),
        Algorithm("CRC64NVME", 8, lambda: _Crc(crt.crc64nvme, 8), crt.combine_crc64nvme),
        Algorithm("SHA1", 20, _sha1),
        Algorithm("SHA256", 32, hashlib.sha256),
        Algorithm("SHA512", 64, hashlib.sha512),
        Algorithm("MD5", 16, _md5),
        Algorithm("XXHASH64", 8, lambda: _XxHash(crt.XXHash.new_xxhash64())),
        Algorithm("XXHASH3", 8, lambda: _XxHash(crt.XXHash.new_xxhash3_64())),
        Algorithm("XXHASH128", 16, lambda: _XxHash(crt.XXHash.new_xxhash3_128())),
    )
}
CONTENT_MD5: Final = ALGORITHMS["MD5"]
_BY_HEADER: Final = {algorithm.header: algorithm for algorithm in ALGORITHMS.values()}


def by_header(name: str) -> Algorithm | None:
    """The algorithm whose value the field `name` (any case) carries."""
    return _BY_HEADER.get(name.lower())


def read(algorithm: Algorithm, text: str) -> bytes | None:
    """The digest a client states in Base64; None when it is no digest of this algorithm."""
    try:
        digest = b64decode(text.encode("ascii"), validate=True)
    except (Base64Error, ValueError):
        return None
    return digest if len(digest) == algorithm.size else None


def write(digest: bytes) -> str:
    """A digest in Base64, as headers carry it."""
    return b64encode(digest).decode()


def agree(one: bytes, other: bytes) -> bool:
    """Whether two digests are equal, in constant time."""
    return same(one.hex(), other.hex())


def composite(algorithm: Algorithm, parts: list[bytes]) -> str:
    """The checksum of checksums of an object uploaded in parts, `BASE64-COUNT`."""
    return f"{write(algorithm.of(b''.join(parts)))}-{len(parts)}"
