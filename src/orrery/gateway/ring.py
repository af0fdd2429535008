"""The last requests, kept in memory: for `orrery requests`, `orrery explain`, metrics and one tidy line each in the
log."""

from collections import deque
from collections.abc import Callable

from orrery.gateway.entry import MESSAGE, Entry
from orrery.gateway.meter import Meter

__all__ = ["MESSAGE", "Entry", "Ring"]

GATHERED = 1000
"""Entries that are gathered at most before they are counted and written."""


class Ring:
    """A bounded ring of entries. `write` takes the log's lines, gathered until `flush`; None writes none."""

    def __init__(
        self, size: int = 2000, write: Callable[[str], object] | None = None, *, as_json: bool = False
    ) -> None:
        self._line = Entry.json_line if as_json else Entry.line
        self._entries: deque[Entry] = deque(maxlen=size)
        self._gathered: list[Entry] = []
        self._write = write
        self._meter = Meter()
        self.add: Callable[[Entry], None] = self._remember
        """Remembers a request; in a gateway of several it hands it on."""

    def _remember(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._gathered.append(entry)
        if len(self._gathered) >= GATHERED:
            self.flush()

    def flush(self) -> None:
        """Count what was gathered, and write its lines."""
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._meter.count(gathered)
            if self._write is not None:
                self._write("".join(map(self._line, gathered)))

    @property
    def total(self) -> int:
        """All requests since the start."""
        return self._meter.total + len(self._gathered)

    def meter(self) -> Meter:
        """What was counted of all requests since the start."""
        self.flush()
        return self._meter

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
