"""botocore's suites, read from their archive (see README.md beside this file)."""

import functools
import tarfile
from pathlib import Path

ARCHIVE = Path(__file__).with_name("botocore-1.44.5.tar.xz")


@functools.cache
def members() -> dict[str, bytes]:
    """Every file of the archive by its path."""
    files: dict[str, bytes] = {}
    with tarfile.open(ARCHIVE) as archive:
        for info in archive:
            content = archive.extractfile(info)
            if content is not None:
                files[info.name.removeprefix("./")] = content.read()
    return files


def member(name: str) -> bytes:
    """One file of the archive."""
    return members()[name]
