"""How answers are written: status line, Date, framing, and bodies that come from iterators and files."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from orrery.wire.http import Head, Header

CRLF = b"\r\n"
COLON_JOIN = b": ".join

STATUS: dict[int, bytes] = {s.value: b"HTTP/1.1 %d %b\r\n" % (s.value, s.phrase.encode()) for s in HTTPStatus}
BODILESS = frozenset({204, 304})
PLAIN: dict[int, bytes] = {code: line for code, line in STATUS.items() if code >= 200 and code not in BODILESS}
"""Status lines of the answers that carry a body and nothing unusual."""

OURS = frozenset({b"content-length", b"transfer-encoding", b"connection", b"date", b"keep-alive"})
"""Fields that the server writes."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class FramingError(ValueError):
    """An answer that cannot be written as HTTP without changing what the client reads."""


def check_fields(headers: list[Header]) -> None:
    """Refuse field names and values that would end their line: they would let a value forge fields or answers."""
    for name, value in headers:
        if b"\n" in value or b"\r" in value or b"\n" in name or b"\r" in name or not name or b":" in name:
            raise FramingError("A response field holds a line break")


def http_date(instant: int) -> str:
    """An instant (ms since 1970) as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`."""
    at = datetime.fromtimestamp(instant // 1000, UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} "
        f"{at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"
    )


def date_field(now: Callable[[], int]) -> Callable[[], bytes]:
    """A function giving the Date field's line for the present of `now`, remade when the second changes."""
    second = -1
    line = b""

    def date() -> bytes:
        nonlocal second, line
        present = now() // 1000
        if present != second:
            second = present
            line = f"Date: {http_date(present * 1000)}\r\n".encode()
        return line

    return date


class FileSlice:
    """A run of bytes of a file as an answer's body.

    `file` is a path or an open descriptor; `length` None means to the end. Descriptors made from a path are closed
    after sending, given ones when `owned`. A file that turns out shorter breaks the connection off.
    """

    __slots__ = ("_file", "_owned", "fd", "length", "offset")

    def __init__(
        self, file: int | str | Path, offset: int = 0, length: int | None = None, *, owned: bool = False
    ) -> None:
        self._file = file
        self._owned = owned or not isinstance(file, int)
        self.fd = file if isinstance(file, int) else -1
        self.offset = offset
        self.length = length

    def open(self) -> int:
        """Open the file if need be; the number of bytes that will be sent. Raises OSError."""
        if self.fd < 0 and not isinstance(self._file, int):
            self.fd = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC)
        if self.length is None:
            self.length = max(os.fstat(self.fd).st_size - self.offset, 0)
        return self.length

    def close(self) -> None:
        """Close the descriptor where it is ours."""
        if self._owned and self.fd >= 0:
            fd, self.fd = self.fd, -1
            os.close(fd)


class Outflow(AsyncIterator[bytes | FileSlice]):
    """A body that comes piece by piece from something to be closed, also when nothing of it was sent. A piece may be a
    slice of a file: it is sent from there, and closed."""

    __slots__ = ()

    def close(self) -> None:
        """Close what it comes from. Idempotent."""

    async def aclose(self) -> None:
        """The same, as the server ends iterators."""
        self.close()


class Reply:
    """An answer that needs more than the common path: framing decided here, body perhaps still to come.

    After `frame`, `head` is the written head; `source` is what is to be sent after it, None for nothing; `chunked`
    tells how.
    """

    __slots__ = ("chunked", "head", "headers", "length", "source", "status")

    def __init__(
        self,
        status: int,
        headers: list[Header],
        source: bytes | AsyncIterator[bytes | FileSlice] | FileSlice | None,
        length: int | None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.source = source
        self.length = length
        self.chunked = False
        self.head = b""

    def frame(self, request: Head, date: bytes, *, close: bool) -> bool:
        """Write the head as an answer to `request`. Returns whether the connection closes after this answer."""
        if self.status < 200:
            raise FramingError(f"{self.status} is not a final status")
        announced = None
        lines = [STATUS.get(self.status) or b"HTTP/1.1 %d \r\n" % self.status, date]
        for name, value in self.headers:
            lower = name.lower()
            if lower in OURS:
                if lower == b"content-length" and value.isdigit():
                    announced = value
                continue
            lines.append(b"%b: %b\r\n" % (name, value))
        bodiless = self.status in BODILESS
        if request.method == "HEAD" or bodiless:
            if announced is None and self.length is not None and (self.length or self.source is not None):
                announced = b"%d" % self.length
            if announced is not None and not bodiless:
                lines.append(b"Content-Length: %b\r\n" % announced)
            self.abandon()
        elif self.length is not None:
            lines.append(b"Content-Length: %d\r\n" % self.length)
        elif request.http_minor == 0:
            close = True
        else:
            self.chunked = True
            lines.append(b"Transfer-Encoding: chunked\r\n")
        if close:
            lines.append(b"Connection: close\r\n")
        elif request.http_minor == 0:
            lines.append(b"Connection: keep-alive\r\n")
        lines.append(CRLF)
        self.head = b"".join(lines)
        return close

    def abandon(self) -> None:
        """The body will not be sent; a file is closed here, a generator that never ran has nothing to close."""
        source, self.source = self.source, None
        if isinstance(source, FileSlice | Outflow):
            source.close()


def neutral(status: int, reason: str = "") -> tuple[list[Header], bytes]:
    """Fields and body of the server's own refusals, in no service's form."""
    phrase = HTTPStatus(status).phrase
    text = f"{status} {phrase}: {reason}\n" if reason else f"{status} {phrase}\n"
    return [(b"Content-Type", b"text/plain; charset=utf-8")], text.encode()
