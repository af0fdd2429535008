"""Copies of files that cost as little as the file system allows: shared blocks, else the kernel's own copying."""

import errno
import os
from pathlib import Path
from shutil import copystat
from typing import Any, Final

try:
    from fcntl import ioctl
except ImportError:  # Windows has none, and no file system of it shares blocks this way
    ioctl = None  # type: ignore[assignment]

FICLONE: Final = 0x40049409
"""Linux's request to share all blocks of a file (btrfs, XFS, bcachefs, overlays of these); others refuse it."""

CHUNK: Final = 8 << 20
"""Bytes copied at once."""

OTHER_WAY: Final = frozenset((errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTTY, errno.EPERM))
"""What a file system or a system says that cannot do it this way."""

NO_LINK: Final = OTHER_WAY | {errno.EMLINK, errno.EACCES}


def copy_file(source: int, target: Path, length: int | None = None, *, sync: bool = False) -> int:
    """Copy an open file, or its first `length` bytes, into the new file `target`, for its owner only; the bytes.

    Nobody's position in `source` moves. With `sync` it is on the disk when this returns. Raises OSError.
    """
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if length is not None or not _shared(source, descriptor):
            _copied(source, descriptor, os.fstat(source).st_size if length is None else length)
        if sync:
            os.fsync(descriptor)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def copy_path(source: Path, target: Path, *, sync: bool = False) -> int:
    """Copy the file `source` into the new file `target`; the bytes. Raises OSError.

    Not for a file that SQLite has open: closing the descriptor would drop its locks.
    """
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return copy_file(descriptor, target, sync=sync)
    finally:
        os.close(descriptor)


def link_file(source: Path | str, target: Path | str) -> None:
    """Give a file that is never changed a second name; a copy where the file system has no links, or too many of this
    one. Raises OSError."""
    try:
        os.link(source, target)
    except OSError as problem:
        if problem.errno not in NO_LINK:
            raise
        copy_path(Path(source), Path(target))
        copystat(source, target)


def _shared(source: int, target: int) -> bool:
    """Whether the file system shares the blocks of the one with the other."""
    if ioctl is None:
        return False
    try:
        ioctl(target, FICLONE, source)
    except OSError as problem:
        if problem.errno not in OTHER_WAY:
            raise
        return False
    return True


def _copied(source: int, target: int, length: int) -> None:
    copy_range: Any = getattr(os, "copy_file_range", None)
    done = 0
    while done < length:
        wanted = min(CHUNK, length - done)
        if copy_range is not None:
            try:
                moved = copy_range(source, target, wanted, done, done)
            except OSError as problem:
                if problem.errno not in OTHER_WAY:
                    raise
                copy_range = None
                continue
        else:
            moved = os.pwrite(target, os.pread(source, wanted, done), done)
        if not moved:  # the file is shorter than it was
            return
        done += moved
