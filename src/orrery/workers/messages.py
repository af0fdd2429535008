"""What a gateway and the kernel tell each other: one Struct a message, in batches of a turn of the loop each.

`id` is the number a gateway gave a call or a question; answers bear it. Values travel as msgpack within (values.py).
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from orrery.auth.credentials import Credential
from orrery.gateway.ring import Entry
from orrery.kernel.call import Principal

Fields = list[tuple[bytes, bytes]]


class Trouble(Struct, array_like=True, frozen=True, gc=False):
    """A Fault."""

    code: str
    message: str
    status: int | None
    members: Raw
    headers: Raw


class Form(Struct, array_like=True, frozen=True, gc=False):
    """What a browser's form asks beside its file."""

    fields: dict[str, str]
    asked: Raw
    tagging: Raw | None


class Brought(Struct, array_like=True, frozen=True, gc=False):
    """The body of a streaming operation: whole in `data`, or None for one to be asked for by `Pour`."""

    length: int | None
    algorithm: str | None
    data: bytes | None = None
    digest: bytes | None = None
    trouble: Trouble | None = None
    form: Form | None = None


# --- from a gateway to the kernel ---


class Asked(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """Perform an operation, for who was verified under `epoch`."""

    id: int
    epoch: int
    service: str
    operation: str
    protocol: str
    principal: Principal
    region: str
    request_id: str
    host: str
    scheme: str
    source: str
    form: str
    signed_region: str
    host_bucket: str
    values: Raw
    body: Brought | None = None


class Confirm(Struct, array_like=True, frozen=True, gc=False, tag=2):
    """May a refusal that was made under `epoch` be told?"""

    id: int
    epoch: int


class KeyWanted(Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Whose is this access key?"""

    id: int
    access_key: str


class Gone(Struct, array_like=True, frozen=True, gc=False, tag=4):
    """The client of a call has gone, or does not want the rest of the body it was given."""

    id: int


class Chunk(Struct, array_like=True, frozen=True, gc=False, tag=5):
    """More of a body that was asked for."""

    id: int
    data: bytes


class Poured(Struct, array_like=True, frozen=True, gc=False, tag=6):
    """A body has come to its end: `digest` is its checksum. With `trouble` or `lost` it is worthless."""

    id: int
    digest: bytes | None = None
    trouble: Trouble | None = None
    lost: str | None = None


class More(Struct, array_like=True, frozen=True, gc=False, tag=7):
    """The next piece of a body that is given out, please."""

    id: int


class Noted(Struct, array_like=True, frozen=True, gc=False, tag=8):
    """A request was answered; for the kernel's ring."""

    entry: Entry


class Told(Struct, array_like=True, frozen=True, gc=False, tag=9):
    """A failure that is nobody's answer."""

    what: str
    text: str


class Operated(Struct, array_like=True, frozen=True, gc=False, tag=10):
    """A request to the operator interface. A long body has been written into the file `spooled`, which is the
    kernel's to remove."""

    id: int
    method: str
    target: bytes
    headers: Fields
    scheme: str
    peer: str
    minor: int
    body: bytes
    spooled: str | None = None


class SharesWanted(Struct, array_like=True, frozen=True, gc=False, tag=11):
    """What is a browser told that asked for a page of another origin?"""

    id: int
    service: str
    operation: str
    labels: dict[str, str]
    origin: str
    method: str
    account: str
    region: str


class Serving(Struct, array_like=True, frozen=True, gc=False, tag=12):
    """The gateway listens."""


class Synced(Struct, array_like=True, frozen=True, gc=False, tag=13):
    """Everything noted before `Sync` came has been told."""

    turn: int


FromGateway = (
    Asked
    | Confirm
    | KeyWanted
    | Gone
    | Chunk
    | Poured
    | More
    | Noted
    | Told
    | Operated
    | SharesWanted
    | Serving
    | Synced
)


# --- from the kernel to a gateway ---


class Hello(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """What a gateway has to know before it serves: the settings, root keys besides the test keys (access key → secret
    and account), and the key and certificate of the authority for TLS, where it is spoken."""

    settings: Raw
    roots: dict[str, tuple[str, str]]
    authority: tuple[bytes, bytes] | None
    cache: str | None


class Standing(Struct, array_like=True, frozen=True, gc=False, tag=2):
    """What requests are verified by from now on: the epoch, and the pieces of virtual time."""

    epoch: int
    pieces: list[tuple[int, int, float]]


class Piece(Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Some of a body: bytes, or so many of a file, from an offset, whose descriptor comes beside; or the failure."""

    id: int
    data: bytes | None
    offset: int = 0
    length: int = 0
    failed: bool = False


class Given(Struct, array_like=True, frozen=True, gc=False):
    """The body of an answer: its length, and its first piece or, without one, to be asked for by `More`."""

    length: int
    first: Piece | None


class Answered(Struct, array_like=True, frozen=True, gc=False, tag=4):
    """The outcome of a call; `performed` is the stopwatch's reading when its operation had ended."""

    id: int
    performed: float
    values: Raw
    body: Given | None = None


class Refused(Struct, array_like=True, frozen=True, gc=False, tag=5):
    """A call ended in a fault; `performed` as of `Answered`, 0.0 where it was not come to."""

    id: int
    performed: float
    trouble: Trouble


class Ended(Struct, array_like=True, frozen=True, gc=False, tag=6):
    """A call ended without an outcome: its client has gone, or (`lost`) the rest of its body will not come."""

    id: int
    lost: str | None


class Stale(Struct, array_like=True, frozen=True, gc=False, tag=7):
    """The epoch is another by now: verify again."""

    id: int


class Confirmed(Struct, array_like=True, frozen=True, gc=False, tag=8):
    """The refusal may be told; or the store has failed meanwhile, which is to be told instead."""

    id: int
    trouble: Trouble | None


class KeyFound(Struct, array_like=True, frozen=True, gc=False, tag=9):
    """Whose an access key is."""

    id: int
    access_key: str
    credential: Credential | None


class Pour(Struct, array_like=True, frozen=True, gc=False, tag=10):
    """The operation reads its body now: send it, and no more than was taken and a window beyond."""

    id: int


class Taken(Struct, array_like=True, frozen=True, gc=False, tag=11):
    """So many bytes of a body were taken in."""

    id: int
    size: int


class OperatorAnswered(Struct, array_like=True, frozen=True, gc=False, tag=12):
    """What the operator interface says. A long body stands in the file `spooled`, which is the gateway's to remove."""

    id: int
    status: int
    headers: Fields
    body: bytes
    spooled: str | None = None


class Shares(Struct, array_like=True, frozen=True, gc=False, tag=13):
    """Header fields for a browser; None where the service has no rules for it."""

    id: int
    fields: Fields | None


class Sync(Struct, array_like=True, frozen=True, gc=False, tag=14):
    """Answer when everything noted so far has been told."""

    turn: int


class Drain(Struct, array_like=True, frozen=True, gc=False, tag=15):
    """Let requests in flight finish for at most so many seconds, and end."""

    seconds: float


FromKernel = (
    Hello
    | Standing
    | Piece
    | Answered
    | Refused
    | Ended
    | Stale
    | Confirmed
    | KeyFound
    | Pour
    | Taken
    | OperatorAnswered
    | Shares
    | Sync
    | Drain
)

GATEWAY_BATCH: msgspec.msgpack.Decoder[list[FromGateway]] = msgspec.msgpack.Decoder(list[FromGateway])
KERNEL_BATCH: msgspec.msgpack.Decoder[list[FromKernel]] = msgspec.msgpack.Decoder(list[FromKernel])
