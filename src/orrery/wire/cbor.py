"""CBOR as Smithy's RPC v2 protocol uses it (RFC 8949): values to bytes and back, bounded and strict.

Values are None, bool, int, float, str, bytes, list, dict with str keys, and `Instant`, which travels as tag 1
(seconds since 1970, a double where they are not whole). Reading accepts whatever a well-formed encoder may
choose: every width of a number, half precision, indefinite lengths, bignums, `undefined` (read as None),
unknown tags (the enclosed value counts). Page:
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from collections.abc import Callable, Mapping, Sequence
from struct import pack, unpack_from
from typing import TypeAlias

from orrery.wire.instant import Instant

Value: TypeAlias = "bool | int | float | str | bytes | Instant | list[Value] | dict[str, Value] | None"

MAX_DEPTH = 100
MAX_ITEMS = 1_000_000
_UINT, _NEGINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_INDEFINITE = -1
_BREAK = 0xFF
_EPOCH_TAG, _BIGNUM_TAG, _NEGATIVE_BIGNUM_TAG = 1, 2, 3
_MAX_BIGNUM_BYTES = 1024
_MAX_EPOCH = 1e13


class CborError(ValueError):
    """The bytes are not well-formed CBOR of the kind above, or exceed a bound."""


def decode(data: bytes, *, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS) -> Value:
    """The one value that `data` holds.

    Raises CborError when it is malformed, truncated, followed by more bytes, nested deeper than `max_depth`
    containers, holds more than `max_items` array elements, map keys, map values and chunks, has a map key that is not
    text, or names a key twice.
    """
    reader = _Reader(data, max_depth, max_items)
    try:
        value = reader.item(max_depth)
    except IndexError:
        raise CborError("the data ends inside an item") from None
    if reader.position != len(data):
        raise CborError(f"{len(data) - reader.position} bytes follow the value")
    return value


class _Reader:
    """A position in the bytes; each method reads what the item's first byte announced and moves on."""

    __slots__ = ("budget", "data", "depth", "position", "readers")

    def __init__(self, data: bytes, depth: int, budget: int) -> None:
        self.data = data
        self.position = 0
        self.depth = depth
        self.budget = budget
        self.readers: tuple[Callable[[int, int], Value], ...] = (
            self.unsigned,
            self.negative,
            self.byte_string,
            self.text,
            self.array,
            self.map,
            self.tagged,
            self.simple,
        )

    def item(self, depth: int) -> Value:
        """The item at the position; `depth` more containers may open."""
        initial = self.data[self.position]
        self.position += 1
        return self.readers[initial >> 5](initial & 31, depth)

    def argument(self, info: int) -> int:
        """The number in or after the first byte; _INDEFINITE for the open-ended forms."""
        if info < 24:
            return info
        if info < 28:
            width = 1 << (info - 24)
            return int.from_bytes(self.take(width), "big")
        if info == 31:
            return _INDEFINITE
        raise CborError(f"additional information {info} is reserved")

    def length(self, info: int) -> int:
        """An argument that must be a number."""
        value = self.argument(info)
        if value == _INDEFINITE:
            raise CborError("an indefinite length where there is none")
        return value

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        end = self.position + size
        if end > len(self.data):
            raise CborError(f"{size} bytes are announced and {len(self.data) - self.position} are left")
        piece = self.data[self.position : end]
        self.position = end
        return piece

    def at_break(self) -> bool:
        """Whether the break is next; it is consumed."""
        if self.data[self.position] != _BREAK:
            return False
        self.position += 1
        return True

    def spend(self, items: int) -> None:
        """Count `items` against the budget; each needs at least one byte of what is left."""
        self.budget -= items
        if self.budget < 0:
            raise CborError("too many items")
        if items > len(self.data) - self.position:
            raise CborError(f"{items} items are announced and {len(self.data) - self.position} bytes are left")

    def unsigned(self, info: int, _depth: int) -> int:
        return info if info < 24 else self.length(info)

    def negative(self, info: int, _depth: int) -> int:
        return -1 - self.length(info)

    def chunks(self, info: int, major: int) -> bytes:
        """A string's bytes, joined where it came in chunks of its own kind."""
        size = self.argument(info)
        if size != _INDEFINITE:
            return self.take(size)
        pieces = []
        while not self.at_break():
            self.spend(1)
            initial = self.data[self.position]
            self.position += 1
            if initial >> 5 != major:
                raise CborError("a chunk of another type inside a string of indefinite length")
            piece = self.take(self.length(initial & 31))
            if major == _TEXT:
                _utf8(piece)  # RFC 8949, 3.2.3: no character may be split between chunks
            pieces.append(piece)
        return b"".join(pieces)

    def byte_string(self, info: int, _depth: int) -> bytes:
        return self.chunks(info, _BYTES)

    def text(self, info: int, _depth: int) -> str:
        return _utf8(self.take(info) if info < 24 else self.chunks(info, _TEXT))

    def array(self, info: int, depth: int) -> list[Value]:
        size = self.argument(info)
        depth = self.deeper(depth)
        item = self.item
        if size != _INDEFINITE:
            self.spend(size)
            return [item(depth) for _ in range(size)]
        values = []
        while not self.at_break():
            self.spend(1)
            values.append(item(depth))
        return values

    def map(self, info: int, depth: int) -> dict[str, Value]:
        size = self.argument(info)
        depth = self.deeper(depth)
        values: dict[str, Value] = {}
        if size != _INDEFINITE:
            self.spend(2 * size)
            for _ in range(size):
                self.entry(values, depth)
            return values
        while not self.at_break():
            self.spend(2)
            self.entry(values, depth)
        return values

    def entry(self, values: dict[str, Value], depth: int) -> None:
        """One key and its value into `values`."""
        initial = self.data[self.position]
        self.position += 1
        if initial >> 5 != _TEXT:
            raise CborError("a map key that is not text")
        key = self.text(initial & 31, depth)
        if key in values:
            raise CborError(f"the key {key!r} comes twice")
        values[key] = self.item(depth)

    def deeper(self, depth: int) -> int:
        if depth <= 0:
            raise CborError(f"nested deeper than {self.depth}")
        return depth - 1

    def tagged(self, info: int, depth: int) -> Value:
        tag = self.length(info)
        value = self.item(self.deeper(depth))
        if tag == _EPOCH_TAG:
            return _instant(value)
        if tag == _BIGNUM_TAG:
            return _bignum(value)
        if tag == _NEGATIVE_BIGNUM_TAG:
            return -1 - _bignum(value)
        return value

    def simple(self, info: int, _depth: int) -> Value:
        if info == 20:
            return False
        if info == 21:
            return True
        if info in (22, 23):
            return None
        if info == 25:
            return float(unpack_from(">e", self.take(2))[0])
        if info == 26:
            return float(unpack_from(">f", self.take(4))[0])
        if info == 27:
            return float(unpack_from(">d", self.take(8))[0])
        raise CborError("a break outside a container" if info == 31 else "an unassigned simple value")


