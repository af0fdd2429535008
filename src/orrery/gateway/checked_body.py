"""The body of a streaming request: decoded from aws-chunked, and held against every checksum and signature given."""

from orrery.gateway import refusals
from orrery.gateway.identity import Anonymous, Verified
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.signing import sigv4
from orrery.wire.signing.chunked import TRUSTING, Chain, ChunkDecoder
from orrery.wire.signing.integrity import Integrity
from orrery.wire.signing.problem import SignatureProblem


class CheckedBody:
    """Gives out a body's data as it arrives; what `feed` gave may be kept only when `finish` raised nothing.

    `length` is the number of bytes of data that the client announces, None when its head does not say. Without `summed`
    the head's checksum fields are not of this body.
    Both the making and every method raise Fault in S3's words.
    """

    __slots__ = ("_decoder", "_family", "_integrity", "length")

    def __init__(
        self,
        head: Head,
        who: Verified | Anonymous,
        family: str = refusals.S3,
        *,
        summed: bool = True,
        believed: bool = False,
    ) -> None:
        self._family = family
        kind = who.payload if isinstance(who, Verified) else b""
        kind = kind or head.headers.get(b"x-amz-content-sha256") or b""
        try:
            self._integrity = Integrity(head.headers, kind.decode("latin-1"), summed=summed)
            self._decoder = _decoder(head, who, kind, self._integrity.announced, believed)
            coded = self._decoder is not None
            self.length = _length(head, b"x-amz-decoded-content-length" if coded else b"content-length")
        except SignatureProblem as problem:
            raise refusals.refuse(family, problem) from None

    @property
    def algorithm(self) -> str | None:
        """The member of ChecksumAlgorithm that the client chose, None when it chose none."""
        return None if self._integrity.algorithm is None else self._integrity.algorithm.name

    @property
    def digest(self) -> bytes | None:
        """The checksum of the data so far by that algorithm."""
        return self._integrity.digest

    def feed(self, data: bytes) -> list[bytes]:
        """The data in the next piece of the body."""
        if self._decoder is None:
            self._integrity.update(data)
            return [data]
        try:
            pieces = self._decoder.feed(data)
        except SignatureProblem as problem:
            raise refusals.refuse(self._family, problem) from None
        for piece in pieces:
            self._integrity.update(piece)
        return pieces

    def finish(self) -> None:
        """Say that the body has ended, and compare."""
        trailers: dict[str, str] = {}
        try:
            if self._decoder is not None:
                self._decoder.finish()
                trailers = self._decoder.trailers
            self._integrity.finish(trailers)
        except SignatureProblem as problem:
            raise refusals.refuse(self._family, problem) from None


def _decoder(
    head: Head, who: Verified | Anonymous, kind: bytes, announced: frozenset[str] | None, believed: bool
) -> ChunkDecoder | None:
    if kind not in sigv4.STREAMING_KINDS:
        return None
    length = _length(head, b"x-amz-decoded-content-length")
    if length is None:
        raise SignatureProblem("length-missing")
    chain: Chain | None = None
    if b"-AWS4-" in kind and believed:
        chain = TRUSTING
    elif b"-AWS4-" in kind:
        if not isinstance(who, Verified) or not who.scope:
            raise SignatureProblem("sha256-malformed", argument="x-amz-content-sha256", value=kind.decode())
        chain = who.chain()
    trailing = (announced or frozenset()) if kind.endswith(b"-TRAILER") else None
    return ChunkDecoder(length, chain, trailing)


def _length(head: Head, name: bytes) -> int | None:
    value = head.headers.get(name)
    if value is None or not value.isdigit() or len(value) > 18:
        return None
    return int(value)


def unmeasured(head: Head) -> Fault:
    """The refusal of a body of which nobody says how long it is: S3 takes none.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if head.headers.get(b"transfer-encoding") is not None:
        text = "A header you provided implies functionality that is not implemented"
        return Fault("NotImplemented", text, status=501, Header="Transfer-Encoding")
    return Fault("MissingContentLength")
