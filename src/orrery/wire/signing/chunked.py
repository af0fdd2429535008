"""The aws-chunked content coding: chunks that may be signed each, and trailing fields, decoded as they arrive.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import hashlib
import re
from collections.abc import Callable
from typing import Final

from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.sigv4 import EMPTY_SHA256, same, signature

SMALLEST_CHUNK: Final = 8192
LONGEST_LINE: Final = 1024
LONGEST_TRAILERS: Final = 16 * 1024
TRAILER_SIGNATURE: Final = "x-amz-trailer-signature"

_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")
_MARK: Final = b";chunk-signature="

Holds = Callable[[bytes, str], bool]


class Chain:
    """The chain of signatures through a body: each is made over the one before it.

    `holds` tells whether a signature is right for a string to sign; `seed` is the signature of the request's head.
    """

    __slots__ = ("_algorithm", "_holds", "_last", "_scope", "_stamp")

    def __init__(self, algorithm: bytes, holds: Holds, seed: str, stamp: str, scope: bytes) -> None:
        self._algorithm = algorithm
        self._holds = holds
        self._last = seed.encode("latin-1")
        self._stamp = stamp.encode()
        self._scope = scope

    def chunk(self, digest: str, given: str) -> None:
        """Check the signature of the next chunk, whose data has this SHA-256 (hex).

        Raises SignatureProblem "chunk-mismatch".
        """
        self._check(b"PAYLOAD", EMPTY_SHA256.encode() + b"\n" + digest.encode(), given)

    def trailer(self, digest: str, given: str) -> None:
        """Check the signature of the trailing fields. Raises SignatureProblem "chunk-mismatch"."""
        self._check(b"TRAILER", digest.encode(), given)

    def _check(self, kind: bytes, rest: bytes, given: str) -> None:
        text = b"%b-%b\n%b\n%b\n%b\n%b" % (
            self._algorithm,
            kind,
            self._stamp,
            self._scope,
            self._last,
            rest,
        )
        # An ECDSA signature in a chunk is padded with asterisks to a length known beforehand.
        bare = given.rstrip("*")
        if not self._holds(text, bare):
            raise SignatureProblem(
                "chunk-mismatch", text=text.decode("latin-1"), text_bytes=text.hex(" "), provided=given
            )
        self._last = bare.encode("latin-1")


class TrustingChain(Chain):
    """Takes every signature for right."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(b"", lambda text, given: True, "", "", b"")

    def chunk(self, digest: str, given: str) -> None:
        """Nothing is wrong."""

    def trailer(self, digest: str, given: str) -> None:
        """Nothing is wrong."""


TRUSTING: Final = TrustingChain()


def hmac_chain(key: bytes, seed: str, stamp: str, scope: bytes) -> Chain:
    """The chain of `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`, with the signing key of the head."""
    return Chain(b"AWS4-HMAC-SHA256", lambda text, given: same(signature(key, text), given), seed, stamp, scope)


