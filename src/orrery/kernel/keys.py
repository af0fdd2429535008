"""Tuples as bytes that sort as the tuples do: the keys of every table and index.

Each element is a tag byte and its value, so that comparing two packed tuples byte by byte compares them
element by element. Where Python leaves the order of unlike types open, the tags decide: None, bytes, str,
tuple, int, float, bool. Where a further element's tag could stand there is never a byte FF;
`prefix_range` rests on that, so what is put before a packed tuple (a table's id) must not begin with FF
either.

None      01
bytes     02 value 00        a zero byte inside the value is written 00 FF
str       03 UTF-8 00        likewise
tuple     05 elements 00
int       14 when negative, else 15, and 8 bytes; beyond 64 bits 13 and 16, a length and that many bytes
float     21 8 bytes         IEEE 754, sign flipped (all bits when negative); -0.0 is written as 0.0
bool      26 false, 27 true
"""

import struct
from collections.abc import Sequence
from typing import Final

Key = str | int | bytes | bool | float | None | tuple["Key", ...]
"""What a tuple may hold."""

_END: Final = b"\x00"
_FIXED: Final = struct.Struct(">Bq").pack
_READ_INT: Final = struct.Struct(">q").unpack_from
_LENGTH: Final = struct.Struct(">I")
_DOUBLE: Final = struct.Struct(">d")
_WORD: Final = struct.Struct(">Q")
_SIGN: Final = 1 << 63
_ALL: Final = (1 << 64) - 1
_ALL_LENGTH: Final = (1 << 32) - 1


def pack(values: Sequence[Key]) -> bytes:
    """The bytes of a tuple. Raises TypeError for a value that no key may hold, ValueError for a NaN."""
    packed = b""
    for value in values:
        if type(value) is str:
            if "\0" in value:
                packed += b"\x03" + _escape(value.encode("utf-8", "surrogatepass"))
            else:
                packed += f"\x03{value}\0".encode("utf-8", "surrogatepass")
        elif type(value) is int:
            try:
                packed += _FIXED(0x15 if value >= 0 else 0x14, value)
            except struct.error:
                packed += _pack_big(value)
        else:
            packed += _pack_rare(value)
    return packed


def unpack(data: bytes) -> tuple[Key, ...]:
    """The tuple that `pack` made these bytes of. Raises ValueError for bytes that `pack` cannot have made."""
    values: list[Key] = []
    at, size = 0, len(data)
    try:
        while at < size:
            tag = data[at]
            if tag == 0x03:
                end = data.find(_END, at + 1)
                if end >= 0 and (end + 1 == size or data[end + 1] != 0xFF):
                    values.append(data[at + 1 : end].decode("utf-8", "surrogatepass"))
                    at = end + 1
                else:
                    raw, at = _unescape(data, at + 1)
                    values.append(raw.decode("utf-8", "surrogatepass"))
            elif tag == 0x15 or tag == 0x14:
                values.append(_READ_INT(data, at + 1)[0])
                at += 9
            else:
                value, at = _unpack_rare(data, at, tag)
                values.append(value)
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise ValueError(f"not a packed tuple: {data.hex()}") from problem
    return tuple(values)


def prefix_range(prefix: bytes) -> tuple[bytes, bytes]:
    """The half-open range of all keys that begin with the packed tuple `prefix`, itself included."""
    return prefix, prefix + b"\xff"


def bounds(
    prefix: bytes, after: Sequence[Key] | None, start: Sequence[Key] | None, stop: Sequence[Key] | None
) -> tuple[bytes, bytes]:
    """The half-open range of keys that begin with `prefix` and go on from `start`, or after `after`, up to `stop`."""
    low, high = prefix_range(prefix)
    if start is not None:
        low = prefix + pack(start)
    if after is not None:
        low = prefix_range(prefix + pack(after))[1]
    if stop is not None:
        high = prefix + pack(stop)
    return low, high


