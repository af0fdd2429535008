"""The last requests, kept in memory: for `orrery requests`, `orrery explain`, metrics and one tidy line each in the
log."""

from collections import deque
from collections.abc import Callable

from orrery.gateway.entry import MESSAGE, Entry
from orrery.gateway.meter import Meter

__all__ = ["MESSAGE", "Entry", "Ring"]


class Ring:
    """A bounded ring of entries. `write` takes the log's lines at every `flush`; None writes none.

    What is added is only gathered; `flush` is to be called a few times a second. `host` gives the host's instant at
    which the stopwatch stood at 0, for the log.
    """

    def __init__(
        self,
        size: int = 2000,
        write: Callable[[str], object] | None = None,
        *,
        as_json: bool = False,
        host: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._gathered: list[Entry] = []
        self._write = write
        self._as_json = as_json
        self._host = host
        self._meter = Meter()
        self.add: Callable[[Entry], object] = self._gathered.append
        """Remembers a request. A gateway of several hands it on instead."""

    def flush(self) -> None:
        """Take what was gathered into the ring, count it, and write its lines."""
        if not self._gathered:
            return
        gathered = self._gathered.copy()
        self._gathered.clear()
        self._entries.extend(gathered)
        self._meter.count(gathered)
        if self._write is not None:
            if self._as_json:
                host = self._host()
                self._write("".join(entry.json_line(host) for entry in gathered))
            else:
                self._write("".join(map(Entry.line, gathered)))

    @property
    def total(self) -> int:
        """All requests since the start."""
        return self.meter().total

    def meter(self) -> Meter:
        """What was counted of all requests since the start."""
        self.flush()
        return self._meter

    def entries(self) -> list[Entry]:
        """All that are remembered, oldest first."""
        self.flush()
        return list(self._entries)

    def last(self, limit: int) -> list[Entry]:
        """The newest `limit` entries, oldest first."""
        entries = self.entries()
        return entries[-limit:] if limit > 0 else []

    def find(self, request_id: str) -> Entry | None:
        """The entry of one request, None when it has left the ring."""
        return next((entry for entry in self.entries() if entry.id == request_id), None)
