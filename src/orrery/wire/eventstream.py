"""The event-stream encoding `application/vnd.amazon.eventstream`: framed messages with typed headers.

A message is headers and a payload between a prelude (total length, headers' length, CRC-32 of both) and a
CRC-32 of all before it. What kind of message it is stands in the header `:message-type`: an event, an
exception that the model knows, or an error that it does not. A client that signs wraps each message in a
frame carrying `:date` and `:chunk-signature`.
Pages: https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html and
https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from binascii import crc32
from collections.abc import Mapping
from struct import pack, unpack_from
from typing import NamedTuple, TypeAlias

from orrery.wire.instant import Instant

MEDIA_TYPE = "application/vnd.amazon.eventstream"
MAX_HEADERS = 128 * 1024
MAX_PAYLOAD = 24 * 1024 * 1024
_PRELUDE = 12
_OVERHEAD = _PRELUDE + 4


class Byte(int):
    """A header value of 8 bits, signed."""

    __slots__ = ()


class Short(int):
    """A header value of 16 bits, signed."""

    __slots__ = ()


class Long(int):
    """A header value of 64 bits, signed; a plain int is one of 32 bits, or of 64 where it does not fit."""

    __slots__ = ()


class Uuid(bytes):
    """A header value of 16 bytes."""

    __slots__ = ()


HeaderValue: TypeAlias = bool | int | str | bytes
"""True, False, Byte, Short, int, Long, Instant, str, bytes or Uuid: Instants are ms, as everywhere."""


class Message(NamedTuple):
    """Headers by name, in order, and the payload."""

    headers: Mapping[str, HeaderValue]
    payload: bytes


class Signed(NamedTuple):
    """A signed frame's parts: when it was signed, the signature, and the bytes it covers.

    `content` is one encoded message, or b"" at the stream's end.
    """

    date: Instant
    signature: bytes
    content: bytes


class EventStreamError(ValueError):
    """The bytes are not a well-formed event stream, or exceed a bound."""


def event(
    kind: str,
    payload: bytes = b"",
    content_type: str | None = None,
    headers: Mapping[str, HeaderValue] | None = None,
) -> Message:
    """The event named `kind` of the stream's union; `headers` are its `eventheader` members."""
    return _typed("event", ":event-type", kind, payload, content_type, headers)


def initial_request(payload: bytes, content_type: str) -> Message:
    """The members of an RPC operation's input that are not the stream, sent before the first event."""
    return event("initial-request", payload, content_type)


def initial_response(payload: bytes, content_type: str) -> Message:
    """The members of an RPC operation's output that are not the stream, sent before the first event."""
    return event("initial-response", payload, content_type)


def exception(
    kind: str,
    payload: bytes = b"",
    content_type: str | None = None,
    headers: Mapping[str, HeaderValue] | None = None,
) -> Message:
    """The modelled exception named `kind` of the stream's union; it ends the stream."""
    return _typed("exception", ":exception-type", kind, payload, content_type, headers)


def error(code: str, message: str) -> Message:
    """An error that the stream's union does not name; it ends the stream."""
    return Message({":message-type": "error", ":error-code": code, ":error-message": message}, b"")


def _typed(
    message_type: str,
    type_header: str,
    kind: str,
    payload: bytes,
    content_type: str | None,
    members: Mapping[str, HeaderValue] | None,
) -> Message:
    headers: dict[str, HeaderValue] = {":message-type": message_type, type_header: kind}
    if content_type is not None:
        headers[":content-type"] = content_type
    headers.update(members or {})
    return Message(headers, payload)


def signed(date: Instant, signature: bytes, content: bytes) -> Message:
    """The frame around `content`, an encoded message or b"" to end the stream."""
    return Message({":date": date, ":chunk-signature": signature}, content)


def signed_headers(date: Instant) -> bytes:
    """The header bytes that a frame's signature covers: `:date` alone, encoded."""
    return encode_headers({":date": date})


def open_signed(frame: Message) -> Signed:
    """The parts of a signed frame. Raises EventStreamError when it has no proper date or signature."""
    date, signature = frame.headers.get(":date"), frame.headers.get(":chunk-signature")
    if not isinstance(date, Instant) or not isinstance(signature, bytes) or isinstance(signature, Uuid):
        raise EventStreamError("a frame without :date and :chunk-signature")
    return Signed(date, signature, frame.payload)


def encode(message: Message) -> bytes:
    """One message as it is sent. Raises EventStreamError when headers or payload exceed what may be sent."""
    headers = encode_headers(message.headers)
    if len(headers) > MAX_HEADERS:
        raise EventStreamError(f"headers of {len(headers)} bytes")
    if len(message.payload) > MAX_PAYLOAD:
        raise EventStreamError(f"a payload of {len(message.payload)} bytes")
    lengths = pack(">II", _OVERHEAD + len(headers) + len(message.payload), len(headers))
    body = b"".join((lengths, pack(">I", crc32(lengths)), headers, message.payload))
    return body + pack(">I", crc32(body))


def encode_headers(headers: Mapping[str, HeaderValue]) -> bytes:
    """The headers section, in the mapping's order."""
    out = bytearray()
    for name, value in headers.items():
        encoded = name.encode()
        if not 0 < len(encoded) < 256:
            raise EventStreamError("a header name of 0 or more than 255 bytes")
        out.append(len(encoded))
        out += encoded
        out += _header_value(value)
    return bytes(out)


