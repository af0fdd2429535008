"""The three forms in which AWS writes an instant, read and written without `datetime`'s time-zone machinery.

`iso8601` (`2026-11-03T10:00:00Z`, with milliseconds only when there are any), `rfc822` (`Tue, 03 Nov 2026 10:00:00
GMT`) and `unixTimestamp` (seconds, a whole number when there is no fraction). Reading accepts all three, whatever
the member's declared form, as AWS's services do.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from orrery.wire.instant import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_MILLISECOND = timedelta(milliseconds=1)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?(Z|z|[+-]\d\d:?\d\d)?)?\Z"
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)()(Z)\Z")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\Z")
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[\s-]([A-Za-z]{3})[\s-](\d{4}|\d\d)\s+"
    r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(GMT|UTC|UT|Z|[+-]\d{4})?\Z"
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_timestamp(value: Any) -> Instant:
    """The instant that a number of seconds or a text in any of the three forms means; ValueError when it is none."""
    if isinstance(value, bool):
        raise ValueError("a boolean is no timestamp")
    if isinstance(value, int):
        return _checked(value * 1000)
    if isinstance(value, float):
        return _from_seconds(value)
    if isinstance(value, datetime):
        return _checked((value - _EPOCH) // _MILLISECOND)
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} is no timestamp")
    return _parse_text(value.strip())


def _parse_text(text: str) -> Instant:
    found = _ISO.match(text) or _COMPACT.match(text)
    if found:
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        offset = _offset(zone)
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), 0, tzinfo=offset)
        milliseconds = int(second or 0) * 1000 + int((fraction or "").ljust(3, "0")[:3])
        return _checked((moment - _EPOCH) // _MILLISECOND + milliseconds)
    if _NUMBER.match(text):
        return _from_seconds(float(text))
    found = _RFC822.match(text)
    if found and found.group(2).title() in _MONTHS:
        return _parse_rfc822(*found.groups())
    raise ValueError(f"{text!r} is no timestamp")


def _parse_rfc822(
    day: str, month: str, year: str, hour: str, minute: str, second: str | None, fraction: str | None, zone: str | None
) -> Instant:
    full_year = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 70 else 1900)
    offset = _offset(zone if zone and zone[0] in "+-" else None)
    moment = datetime(full_year, _MONTHS.index(month.title()) + 1, int(day), int(hour), int(minute), 0, tzinfo=offset)
    milliseconds = int(second or 0) * 1000 + int((fraction or "").ljust(3, "0")[:3])
    return _checked((moment - _EPOCH) // _MILLISECOND + milliseconds)


def _from_seconds(seconds: float) -> Instant:
    try:
        return _checked(round(seconds * 1000))
    except (OverflowError, ValueError) as problem:
        raise ValueError("the timestamp is out of range") from problem


def _checked(milliseconds: int) -> Instant:
    if not -62_135_596_800_000 <= milliseconds <= 253_402_300_799_999:
        raise ValueError("the timestamp is out of range")
    return Instant(milliseconds)


def _offset(zone: str | None) -> timezone:
    if zone is None or zone in "Zz":
        return UTC
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def iso8601(instant: int) -> str:
    """`2026-11-03T10:00:00Z`; with `.123` only when there are milliseconds."""
    text, fraction = _date_and_time(instant // 1000), instant % 1000
    return f"{text}.{fraction:03}Z" if fraction else f"{text}Z"


def iso8601_millis(instant: int) -> str:
    """`2026-11-03T10:00:00.000Z`: always with milliseconds, as EC2 and S3 write it."""
    return f"{_date_and_time(instant // 1000)}.{instant % 1000:03}Z"


@lru_cache(maxsize=1024)
def _date_and_time(seconds: int) -> str:
    """What a list says of things made at about the same time is worked out once."""
    return (_NAIVE_EPOCH + timedelta(0, seconds)).isoformat()


def rfc822(instant: int) -> str:
    """`Tue, 03 Nov 2026 10:00:00 GMT`, in whole seconds."""
    return _rfc822(instant // 1000)


@lru_cache(maxsize=1024)
def _rfc822(seconds: int) -> str:
    moment = _EPOCH + timedelta(0, seconds)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    clock = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
    return f"{day}, {moment.day:02} {month} {moment.year:04} {clock} GMT"


def unix_seconds(instant: int) -> int | float:
    """Seconds since 1970: an int when whole, else a float with milliseconds."""
    seconds, fraction = divmod(instant, 1000)
    return instant / 1000 if fraction else seconds
