"""The directory of saved states: one directory each, there whole or not at all.

NAME/manifest.json   what it is
NAME/store/          the store's own files
NAME/content/        bodies too large for the store: names of the same files as the cloud's, where the disk has links
.new-PID-NAME/       one being written
.old-NAME/           one being replaced by another of its name
"""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Final, NamedTuple

from orrery.kernel.states import manifest as manifests
from orrery.kernel.states.manifest import Manifest, check_name
from orrery.kernel.states.trouble import NoSuchState, StateExists, UnusableState
from orrery.kernel.store.syncing import sync_path

NEW: Final = ".new-"
OLD: Final = ".old-"


class Saved(NamedTuple):
    """A state on the shelf; `own_bytes` would be free on the disk if it were deleted."""

    name: str
    manifest: Manifest
    own_bytes: int


class Shelf:
    """The saved states in `directory`, which is made with the first of them. To be used from threads; the caller sees
    to it that no two change it at once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def recover(self) -> None:
        """Remove what a crash left half written; put back what it left half replaced."""
        for left in self._called(NEW):
            owner = left.name.removeprefix(NEW).partition("-")[0]
            if not owner.isdecimal() or int(owner) == os.getpid() or not _alive(int(owner)):
                rmtree(left, ignore_errors=True)
        for left in self._called(OLD):
            place = self.directory / left.name.removeprefix(OLD)
            if place.exists():
                rmtree(left, ignore_errors=True)
            else:
                left.rename(place)

    def names(self) -> list[str]:
        """What is saved, in the order of names."""
        return [path.name for path in self._called("") if path.name[0] != "."]

    def list(self) -> list[Saved]:
        """Every state that can be read, in the order of names."""
        found = []
        for name in self.names():
            try:
                found.append(Saved(name, manifests.read(self.directory / name), own_bytes(self.directory / name)))
            except UnusableState:
                continue
        return found

    def path(self, name: str) -> Path:
        """Where a state lies. Raises NoSuchState, and UnusableState for what is no name."""
        path = self.directory / check_name(name)
        if not path.is_dir():
            raise NoSuchState(f"no state is saved as {name!r}" + self._others())
        return path

    def vacant(self, name: str, *, replace: bool) -> None:
        """Raises StateExists when the name is taken, unless it is to be replaced, and UnusableState for no name."""
        if (self.directory / check_name(name)).exists() and not replace:
            raise StateExists(f"there is a state {name!r} already: delete it, ask to replace it, or take another name")

    def begin(self, name: str) -> Path:
        """An empty directory to write a state in. Raises OSError."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.directory / f"{NEW}{os.getpid()}-{check_name(name)}"
        rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        return fresh

    def settle(self, fresh: Path, name: str, manifest: Manifest, *, sync: bool) -> Saved:
        """What was written is whole: it is the state of this name from now on. Raises OSError."""
        path = fresh / manifests.FILE
        path.write_bytes(manifests.encode(manifest))
        path.chmod(0o600)
        if sync:
            sync_path(path)
            sync_path(fresh)
        place, old = self.directory / name, self.directory / f"{OLD}{name}"
        if place.exists():
            rmtree(old, ignore_errors=True)
            place.rename(old)
        fresh.rename(place)
        if sync:
            sync_path(self.directory)
        rmtree(old, ignore_errors=True)
        return Saved(name, manifest, own_bytes(place))

    def delete(self, name: str) -> None:
        """Remove a state; the bodies it shares with the cloud or with other states stay theirs. Raises as `path`, and
        OSError."""
        gone = self.directory / f"{NEW}{os.getpid()}-gone-{name}"
        self.path(name).rename(gone)
        rmtree(gone)

    def _called(self, start: str) -> Iterator[Path]:
        if self.directory.is_dir():
            yield from sorted(path for path in self.directory.iterdir() if path.name.startswith(start))

    def _others(self) -> str:
        names = self.names()
        return f"; there are {', '.join(names)}" if names else "; nothing is saved yet"


def own_bytes(state: Path) -> int:
    """Bytes on the disk of the files that have no other name."""
    total = 0
    for place, _, files in os.walk(state):
        for name in files:
            found = os.lstat(f"{place}/{name}")
            total += found.st_blocks * 512 if found.st_nlink == 1 else 0
    return total


def _alive(pid: int) -> bool:
    if pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