class ChunkDecoder:
    """Turns an aws-chunked body back into its data, whatever the pieces it arrives in.

    `length` is what x-amz-decoded-content-length announces; no byte beyond it is given out. `chain` is None for
    unsigned chunks. `announced` are the names in x-amz-trailer, lower case; None means that no trailers may come.
    Data is given out before its chunk's signature has been seen: only after `finish` may it be kept.

    `trailers` holds the trailing fields once the body is complete.
    """

    __slots__ = (
        "_after",
        "_announced",
        "_buffer",
        "_chain",
        "_digest",
        "_given",
        "_left",
        "_length",
        "_sizes",
        "_state",
        "_total",
        "trailers",
    )

    def __init__(self, length: int, chain: Chain | None, announced: frozenset[str] | None = None) -> None:
        self.trailers: dict[str, str] = {}
        self._length = length
        self._chain = chain
        self._announced = announced
        self._buffer = bytearray()
        self._state: Callable[[list[bytes]], bool] = self._head
        self._left = 0
        self._total = 0
        self._sizes: tuple[int, int] = (0, 0)
        self._given = ""
        self._digest = hashlib.sha256()
        self._after = 0

    @property
    def complete(self) -> bool:
        """Whether the last chunk and all trailing fields have been read and found right."""
        return self._state == self._done

    def feed(self, data: bytes) -> list[bytes]:
        """The data in the next piece of the body.

        Raises SignatureProblem "chunk-malformed", "chunk-mismatch", "chunk-too-small", "chunk-length" or
        "trailer-malformed".
        """
        self._buffer += data
        out: list[bytes] = []
        while self._state(out):
            pass
        return out

    def finish(self) -> None:
        """Say that the body has ended. Raises SignatureProblem "chunk-truncated" when it should not have."""
        if not self.complete:
            raise SignatureProblem("chunk-truncated")

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end > LONGEST_LINE or (end < 0 and len(self._buffer) > LONGEST_LINE + 1):
            raise SignatureProblem("chunk-malformed", reason="a line is too long")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _head(self, out: list[bytes]) -> bool:
        line = self._line()
        if line is None:
            return False
        size, mark, given = line.partition(_MARK)
        if not _SIZE.fullmatch(size) or bool(mark) != (self._chain is not None) or (mark and not given):
            raise SignatureProblem("chunk-malformed", reason="a chunk's head is malformed")
        self._given = given.decode("latin-1")
        self._left = int(size, 16)
        count, before = self._sizes
        if self._left and count and before < SMALLEST_CHUNK:
            raise SignatureProblem("chunk-too-small", chunk=count, size=before)
        if self._total + self._left > self._length:
            raise SignatureProblem("chunk-length", expected=self._length)
        self._sizes = (count + 1, self._left)
        self._digest = hashlib.sha256()
        if self._left:
            self._state = self._data
            return True
        return self._last_chunk()

    def _data(self, out: list[bytes]) -> bool:
        taken = bytes(self._buffer[: self._left])
        if not taken:
            return False
        del self._buffer[: len(taken)]
        self._left -= len(taken)
        self._total += len(taken)
        if self._chain is not None:
            self._digest.update(taken)
        out.append(taken)
        if self._left == 0:
            self._state = self._data_end
        return True

    def _data_end(self, out: list[bytes]) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer[:2] != b"\r\n":
            raise SignatureProblem("chunk-malformed", reason="a chunk is longer than it says")
        del self._buffer[:2]
        self._check_chunk()
        self._state = self._head
        return True

    def _check_chunk(self) -> None:
        if self._chain is not None:
            self._chain.chunk(self._digest.hexdigest(), self._given)

    def _last_chunk(self) -> bool:
        self._check_chunk()
        if self._total != self._length:
            raise SignatureProblem("chunk-length", expected=self._length)
        self._state = self._trailer
        return True

    def _trailer(self, out: list[bytes]) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self._check_trailers()
            self._state = self._done
            return True
        self._after += len(line)
        name, colon, value = line.partition(b":")
        key = name.strip().lower().decode("latin-1")
        if not colon or not key or key in self.trailers or self._after > LONGEST_TRAILERS:
            raise SignatureProblem("trailer-malformed")
        self.trailers[key] = value.strip().decode("latin-1")
        return True

    def _check_trailers(self) -> None:
        given = self.trailers.pop(TRAILER_SIGNATURE, None)
        if frozenset(self.trailers) != (self._announced or frozenset()):
            raise SignatureProblem("trailer-malformed")
        signed = self._chain is not None and self._announced is not None
        if signed != (given is not None):
            raise SignatureProblem("trailer-malformed")
        if self._chain is not None and given is not None:
            fields = "".join(f"{name}:{value}\n" for name, value in sorted(self.trailers.items()))
            self._chain.trailer(hashlib.sha256(fields.encode("latin-1")).hexdigest(), given)

    def _done(self, out: list[bytes]) -> bool:
        if self._buffer:
            raise SignatureProblem("chunk-malformed", reason="data follows the last chunk")
        return False
