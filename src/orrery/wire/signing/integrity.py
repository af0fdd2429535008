"""What a client says its body's checksum is, in head or trailers, and whether that is so.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from orrery.wire.http import Headers
from orrery.wire.signing import checksums
from orrery.wire.signing.checksums import Algorithm, Running
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.sigv4 import same

_SHA256_LENGTH: Final = 64
_PREFIX: Final = b"x-amz-checksum-"
_SDK: Final = b"x-amz-sdk-checksum-algorithm"


class Integrity:
    """Holds one body against Content-MD5, `x-amz-checksum-*` and the hash that was signed.

    `signed` is the hex SHA-256 that the signature covers, anything else when it covers none. `algorithm` is the one
    the client chose, None when it chose none; `digest` its value once the body has been taken in. Without `summed`
    checksum fields are passed over: they are of something else.

    Raises SignatureProblem "md5-malformed", "checksum-malformed", "checksum-several", "checksum-absent",
    "checksum-unlike" or "trailer-unknown" when made of a head that cannot hold.
    """

    __slots__ = ("_expected", "_md5", "_md5_expected", "_running", "_sha256", "_signed", "algorithm", "announced")

    def __init__(self, headers: Headers, signed: str = "", *, summed: bool = True) -> None:
        self.announced = _announced(headers)
        self.algorithm, self._expected = _chosen(headers, self.announced) if summed else (None, None)
        self._running: Running | None = self.algorithm.start() if self.algorithm is not None else None
        self._md5_expected = _content_md5(headers)
        self._md5 = checksums.CONTENT_MD5.start() if self._md5_expected is not None else None
        self._signed = signed if len(signed) == _SHA256_LENGTH else ""
        self._sha256 = hashlib.sha256() if self._signed else None

    def update(self, data: bytes) -> None:
        """Take in the next bytes of the decoded body."""
        if self._running is not None:
            self._running.update(data)
        if self._md5 is not None:
            self._md5.update(data)
        if self._sha256 is not None:
            self._sha256.update(data)

    @property
    def digest(self) -> bytes | None:
        """The checksum by the chosen algorithm of what was taken in."""
        return None if self._running is None else self._running.digest()

    def finish(self, trailers: Mapping[str, str]) -> None:
        """Compare everything that was said.

        Raises SignatureProblem "sha256-mismatch", "md5-mismatch", "checksum-mismatch" or
        "checksum-trailer-malformed".
        """
        if self._sha256 is not None and not same(self._sha256.hexdigest(), self._signed):
            raise SignatureProblem("sha256-mismatch", client=self._signed, computed=self._sha256.hexdigest())
        if self._md5 is not None and self._md5_expected is not None:
            computed = self._md5.digest()
            if not checksums.agree(computed, self._md5_expected):
                raise SignatureProblem(
                    "md5-mismatch", expected=checksums.write(self._md5_expected), computed=checksums.write(computed)
                )
        if self.algorithm is None or self._running is None:
            return
        expected = self._expected
        if expected is None:
            header = self.algorithm.header
            expected = checksums.read(self.algorithm, trailers.get(header, ""))
            if expected is None:
                raise SignatureProblem("checksum-trailer-malformed", header=header)
        if not checksums.agree(self._running.digest(), expected):
            raise SignatureProblem("checksum-mismatch", algorithm=self.algorithm.name)


def _announced(headers: Headers) -> frozenset[str] | None:
    if b"x-amz-trailer" not in headers:
        return None
    values = headers.all(b"x-amz-trailer")
    names = frozenset(
        name.strip().lower() for value in values for name in value.decode("latin-1").split(",") if name.strip()
    )
    if any(checksums.by_header(name) is None for name in names):
        raise SignatureProblem("trailer-unknown")
    return names


def _chosen(headers: Headers, announced: frozenset[str] | None) -> tuple[Algorithm | None, bytes | None]:
    stated: list[tuple[Algorithm, str]] = []
    for name, value in headers.index().items():
        if name.startswith(_PREFIX) and (algorithm := checksums.by_header(name.decode("latin-1"))) is not None:
            stated.append((algorithm, value.decode("latin-1")))
    trailing = [checksums.by_header(name) for name in announced or ()]
    if len(stated) + len(trailing) > 1:
        raise SignatureProblem("checksum-several")
    wanted = headers.text(_SDK)
    if not stated and not trailing:
        if wanted is not None:
            raise SignatureProblem("checksum-absent")
        return None, None
    chosen = stated[0][0] if stated else trailing[0]
    if wanted is not None and chosen is not None and wanted.upper() != chosen.name:
        raise SignatureProblem("checksum-unlike")
    if not stated:
        return chosen, None
    digest = checksums.read(*stated[0])
    if digest is None:
        raise SignatureProblem("checksum-malformed", header=stated[0][0].header)
    return chosen, digest


def _content_md5(headers: Headers) -> bytes | None:
    value = headers.text(b"content-md5")
    if value is None:
        return None
    digest = checksums.read(checksums.CONTENT_MD5, value)
    if digest is None:
        raise SignatureProblem("md5-malformed")
    return digest
