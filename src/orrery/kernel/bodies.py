"""Bodies on their way: what a streaming operation is given as its input and what it gives out.

Neither is ever in memory as a whole, unless it is small.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from orrery.kernel.blobs import Reader


class Incoming(Protocol):
    """The body of a request, the value of a streaming input member; given for an empty body too.

    `length` is the number of bytes of data announced, None when the request's head does not say. `algorithm` is the
    checksum algorithm that the client chose, by header or trailer, None when it chose none; `digest` its value over
    all data, once `pour` has returned.
    """

    length: int | None

    @property
    def algorithm(self) -> str | None: ...
    @property
    def digest(self) -> bytes | None: ...

    async def pour(self, *takers: Callable[[bytes], object]) -> None:
        """Give every piece of the data to each taker, in order, and hold all against what was announced and signed.

        Takers are called in worker threads where the body is long: several at once, none of them twice at once. Raises
        the Fault of a body that is not what its head, signature or checksums say, and what a taker raised: what was
        taken is then worthless. Raises BodyLost when the client has gone.
        """


class IncomingForm(Incoming, Protocol):
    """The file of a browser's form (S3's PostObject), the value of its operation's streaming member.

    `fields` are the form's fields before the file, names in lower case; `asked` is the same request as the input of
    the operation that a client without a form would have used (PutObject), `tagging` its tags as that of
    PutObjectTagging, None when it has none.
    """

    fields: Mapping[str, str]
    asked: Any
    tagging: Any


class Slice(NamedTuple):
    """So many bytes of an open body, from an offset."""

    reader: Reader
    offset: int
    length: int


class Outgoing:
    """A body to be sent: slices of open bodies in order, each closed when it is sent or given up. Value of a
    streaming output member; small bodies may be given as bytes instead."""

    __slots__ = ("length", "slices")

    def __init__(self, slices: Sequence[Slice]) -> None:
        self.slices = slices
        self.length = sum(piece.length for piece in slices)

    def close(self) -> None:
        """Close what is open. Idempotent."""
        for piece in self.slices:
            piece.reader.close()