def _header_value(value: HeaderValue) -> bytes:
    """The type byte and the value."""
    match value:
        case bool():
            return b"\x00" if value else b"\x01"
        case str():
            return _counted(7, value.encode())
        case Uuid():
            if len(value) != 16:
                raise EventStreamError("a UUID that has not 16 bytes")
            return b"\x09" + value
        case bytes():
            return _counted(6, value)
        case Instant():
            return pack(">Bq", 8, value)
        case Byte():
            return pack(">Bb", 2, value)
        case Short():
            return pack(">Bh", 3, value)
        case int():
            wide = isinstance(value, Long) or not -(1 << 31) <= value < 1 << 31
            return pack(">Bq", 5, value) if wide else pack(">Bi", 4, value)


def _counted(kind: int, value: bytes) -> bytes:
    if len(value) > 0xFFFF:
        raise EventStreamError("a header value of more than 65,535 bytes")
    return pack(">BH", kind, len(value)) + value


class Decoder:
    """Takes a stream's bytes as they arrive and gives the messages that are complete.

    Messages before a malformed one are still given; from then on the stream is lost, and every call raises.
    """

    __slots__ = ("_buffer", "_failure", "_max_payload", "_position")

    def __init__(self, *, max_payload: int = MAX_PAYLOAD) -> None:
        self._buffer = bytearray()
        self._position = 0
        self._max_payload = max_payload
        self._failure: EventStreamError | None = None

    def feed(self, data: bytes) -> list[Message]:
        """The messages completed by `data`, in order. Raises EventStreamError when the first is malformed."""
        if self._failure is not None:
            raise self._failure
        self._buffer += data
        messages: list[Message] = []
        try:
            while (message := self._next()) is not None:
                messages.append(message)
        except EventStreamError as problem:
            self._failure = problem
            if not messages:
                raise
        del self._buffer[: self._position]
        self._position = 0
        return messages

    def close(self) -> None:
        """The stream has ended. Raises EventStreamError when it ended inside a message."""
        if self._failure is not None:
            raise self._failure
        if self._buffer:
            raise EventStreamError(f"the stream ends with {len(self._buffer)} bytes of an unfinished message")

    def _next(self) -> Message | None:
        start = self._position
        available = len(self._buffer) - start
        if available < _PRELUDE:
            return None
        total, headers_length, prelude_crc = unpack_from(">III", self._buffer, start)
        if crc32(self._buffer[start : start + 8]) != prelude_crc:
            raise EventStreamError("the prelude's checksum does not match")
        payload_length = total - headers_length - _OVERHEAD
        if payload_length < 0:
            raise EventStreamError(f"a message of {total} bytes with headers of {headers_length}")
        if headers_length > MAX_HEADERS:
            raise EventStreamError(f"headers of {headers_length} bytes")
        if payload_length > self._max_payload:
            raise EventStreamError(f"a payload of {payload_length} bytes")
        if available < total:
            return None
        message = bytes(self._buffer[start : start + total])
        self._position = start + total
        return decode(message)


def decode(data: bytes) -> Message:
    """One whole message, nothing before or after it. Raises EventStreamError when it is malformed."""
    if len(data) < _OVERHEAD:
        raise EventStreamError("a message shorter than its framing")
    total, headers_length, prelude_crc = unpack_from(">III", data)
    if crc32(data[:8]) != prelude_crc:
        raise EventStreamError("the prelude's checksum does not match")
    end = len(data) - 4
    if total != len(data) or _PRELUDE + headers_length > end:
        raise EventStreamError("a message whose lengths disagree")
    if crc32(memoryview(data)[:end]) != unpack_from(">I", data, end)[0]:
        raise EventStreamError("the message's checksum does not match")
    payload_start = _PRELUDE + headers_length
    return Message(decode_headers(data[_PRELUDE:payload_start]), data[payload_start:end])


def decode_headers(data: bytes) -> dict[str, HeaderValue]:
    """A headers section. Raises EventStreamError when it is malformed or names a header twice."""
    headers: dict[str, HeaderValue] = {}
    position = 0
    try:
        while position < len(data):
            name_end = position + 1 + data[position]
            name = data[position + 1 : name_end].decode()
            if not name or name in headers:
                raise EventStreamError("a header without a name" if not name else f"the header {name} comes twice")
            headers[name], position = _read_value(data, name_end)
    except (IndexError, UnicodeDecodeError):
        raise EventStreamError("a header that is cut off or not UTF-8") from None
    if position != len(data):
        raise EventStreamError("a header that is cut off")
    return headers


def _read_value(data: bytes, position: int) -> tuple[HeaderValue, int]:
    """The value whose type byte is at `position`, and the position after it, which may lie beyond the end."""
    kind = data[position]
    start = position + 1
    if kind in (0, 1):
        return kind == 0, start
    if kind > 9:
        raise EventStreamError(f"a header value of the unknown type {kind}")
    if kind in (6, 7):
        start += 2
        end = start + (data[position + 1] << 8 | data[position + 2])
        return data[start:end] if kind == 6 else data[start:end].decode(), end
    if kind == 9:
        return Uuid(data[start : start + 16]), start + 16
    end = start + (8 if kind == 8 else 1 << (kind - 2))
    number = int.from_bytes(data[start:end], "big", signed=True)
    match kind:
        case 2:
            return Byte(number), end
        case 3:
            return Short(number), end
        case 4:
            return number, end
        case 5:
            return Long(number), end
        case _:
            return Instant(number), end
