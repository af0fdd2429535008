"""Receipt handles: opaque to clients, and to us the address of one delivery of one message.

A handle names the queue's storage number, the message's place in it and the count of its receives, so that a
deletion needs no look-up by a random id and a handle of an earlier delivery is recognised as stale.
"""

from base64 import b64decode, b64encode
from binascii import Error
from struct import Struct
from typing import NamedTuple
from zlib import crc32

_LAYOUT = Struct(">QQIQ")
_MARK = b"\x01\x01"
_LENGTH = len(_MARK) + _LAYOUT.size + 4


class Handle(NamedTuple):
    """`space` and `seq` address the message, `receives` the delivery; `salt` makes the text look unguessed."""

    space: int
    seq: int
    receives: int
    salt: int


def write(space: int, seq: int, receives: int, received: int) -> str:
    """The text of a handle: base64 of the address, the instant of the receive and a check sum."""
    raw = _MARK + _LAYOUT.pack(space, seq, receives, received)
    return b64encode(raw + crc32(raw).to_bytes(4, "big")).decode()


def read(text: str) -> Handle | None:
    """The handle a text stands for, or None when it never was one."""
    try:
        raw = b64decode(text, validate=True)
    except (Error, ValueError):
        return None
    if len(raw) != _LENGTH or raw[:2] != _MARK or crc32(raw[:-4]).to_bytes(4, "big") != raw[-4:]:
        return None
    return Handle(*_LAYOUT.unpack(raw[2:-4]))