def beyond(key: bytes, low: bytes, high: bytes, reverse: bool) -> tuple[bytes, bytes]:
    """The rest of a range after `key` was seen."""
    return (low, key) if reverse else (key + b"\x00", high)


def _pack_big(value: int) -> bytes:
    """An integer beyond 64 bits: its length, then its bytes; both complemented when it is negative."""
    size = (abs(value).bit_length() + 7) // 8
    if value >= 0:
        return b"\x16" + _LENGTH.pack(size) + value.to_bytes(size, "big")
    complement = (1 << (8 * size)) - 1 + value
    return b"\x13" + _LENGTH.pack(_ALL_LENGTH - size) + complement.to_bytes(size, "big")


def _pack_rare(value: Key) -> bytes:
    if value is None:
        return b"\x01"
    if isinstance(value, bool):
        return b"\x27" if value else b"\x26"
    if isinstance(value, bytes):
        return b"\x02" + _escape(value)
    if isinstance(value, float):
        if value != value:
            raise ValueError("a NaN has no place in an order")
        word: int = _WORD.unpack(_DOUBLE.pack(value + 0.0))[0]
        return b"\x21" + _WORD.pack(word ^ (_ALL if word & _SIGN else _SIGN))
    if isinstance(value, tuple):
        return b"\x05" + pack(value) + _END
    if isinstance(value, str):
        return pack((str(value),))
    if isinstance(value, int):
        return pack((int(value),))
    raise TypeError(f"a key cannot hold {type(value).__name__}")


def _escape(raw: bytes) -> bytes:
    return raw.replace(b"\x00", b"\x00\xff") + _END


def _unescape(data: bytes, start: int) -> tuple[bytes, int]:
    """The value that begins at `start` and the place after its end; IndexError when it has no end."""
    end = data.find(_END, start)
    if end < 0:
        raise IndexError
    if data[end + 1 : end + 2] != b"\xff":
        return data[start:end], end + 1
    while data[end + 1 : end + 2] == b"\xff":
        end = data.find(_END, end + 2)
        if end < 0:
            raise IndexError
    return data[start:end].replace(b"\x00\xff", b"\x00"), end + 1


def _unpack_rare(data: bytes, at: int, tag: int) -> tuple[Key, int]:
    if tag == 0x01:
        return None, at + 1
    if tag == 0x26 or tag == 0x27:
        return tag == 0x27, at + 1
    if tag == 0x02:
        return _unescape(data, at + 1)
    if tag == 0x16 or tag == 0x13:
        return _unpack_big(data, at, tag)
    if tag == 0x21:
        word: int = _WORD.unpack_from(data, at + 1)[0]
        word ^= _SIGN if word & _SIGN else _ALL
        value: float = _DOUBLE.unpack(_WORD.pack(word))[0]
        return value, at + 9
    if tag == 0x05:
        return _unpack_nested(data, at + 1)
    raise IndexError


def _unpack_big(data: bytes, at: int, tag: int) -> tuple[int, int]:
    size: int = _LENGTH.unpack_from(data, at + 1)[0]
    if tag == 0x13:
        size = _ALL_LENGTH - size
    start, end = at + 5, at + 5 + size
    if end > len(data):
        raise IndexError
    value = int.from_bytes(data[start:end], "big")
    return (value if tag == 0x16 else value - ((1 << (8 * size)) - 1)), end


def _unpack_nested(data: bytes, at: int) -> tuple[tuple[Key, ...], int]:
    values: list[Key] = []
    while data[at]:
        end = _end_of(data, at)
        values.extend(unpack(data[at:end]))
        at = end
    return tuple(values), at + 1


def _end_of(data: bytes, at: int) -> int:
    """The place after the element that begins at `at`."""
    tag = data[at]
    if tag == 0x02 or tag == 0x03:
        return _unescape(data, at + 1)[1]
    if tag == 0x14 or tag == 0x15:
        return at + 9
    return _unpack_rare(data, at, tag)[1]
