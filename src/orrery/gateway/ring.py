"""The last requests, kept in memory: for `orrery requests`, `orrery explain` and one tidy line each in the log."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

MESSAGE = 1000
"""Characters of an error's message that are kept: messages quote what was sent, which may be a body's worth."""


class Entry(NamedTuple):
    """One request that was answered. `microseconds` is from the head's arrival to the answer; `ignored` names members
    without effect, `audited` is the denial that `--auth audit` let pass."""

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

    def line(self) -> str:
        """`sqs.CreateQueue 200 1.4 ms`, and the error's code where there is one."""
        error = f" {self.error}" if self.error else ""
        if self.ignored:
            error += f" (without effect: {self.ignored})"
        if self.audited:
            error += f" (let pass: {self.audited})"
        return f"{self.operation} {self.status} {self.microseconds / 1000:.1f} ms{error}\n"

    def json_line(self) -> str:
        """The facts as one JSON object."""
        return msgspec.json.encode(self.facts()).decode() + "\n"

    def facts(self) -> Mapping[str, Any]:
        """The entry for people."""
        facts = self._asdict()
        facts["time"] = facts.pop("at")
        facts["milliseconds"] = facts.pop("microseconds") / 1000
        return {name: value for name, value in facts.items() if value != ""}


class Ring:
    """A bounded ring of entries. `write` takes the log's lines, gathered until `flush`; None writes none."""

    def __init__(
        self, size: int = 2000, write: Callable[[str], object] | None = None, *, as_json: bool = False
    ) -> None:
        self._line = Entry.json_line if as_json else Entry.line
        self._entries: deque[Entry] = deque(maxlen=size)
        self._lines: list[Entry] = []
        self._write = write
        self.total = 0
        self.add = self._add_logged if write is not None else self._add

    def _add(self, entry: Entry) -> None:
        self.total += 1
        self._entries.append(entry)

    def _add_logged(self, entry: Entry) -> None:
        self.total += 1
        self._entries.append(entry)
        self._lines.append(entry)

    def flush(self) -> None:
        """Write the gathered lines at once."""
        if self._lines and self._write is not None:
            lines, self._lines = self._lines, []
            self._write("".join(map(self._line, lines)))

    def entries(self) -> list[Entry]:
        """All that are remembered, oldest first."""
        return list(self._entries)

    def last(self, limit: int) -> list[Entry]:
        """The newest `limit` entries, oldest first."""
        entries = list(self._entries)
        return entries[-limit:] if limit > 0 else []

    def find(self, request_id: str) -> Entry | None:
        """The entry of one request, None when it has left the ring."""
        return next((entry for entry in self._entries if entry.id == request_id), None)
