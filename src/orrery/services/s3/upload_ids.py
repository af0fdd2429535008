"""Ids of multipart uploads: opaque to clients, not to be guessed, and in the order in which the uploads began.

An id is 32 bytes in base32hex, whose letters sort as the bytes do: when the upload began (milliseconds, 6 bytes), its
number among those of its Region (4), a sum of its key (4), and 18 bytes that nobody can guess.
"""

import zlib
from base64 import b32hexdecode, b32hexencode
from binascii import Error as Base32Error
from typing import Final

SECRET: Final = 18
"""Bytes that nobody can guess."""

_LENGTH: Final = 52
_PADDING: Final = "===="
_WORD: Final = 1 << 32


def make_id(began: int, number: int, key: str, secret: bytes) -> str:
    """The id of an upload to `key`; `secret` are `SECRET` random bytes."""
    raw = began.to_bytes(6, "big") + (number % _WORD).to_bytes(4, "big") + _sum(key) + secret
    return b32hexencode(raw).decode().rstrip("=")


def is_of(upload: str, key: str) -> bool:
    """Whether a text can be the id of an upload to `key`, under way or over."""
    try:
        raw = b32hexdecode(upload + _PADDING) if len(upload) == _LENGTH else b""
    except (Base32Error, ValueError):
        return False
    return raw[10:14] == _sum(key)


def _sum(key: str) -> bytes:
    return zlib.crc32(key.encode()).to_bytes(4, "big")
