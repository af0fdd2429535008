"""The clock of a cloud, to be turned by tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from orrery.cli.durations import seconds as length_of
from orrery.cli.remote import Remote


class Clock:
    """The cloud's virtual clock, which all its accounts share."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def now(self) -> datetime:
        """What time it is in the cloud, in UTC."""
        return datetime.fromisoformat(self._remote.get("/_orrery/clock")["now"])

    def advance(self, by: float | str | timedelta = 0.0, **parts: float) -> datetime:
        """Let time pass, and return the new time when everything that fell due has happened, in order.

        `by` is seconds, a timedelta, or text as `+45d` and `+1h30m`; `parts` are those of a timedelta: `days=45`.
        Raises ValueError for text that is no length of time, Refused for a length below 0.
        """
        if isinstance(by, str):
            by = length_of(by if by.startswith("+") else f"+{by}")
        elif isinstance(by, timedelta):
            by = by.total_seconds()
        return self._turn(advance=by + timedelta(**parts).total_seconds())

    def set(self, to: datetime | str) -> datetime:
        """Go to an instant; one without a time zone is UTC's. Raises Refused for one in the past."""
        return self._turn(set=to if isinstance(to, str) else to.isoformat())

    def freeze(self) -> datetime:
        """Stand still from now on, except for `advance` and `set`."""
        return self._turn(mode="manual")

    def run(self, rate: float = 1.0) -> datetime:
        """Run from now on, by `rate` virtual seconds a second."""
        return self._turn(mode="real", rate=rate)

    def autojump(self) -> datetime:
        """Leap from now on to the next thing due whenever nothing else happens."""
        return self._turn(mode="autojump")

    def _turn(self, **values: Any) -> datetime:
        return datetime.fromisoformat(self._remote.post("/_orrery/clock", values)["now"]).astimezone(UTC)
