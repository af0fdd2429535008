"""The file by which commands find the running cloud: process, endpoint and time of start, in the data directory."""

import errno
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "running.json"
LOCK = "lock"
"""The file in the data directory that its cloud's process holds locked (kernel/store/directory.py)."""


@dataclass(frozen=True, slots=True)
class Running:
    """A cloud that runs: its process id, its endpoint's URL and its version."""

    pid: int
    endpoint: str
    version: str


def announce(data_dir: Path, running: Running) -> None:
    """Write the file; called by the cloud when it serves."""
    path = data_dir / NAME
    fresh = path.with_suffix(f".{running.pid}")
    fresh.write_text(json.dumps(asdict(running)) + "\n")
    fresh.replace(path)


def withdraw(data_dir: Path) -> None:
    """Remove the file; called by the cloud when it stops. Nothing happens when it is not there."""
    (data_dir / NAME).unlink(missing_ok=True)


def find(data_dir: Path) -> Running | None:
    """The cloud that the file names, if its process lives; None otherwise."""
    try:
        found = json.loads((data_dir / NAME).read_text())
        running = Running(int(found["pid"]), str(found["endpoint"]), str(found["version"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return running if alive(running.pid) else None


def held(data_dir: Path) -> bool:
    """True while a process holds the data directory's lock. It knows better than a process id does, which another
    process may bear by now: the first one of a new container has the id that the first one of the last had."""
    try:
        descriptor = os.open(data_dir / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as problem:
        return problem.errno in (errno.EAGAIN, errno.EACCES)
    finally:
        os.close(descriptor)
    return False


def alive(pid: int) -> bool:
    """True while a process with the id `pid` runs; one that has ended and was not collected yet does not."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except (OSError, IndexError):
        return True
