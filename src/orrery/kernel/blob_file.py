"""Where a content file lies, and its layout: a header, then segments.

4 bytes   "ORRB"
1 byte    format: 1 is plain, segments as they are one after the other; others are kept for sealed segments
3 bytes   zero
4 bytes   size of a segment's content, big-endian
4 bytes   zero

In the plain format the body follows the header byte by byte, so that it can be sent from the file as it is.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

HEADER: Final = 16
"""Bytes before the first segment."""

PLAIN: Final = 1
SEGMENT: Final = 64 << 10
"""Bytes of content in a segment: what is sealed, and later read, together."""

ID: Final = 16
"""Bytes of a body's id; its file is called by their hexadecimal digits."""

SHARD: Final = 9
"""The byte of an id that names its directory: the last of the serial number."""

_HEX: Final = frozenset("0123456789abcdef")
_LAYOUT: Final = struct.Struct(">4sB3xI4x")
_MAGIC: Final = b"ORRB"


class BlobDamaged(Exception):
    """A body that a record refers to is not there, not whole, or in an unknown format."""


def place(blob: bytes) -> str:
    """Where the file of an id lies in its directory: spread over 256 of them."""
    return f"{blob[SHARD]:02x}/{blob.hex()}"


def stored(directory: Path) -> Iterator[bytes]:
    """The ids of all content files of a directory. To be gone through in a thread: it reads directories."""
    for shard in sorted(directory.glob("[0-9a-f][0-9a-f]")):
        with suppress(OSError), os.scandir(shard) as files:
            for file in files:
                if len(file.name) == 2 * ID and not set(file.name) - _HEX:
                    yield bytes.fromhex(file.name)


def header() -> bytes:
    """The header of a plain content file."""
    return _LAYOUT.pack(_MAGIC, PLAIN, SEGMENT)


def read_header(descriptor: int, length: int) -> None:
    """Check that an open content file is plain and holds `length` bytes. Raises BlobDamaged."""
    start = os.pread(descriptor, HEADER, 0)
    if len(start) < HEADER:
        raise BlobDamaged("the content file has no header")
    magic, form, _ = _LAYOUT.unpack(start)
    if magic != _MAGIC or form != PLAIN:
        raise BlobDamaged(f"the content file is of an unknown format ({form})")
    size = os.fstat(descriptor).st_size
    if size != HEADER + length:
        raise BlobDamaged(f"the content file has {size - HEADER} bytes instead of {length}")
