"""The time a request says it was signed at."""

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import parsedate_tz
from typing import Final, NamedTuple

from orrery.wire.http import Headers
from orrery.wire.signing.problem import SignatureProblem

_BASIC: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


class Stamp(NamedTuple):
    """An instant (ms) and its text in ISO 8601's basic form, `20150830T123600Z`."""

    text: str
    at: int


def basic(at: int) -> str:
    """An instant in ISO 8601's basic form."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def extended(at: int) -> str:
    """An instant as S3 writes it in its errors, `2015-08-30T12:36:00Z`."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_basic(text: str) -> Stamp:
    """The stamp of `20150830T123600Z`. Raises SignatureProblem "bad-date"."""
    match = _BASIC.fullmatch(text)
    if match is None:
        raise SignatureProblem("bad-date", date=text)
    numbers = [int(group) for group in match.groups()]
    try:
        datetime(*numbers)  # type: ignore[arg-type]
    except ValueError:
        raise SignatureProblem("bad-date", date=text) from None
    return Stamp(text, timegm((*numbers, 0, 0, 0)) * 1000)


def parse_http(text: str) -> Stamp:
    """The stamp of an HTTP date, RFC 1123 or its elders. Raises SignatureProblem "bad-date"."""
    parts = parsedate_tz(text)
    if parts is None:
        raise SignatureProblem("bad-date", date=text)
    try:
        at = (timegm((*parts[:6], 0, 0, 0)) - (parts[9] or 0)) * 1000
        return Stamp(basic(at), at)
    except (ValueError, OverflowError):
        raise SignatureProblem("bad-date", date=text) from None


class Stamps:
    """Reads the time stamp of header-signed requests; remembers those of the last few hundred seconds."""

    __slots__ = ("_known", "_size")

    def __init__(self, size: int = 1024) -> None:
        self._known: dict[bytes, Stamp] = {}
        self._size = size

    def read(self, headers: Headers) -> Stamp:
        """The time in X-Amz-Date, else in Date. Raises SignatureProblem "no-date" or "bad-date"."""
        value = headers.get(b"x-amz-date")
        if value is None:
            value = headers.get(b"date")
            if value is None:
                raise SignatureProblem("no-date")
        stamp = self._known.get(value)
        if stamp is None:
            text = value.decode("latin-1")
            stamp = parse_basic(text) if _BASIC.fullmatch(text) or b"," not in value else parse_http(text)
            if len(self._known) >= self._size:
                del self._known[next(iter(self._known))]
            self._known[value] = stamp
        return stamp
