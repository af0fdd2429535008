"""HTTP messages as plain values: what the server hands up and what it is handed down."""

from collections.abc import Iterable
from typing import Any

Header = tuple[bytes, bytes]


class Headers:
    """Header fields as they came, in order, looked up lazily by lower-case name.

    Names are compared without case. `get` gives the first value; `all` every value. Values are bytes without
    surrounding white space.
    """

    __slots__ = ("_index", "raw")

    def __init__(self, raw: Iterable[Header], index: dict[bytes, bytes] | None = None) -> None:
        """`index`, when the caller has made it already, maps lower-case names to first values; `raw` is then kept."""
        self.raw: list[Header] = list(raw) if index is None else raw  # type: ignore[assignment]
        self._index: dict[bytes, bytes] | None = index

    def index(self) -> dict[bytes, bytes]:
        """The first value of every field by its lower-case name; not to be changed."""
        index = self._index
        if index is None:
            index = {}
            for key, value in self.raw:
                index.setdefault(key.lower(), value)
            self._index = index
        return index

    def get(self, name: bytes, default: bytes | None = None) -> bytes | None:
        """The first value of the field `name` (lower case), or `default`."""
        index = self._index
        if index is None:
            index = self.index()
        return index.get(name, default)

    def text(self, name: bytes) -> str | None:
        """The first value decoded as UTF-8 where it is, else as Latin-1; None when absent."""
        value = self.get(name)
        if value is None:
            return None
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")

    def all(self, name: bytes) -> list[bytes]:
        """Every value of the field `name` (lower case), in order."""
        return [value for key, value in self.raw if key.lower() == name]

    def repeats(self) -> bool:
        """Whether some field came more than once."""
        return len(self.index()) != len(self.raw)

    def __contains__(self, name: bytes) -> bool:
        return self.get(name) is not None


class Head:
    """The start line and header fields of one request.

    `target` is the raw request target; `path` and `query` are its two parts, still percent-encoded, split at the
    first `?`. `scheme` is "http" or "https", `peer` the client's address. `hint` keeps what its Host was found to name
    (routes.py), None until somebody asked.
    """

    __slots__ = ("headers", "hint", "http_minor", "method", "path", "peer", "query", "scheme", "target")

    def __init__(
        self,
        method: str,
        target: bytes,
        headers: "Iterable[Header] | Headers" = (),
        *,
        scheme: str = "http",
        peer: str = "127.0.0.1",
        http_minor: int = 1,
    ) -> None:
        self.method = method
        self.target = target
        path, _, query = target.partition(b"?")
        self.path = path
        self.query = query
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.scheme = scheme
        self.peer = peer
        self.http_minor = http_minor
        self.hint: Any = None

    @property
    def host(self) -> str:
        """The Host field as given, "" when there is none."""
        return self.headers.text(b"host") or ""


class Answer:
    """A whole response: status, header fields (without framing and Date, which the server adds) and body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[Header], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body
