"""Disk space kept back, so that a full disk can still be cleared by deleting."""

import os
from pathlib import Path

SIZE = 16 << 20
"""Bytes kept back."""

EVERY = 16
"""Batches between two looks at the disk."""


class Ballast:
    """A file that is given up when the disk is full, and made again when there is room.

    `full` says that the disk is full: only batches that free space are to be applied then. As much space
    as the file takes is left free beside it, for what must still be written before deletions free
    anything.
    """

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self.size = size
        self._turn = 0
        self.full = not self._made()

    def release(self) -> None:
        """Give the space up."""
        self.full = True
        self._path.unlink(missing_ok=True)

    def watch(self, needed: int) -> None:
        """Look at the disk, now and then, before it is full: `needed` bytes are still to be written
        somewhere.
        """
        self._turn += 1
        if self._turn % EVERY == 0 and not self._room(needed):
            self.full = True

    def restore(self, needed: int) -> bool:
        """Take the space back if there is enough beside it. True when writing may go on as usual."""
        kept = self._path.exists()
        if self._room(needed if kept else needed + self.size):
            self.full = not self._made()
        return not self.full

    def _room(self, needed: int) -> bool:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize >= needed + self.size

    def _made(self) -> bool:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            if os.fstat(descriptor).st_blocks * 512 < self.size:
                _reserve(descriptor, self.size)
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)
        return True


def _reserve(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    zeros = bytes(1 << 20)
    for offset in range(0, size, len(zeros)):
        os.pwrite(descriptor, zeros, offset)
