"""The bytes of every object that is measured: those of load/content.h."""

import binascii
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

from bench.pinning import on_core

PERIOD = bytes((i * 131 + (i >> 8) * 31 + 7) & 0xFF for i in range(1 << 18))


FOLDERS = 100


def key_of(number: int) -> str:
    """The key of an object, as the generator makes it."""
    return f"{number % FOLDERS:02d}/{number:08d}"


def pieces(size: int) -> Iterator[bytes]:
    """An object of that size, piece by piece."""
    for start in range(0, size, len(PERIOD)):
        yield PERIOD[: size - start]


def etag(size: int) -> str:
    """What S3 answers to the put of an object of that size: its MD5 in quotes."""
    digest = hashlib.md5(usedforsecurity=False)
    for piece in pieces(size):
        digest.update(piece)
    return f'"{digest.hexdigest()}"'


def crc32(size: int) -> str:
    """The value of x-amz-checksum-crc32 for an object of that size."""
    value = 0
    for piece in pieces(size):
        value = binascii.crc32(piece, value)
    return binascii.b2a_base64(value.to_bytes(4, "big"), newline=False).decode()


def write(path: Path, size: int) -> None:
    """A file that holds an object of that size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines(pieces(size))


def md5_speed(core: int | None, turns: int = 5) -> float:
    """Bytes a second that the machine's MD5 takes in, on one core: the best of a few turns over 64 MiB."""
    data = PERIOD * 256
    best = 0.0
    with on_core(core):
        for _ in range(turns):
            began = time.perf_counter()
            hashlib.md5(data, usedforsecurity=False).digest()
            best = max(best, len(data) / (time.perf_counter() - began))
    return best
