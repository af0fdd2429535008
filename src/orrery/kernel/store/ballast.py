"""Disk space kept back, so that a full disk can still be cleared by deleting."""

import os
from pathlib import Path

SIZE = 16 << 20
"""Bytes kept back."""


class Ballast:
    """A file that is given up when the disk is full, and made again when there is room for it twice over.

    While it is given up, `full` is true and the space it left is for batches that free more.
    """

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size
        self.full = not self._made()

    def release(self) -> None:
        """Give the space up."""
        self.full = True
        self._path.unlink(missing_ok=True)

    def restore(self) -> bool:
        """Take the space back if there is enough. True when writing may go on as usual."""
        free = os.statvfs(self._path.parent)
        if free.f_bavail * free.f_frsize < 2 * self._size:
            return False
        self.full = not self._made()
        return not self.full

    def _made(self) -> bool:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            if os.fstat(descriptor).st_blocks * 512 < self._size:
                _reserve(descriptor, self._size)
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