def _utf8(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise CborError("text that is not UTF-8") from None


def _instant(value: Value) -> Instant:
    """Tag 1's seconds as milliseconds, rounded to the nearest."""
    if isinstance(value, bool | Instant) or not isinstance(value, int | float) or not abs(value) < _MAX_EPOCH:
        raise CborError("a timestamp that is not a number of seconds")
    return Instant(value * 1000 if isinstance(value, int) else round(value * 1000))


def _bignum(value: Value) -> int:
    if not isinstance(value, bytes) or len(value) > _MAX_BIGNUM_BYTES:
        raise CborError(f"a bignum that is not a byte string of at most {_MAX_BIGNUM_BYTES} bytes")
    return int.from_bytes(value, "big")


def encode(value: object) -> bytes:
    """`value` as CBOR: definite lengths, shortest integers, floats in single precision where nothing is lost.

    Mappings and sequences of any class are accepted. Raises TypeError for a value that has no form here.
    """
    out = bytearray()
    _write(out, value)
    return bytes(out)


def _write(out: bytearray, value: object) -> None:
    if isinstance(value, str):
        encoded = value.encode()
        _head(out, _TEXT, len(encoded))
        out += encoded
    elif value is None:
        out.append(0xF6)
    elif isinstance(value, bool):
        out.append(0xF5 if value else 0xF4)
    elif isinstance(value, Instant):
        out.append(_TAG << 5 | _EPOCH_TAG)
        seconds, rest = divmod(value, 1000)
        _write(out, value / 1000 if rest else int(seconds))
    elif isinstance(value, int):
        _integer(out, value)
    elif isinstance(value, float):
        _float(out, value)
    elif isinstance(value, bytes | bytearray | memoryview):
        _head(out, _BYTES, len(value))
        out += value
    elif isinstance(value, Mapping):
        _head(out, _MAP, len(value))
        for key, member in value.items():
            _write(out, key)
            _write(out, member)
    elif isinstance(value, Sequence):
        _head(out, _ARRAY, len(value))
        for member in value:
            _write(out, member)
    else:
        raise TypeError(f"CBOR has no form for a {type(value).__name__}")


def _head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major << 5 | argument)
    elif argument < 1 << 8:
        out += bytes((major << 5 | 24, argument))
    elif argument < 1 << 16:
        out += pack(">BH", major << 5 | 25, argument)
    elif argument < 1 << 32:
        out += pack(">BI", major << 5 | 26, argument)
    else:
        out += pack(">BQ", major << 5 | 27, argument)


def _integer(out: bytearray, value: int) -> None:
    magnitude, major = (value, _UINT) if value >= 0 else (-1 - value, _NEGINT)
    if magnitude < 1 << 64:
        _head(out, major, magnitude)
        return
    out.append(_TAG << 5 | (_BIGNUM_TAG if major == _UINT else _NEGATIVE_BIGNUM_TAG))
    _write(out, magnitude.to_bytes((magnitude.bit_length() + 7) // 8, "big"))


def _float(out: bytearray, value: float) -> None:
    try:
        single = pack(">f", value)
    except OverflowError:
        single = b""
    if single and (value != value or unpack_from(">f", single)[0] == value):
        out.append(0xFA)
        out += single
    else:
        out += pack(">Bd", 0xFB, value)
