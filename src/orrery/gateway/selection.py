"""Which of the remembered requests are wanted: the query of `/_orrery/requests`, as plain values."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

from orrery.gateway.ring import Entry

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[wdhms])")
_UNITS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_STATUS = re.compile(r"[1-5]([0-9][0-9]|xx)")


class Selection(NamedTuple):
    """What a request must be to be wanted. An empty member lets every request pass.

    `service`, `operation`, `status`, `error` and `account` hold alternatives, in lower case; `*` and `?` stand for
    parts of a name. `status` is as `404` or `4xx`; `error` `*` is any error. `since` is an instant in milliseconds of
    virtual time; `after` is the id of the last request already seen.
    """

    service: tuple[str, ...] = ()
    operation: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    since: int = 0
    after: str = ""

    def of(self, entries: Iterable[Entry], limit: int) -> list[Entry]:
        """The newest `limit` of the wanted entries, oldest first. All count when `after` has been forgotten."""
        listed = list(entries)
        if self.after:
            seen = next((place for place, entry in enumerate(listed) if entry.id == self.after), -1)
            listed = listed[seen + 1 :]
        wanted = [entry for entry in listed if self.takes(entry)]
        return wanted[-limit:] if limit > 0 else []

    def takes(self, entry: Entry) -> bool:
        """Whether one entry is wanted, but for `after`."""
        name = entry.operation.lower()
        service, _, operation = name.rpartition(".")
        status = str(entry.status)
        return (
            entry.at >= self.since
            and _any(self.service, service)
            and (_any(self.operation, operation) or _any(self.operation, name))
            and (not self.status or status in self.status or f"{status[0]}xx" in self.status)
            and (not self.error or (entry.error != "" and _any(self.error, entry.error.lower())))
            and _any(self.account, entry.account)
        )


ALL = Selection()


def _any(patterns: tuple[str, ...], name: str) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def read_selection(query: Mapping[str, str], now: int) -> Selection:
    """The query's members as a Selection; alternatives stand between commas. Raises ValueError saying what to give."""
    words = {name: _words(query.get(name, "")) for name in ("service", "operation", "status", "error", "account")}
    for status in words["status"]:
        if not _STATUS.fullmatch(status):
            raise ValueError(f"status {status!r} is none: give it as 404 or 4xx")
    return Selection(**words, since=_instant(query.get("since", ""), now), after=query.get("after", ""))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip().lower() for part in text.split(",")) if word)


def _instant(text: str, now: int) -> int:
    """`10m` (that long before `now`) or an ISO 8601 time, in milliseconds; 0 for nothing."""
    if not text:
        return 0
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return now - round(sum(float(number) * _UNITS[unit] for number, unit in parts))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"since {text!r} is no time: give 90s, 10m, 1h30m or 2030-01-01T00:00:00Z") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
