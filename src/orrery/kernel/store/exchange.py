"""One state taken in the place of another, in a data directory: all of it or nothing, also after a crash.

incoming/         the other state while it is prepared: removed by the next start
incoming.whole/   the other state once it is whole: it counts from here on, and a start puts it into place
outgoing/         the state it replaces: removed
"""

import os
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Final

from orrery.kernel.store.syncing import sync_path

INCOMING: Final = "incoming"
WHOLE: Final = "incoming.whole"
OUTGOING: Final = "outgoing"
PARTS: Final = ("store", "content")
"""What makes up a state, and is replaced."""


def begin(directory: Path) -> Path:
    """An empty place to prepare another state in. Raises OSError."""
    incoming = directory / INCOMING
    if incoming.exists():
        rmtree(incoming)
    incoming.mkdir(mode=0o700)
    return incoming


def decide(directory: Path, *, sync: bool) -> None:
    """What was prepared is whole, and is the state of this directory from now on. Raises OSError: it is not.

    With `sync` this survives the loss of power too; the files were synced by whoever prepared them.
    """
    if sync:
        sync_path(directory / INCOMING)
    (directory / INCOMING).rename(directory / WHOLE)
    if sync:
        sync_path(directory)


def complete(directory: Path) -> None:
    """Put a state that counts into its place; nothing happens when there is none. May be begun again after a crash
    anywhere in it. Raises OSError."""
    whole, outgoing = directory / WHOLE, directory / OUTGOING
    if not whole.is_dir():
        return
    outgoing.mkdir(mode=0o700, exist_ok=True)
    for part in PARTS:
        if (whole / part).exists():
            if (directory / part).exists():
                _free(outgoing / part)
                (directory / part).rename(outgoing / part)
            (whole / part).rename(directory / part)


def undo(directory: Path) -> None:
    """Put the replaced state back, as long as `finish` has not been called. A crash within it leaves either of the two.
    Raises OSError."""
    whole, outgoing = directory / WHOLE, directory / OUTGOING
    for part in PARTS:
        if (outgoing / part).exists() and (directory / part).exists():
            (directory / part).rename(whole / part)
    for part in PARTS:
        if (outgoing / part).exists():
            (outgoing / part).rename(directory / part)
    _free(directory / INCOMING)
    whole.rename(directory / INCOMING)
    rmtree(directory / INCOMING, ignore_errors=True)


def finish(directory: Path) -> None:
    """The state in place is good: there is no way back. Raises OSError."""
    with suppress(FileNotFoundError):
        (directory / WHOLE).rmdir()


def tidy(directory: Path) -> None:
    """Remove what an exchange leaves: a state that was replaced, one that was never whole. It may take its time."""
    for name in (INCOMING, OUTGOING):
        rmtree(directory / name, ignore_errors=True)


def recover(directory: Path) -> None:
    """At a start: complete what was decided, remove what was not. Raises OSError."""
    if not any((directory / name).exists() for name in (INCOMING, WHOLE, OUTGOING)):
        return
    complete(directory)
    finish(directory)
    tidy(directory)


def _free(path: Path) -> None:
    """Let nothing be there: what is in the way is left over from an exchange long done."""
    if path.exists():
        rmtree(path)


def sync_tree(directory: Path) -> None:
    """Wait until all directories below `directory`, and itself, are on the disk with their entries. Raises OSError."""
    for place, _, _ in os.walk(directory):
        sync_path(Path(place))
