"""One answered request, as the ring keeps it, the log writes it and people are shown it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from orrery.gateway.stages import lengths, stopped
from orrery.wire.timestamps import iso8601_millis

MESSAGE = 1000
"""Characters of an error's message that are kept: messages quote what was sent, which may be a body's worth."""


entry_of: Final = tuple.__new__
"""`entry_of(Entry, facts)` makes an entry of a tuple of all its members, quicker than calling `Entry`."""


class Entry(NamedTuple):
    """One request that was answered. `microseconds` is from the head's arrival to the answer; `ignored` names members
    without effect, `audited` is the denial that `--auth audit` let pass. `marks` are the stopwatch's readings of its
    stages since `started` (stages.py); `received` and `sent` count the bytes of the bodies."""

    id: str
    at: int
    operation: str
    status: int
    microseconds: int
    account: str
    region: str
    principal: str
    source: str
    error: str
    message: str
    ignored: str
    audited: str = ""
    marks: Sequence[float] = ()
    started: float = 0.0
    received: int = 0
    sent: int = 0
    shown: Mapping[str, Any] = {}

    def line(self) -> str:
        """`sqs.CreateQueue 200 1.4 ms`, and the error's code where there is one."""
        error = f" {self.error}" if self.error else ""
        if self.ignored:
            error += f" (without effect: {self.ignored})"
        if self.audited:
            error += f" (let pass: {self.audited})"
        bodies = "".join(f"    {name}: {text}\n" for name, text in self.shown.items())
        return f"{self.operation} {self.status} {self.microseconds / 1000:.1f} ms{error}\n{bodies}"

    def json_line(self, host: float) -> str:
        """The facts as one JSON object, for the log. `time` is the host's, by its instant at which the stopwatch stood
        at 0; `virtual_time` the cloud's."""
        facts = self.facts()
        line = {
            "time": iso8601_millis(int(host + self.started * 1000)),
            "level": "error" if self.status >= 500 else "info",
            "event": "request",
            "virtual_time": iso8601_millis(facts.pop("time")),
        }
        return msgspec.json.encode(line | facts).decode() + "\n"

    def facts(self) -> dict[str, Any]:
        """The entry for people; `time` in milliseconds since 1970."""
        facts: dict[str, Any] = {
            "id": self.id,
            "time": self.at,
            "operation": self.operation,
            "status": self.status,
            "milliseconds": self.microseconds / 1000,
            "account": self.account,
            "region": self.region,
            "principal": self.principal,
            "source": self.source,
            "received": self.received,
            "sent": self.sent,
            "error": self.error,
            "message": self.message,
            "refused_by": stopped(self.marks) if self.error and self.marks else "",
            "ignored": self.ignored,
            "audited": self.audited,
            **self.shown,
        }
        return {name: value for name, value in facts.items() if value != ""}

    def life(self) -> dict[str, Any]:
        """The facts with the length of each stage in milliseconds."""
        return self.facts() | {"stages": lengths(self.started, self.marks)}
