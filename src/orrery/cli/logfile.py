"""The log of a cloud in a file: written with the host's time and a level on every record, and read again.

Text: `2030-01-01T00:00:00.000Z info sqs.CreateQueue 200 1.4 ms`. JSON: an object a line with `time`, `level` and
`message`, or a request's members. Lines without a time belong to the line before them.
"""

import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

LEVELS = ("debug", "info", "warning", "error")
ROTATE = 16 << 20
"""Bytes above which a log is set aside, as FILE.1, when the next cloud starts."""

_HEAD = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (debug|info|warning|error) ")


class Record(NamedTuple):
    """One line of a log: the host's time (None where none is told), its level, and the line as it stands."""

    at: datetime | None
    level: str
    text: str


def default_path(data_dir: Path | None, port: int) -> Path:
    """Where a detached cloud's log is kept: DATA/log, or by the port in the user's state directory."""
    if data_dir is not None:
        return data_dir / "log"
    base = os.environ.get("XDG_STATE_HOME") or ""
    if not base.startswith("/"):
        base = str(Path(os.environ.get("HOME") or "/tmp") / ".local/state")
    return Path(base) / "orrery" / f"{port or f'starter-{os.getpid()}'}.log"


def prepare(path: Path) -> int:
    """Make the file and its directory, for their owner only, and set a large old one aside; the file's size."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_file() and path.stat().st_size > ROTATE:
        path.replace(path.with_name(path.name + ".1"))
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))  # the banner may tell a root key
    return path.stat().st_size


def take_output(path: Path, *, as_json: bool) -> None:
    """Send all further output of this process, and of its children, to the file."""
    prepare(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    stamp(as_json=as_json)


def stamp(*, as_json: bool) -> None:
    """Write time and level on all further output of this process; as JSON an object for each line."""
    sys.stdout = Stamped(1, "info", as_json)
    sys.stderr = Stamped(2, "warning", as_json)


class Stamped(io.TextIOBase):
    """A text stream whose every line has the time and a level. A traceback is one record of level error."""

    def __init__(self, descriptor: int, level: str, as_json: bool) -> None:
        self._descriptor = descriptor
        self._level = level
        self._json = as_json
        self._rest = ""

    def write(self, text: str) -> int:
        """Write whole lines at once; what is after the last line end waits for its own."""
        whole, end, self._rest = (self._rest + text).rpartition("\n")
        if end:
            now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
            os.write(self._descriptor, ("\n".join(self._records(whole, now)) + "\n").encode("utf-8", "replace"))
        return len(text)

    def _records(self, whole: str, now: str) -> Iterator[str]:
        lines = whole.split("\n")
        if "Traceback (most recent call last)" in whole:
            lines = [whole]
        for line in lines:
            level = _level(line, self._level)
            if not self._json:
                yield line if _HEAD.match(line) or line == "Ready." else f"{now} {level} {line}"
            else:
                yield line if line[:1] == "{" else json.dumps({"time": now, "level": level, "message": line})

    def flush(self) -> None:
        """Nothing waits but an unfinished line."""

    def fileno(self) -> int:
        """The descriptor, for programs that are started."""
        return self._descriptor


def _level(line: str, default: str) -> str:
    if default == "info":
        return default
    return "error" if "Traceback" in line or " failed" in line or line.startswith("orrery: cannot") else default


def records(lines: Iterable[str]) -> Iterator[Record]:
    """A record for each line; one without time or level has those of the line before it."""
    at, level = None, "info"
    for line in lines:
        record = _read(line.rstrip("\n"))
        if record.level:
            at, level = record.at, record.level
        yield Record(at, level, record.text)


def _read(line: str) -> Record:
    """What one line tells of itself; its level is empty when it tells nothing."""
    head = _HEAD.match(line)
    if head:
        return Record(datetime.fromisoformat(head[1]), head[2], line)
    if line.startswith("{"):
        try:
            facts = json.loads(line)
            at, level = facts.get("time"), facts.get("level")
            moment = datetime.fromisoformat(at) if isinstance(at, str) else None
            return Record(moment, level if level in LEVELS else "info", line)
        except (ValueError, AttributeError):
            pass
    return Record(None, "", line)
