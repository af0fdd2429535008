"""What the operator interface asks of a cloud."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from orrery.gateway.metrics import Family
from orrery.gateway.selection import Selection
from orrery.wire.http import Answer, Head


class Operated(Protocol):
    """A cloud as the operator interface sees it.

    Names that do not exist raise LookupError, values that cannot be ValueError; their texts are shown. An empty
    account or Region stands for all. Instants and lengths of time are milliseconds.
    """

    @property
    def states(self) -> "OperatedStates":
        """Its saved states."""

    @property
    def host_names(self) -> Collection[str]:
        """The cloud's own host names, in lower case."""

    def signed_by_root(self, head: Head, body: bytes | None) -> bool:
        """True when the request carries a valid signature of a root key, made for the service `orrery`; without the
        body its hash in the head is believed."""

    def health(self) -> Mapping[str, Any]:
        """Facts for people: pid, uptime_seconds, data_directory, durability, auth and the like."""

    def services(self) -> Mapping[str, bool]:
        """Every service by name; True when it has been used since the start."""

    def clock(self) -> Mapping[str, Any]:
        """`now` and `host` (instants), `mode` (real, manual, autojump), `rate`."""

    async def advance(self, length: int) -> int:
        """Let time pass and return, when everything that fell due has run, how many jobs ran."""

    async def turn_to(self, instant: int) -> int:
        """The same up to `instant`."""

    def set_clock(self, mode: str, rate: float) -> None:
        """Change how time runs from now on."""

    def limits(self, account: str, region: str) -> Sequence[Mapping[str, Any]]:
        """Every limit: `name`, `value` in this place, `doc`, and what else is known."""

    async def set_limit(self, name: str, value: int, account: str, region: str) -> None:
        """Set a limit."""

    async def reset_limits(self, name: str | None, account: str, region: str) -> None:
        """Forget what was set for one limit, or for all."""

    def era(self, account: str) -> str:
        """The era an account lives in."""

    async def set_era(self, era: str, account: str) -> None:
        """Choose an era."""

    def failures(self) -> Sequence[Mapping[str, Any]]:
        """Every failure that can be asked for: `name`, `doc`, `rule` (None when it is not)."""

    async def set_failure(self, name: str, rule: Mapping[str, Any], account: str, region: str) -> None:
        """Ask for a failure."""

    async def clear_failures(self, name: str | None) -> None:
        """Take back one failure, or all."""

    def requests(self, limit: int, wanted: Selection) -> Sequence[Mapping[str, Any]]:
        """The last of the wanted requests, oldest first: `id`, `time` (instant), `operation`, `status`, `error` …"""

    def request(self, request_id: str) -> Mapping[str, Any] | None:
        """All that is known of one request; None when it is not in the ring."""

    @property
    def form_token(self) -> str:
        """What the console's forms carry; nobody else can know it."""

    def tables(self, service: str, account: str, region: str, limit: int) -> "Sequence[Kept]":
        """What a service keeps in a place: at most `limit` rows of each table, without secrets."""

    @property
    def open_metrics(self) -> bool:
        """Whether other machines may see the measures."""

    def measures(self) -> Sequence[Family]:
        """What Prometheus is told."""

    def doctor(self) -> Mapping[str, Any]:
        """What is in use: store, event loop, versions, sizes."""

    def authority(self) -> str | None:
        """The certificate authority for TLS, as PEM; None without TLS."""

    def prepared(self) -> Mapping[str, Any]:
        """The stages of start and end: `completed` by name, and `scripts` with their `stage`, `name` and `state`."""

    def seed(self, number: int) -> None:
        """Let the ids that are made from now on follow from `number`."""

    def stop(self) -> None:
        """Begin to stop."""

    async def reset(self, service: str | None) -> None:
        """Forget all that one service keeps, or everything."""

    async def look(self, path: str, query: Mapping[str, str], head: Head) -> Answer | None:
        """What a service itself shows under `path` (as /_orrery/sqs/why); None when no service knows the path."""


class Coming(Protocol):
    """A body that comes piece by piece."""

    async def read(self) -> bytes:
        """The next piece, of any length; b"" at the end. Raises BodyLost when the rest will not come."""


class Kept(NamedTuple):
    """One table of a service and its first rows, as text in the order of `fields`."""

    name: str
    doc: str
    scope: str
    key: Sequence[str]
    indexes: Sequence[str]
    fields: Sequence[str]
    rows: Sequence[Sequence[str]]


class Saved(NamedTuple):
    """A saved state. `created` is the host's instant, `virtual_now` the cloud's; `bytes` what it takes on a disk of its
    own, `own_bytes` what would be free if it were deleted; `version` the release that saved it; `path` its directory.
    """

    name: str
    created: int
    virtual_now: int
    bytes: int
    own_bytes: int
    version: str
    path: str


class OperatedStates(Protocol):
    """The saved states of a cloud.

    NoSuchState and UnusableState (LookupError and ValueError) tell of names and files, StateExists of a name that is
    taken and not to be replaced, StateFailed of what the machine would not do. After any of them all is as it was.
    """

    def under_way(self) -> Mapping[str, Any] | None:
        """`doing` (save, load, import), `name`, `bytes` done and `of` how many (None when nobody knows)."""

    async def list(self) -> Sequence[Saved]:
        """Every saved state, in the order of names."""

    async def save(self, name: str, *, replace: bool) -> Saved:
        """Save the cloud as it is before one commit."""

    async def load(self, name: str) -> int:
        """Take a saved state in the place of the cloud's own; virtual now."""

    async def delete(self, name: str) -> None:
        """Remove a saved state."""

    def export(self, name: str) -> AsyncIterator[bytes]:
        """A saved state as one file."""

    async def take_in(self, name: str, body: Coming, *, replace: bool, digest: str | None = None) -> Saved:
        """Save what such a file holds; `digest` is the SHA-256, in hex, that it must have."""
