"""The event-stream encoding beside botocore's and awscrt's, malformed input, bounds."""

import itertools
from binascii import crc32
from struct import pack

import pytest
from awscrt.eventstream import Header
from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from orrery.wire import eventstream
from orrery.wire.eventstream import (
    Byte,
    Decoder,
    EventStreamError,
    HeaderValue,
    Long,
    Message,
    Short,
    Uuid,
)
from orrery.wire.instant import Instant

VALUES: st.SearchStrategy[HeaderValue] = (
    st.booleans()
    | st.integers(-(1 << 7), (1 << 7) - 1).map(Byte)
    | st.integers(-(1 << 15), (1 << 15) - 1).map(Short)
    | st.integers(-(1 << 31), (1 << 31) - 1)
    | st.integers(-(1 << 63), (1 << 63) - 1).map(Long)
    | st.integers(-(1 << 63), (1 << 63) - 1).map(Instant)
    | st.binary(max_size=40)
    | st.text(max_size=40)
    | st.binary(min_size=16, max_size=16).map(Uuid)
)
MESSAGES = st.builds(
    Message, st.dictionaries(st.text(min_size=1, max_size=20), VALUES, max_size=6), st.binary(max_size=200)
)


def framed(headers: bytes, payload: bytes = b"", *, total: int | None = None, length: int | None = None) -> bytes:
    """A frame with right checksums around whatever it is told."""
    announced = 16 + len(headers) + len(payload) if total is None else total
    prelude = pack(">II", announced, len(headers) if length is None else length)
    body = prelude + pack(">I", crc32(prelude)) + headers + payload
    return body + pack(">I", crc32(body))


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_every_message_survives_encoding_and_decoding(message: Message) -> None:
    back = eventstream.decode(eventstream.encode(message))

    assert back == message
    assert [type(value) for value in back.headers.values()] == [type(v) for v in message.headers.values()]


@settings(max_examples=200, deadline=None)
@given(MESSAGES)
def test_botocore_reads_what_we_write(message: Message) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(eventstream.encode(message))

    read = next(buffer)

    assert read.payload == message.payload
    assert read.headers == message.headers


def test_the_runtime_of_the_sdks_names_the_same_type_for_every_header() -> None:
    values: list[tuple[HeaderValue, Header]] = [
        (True, Header.from_bool("h", True)),
        (False, Header.from_bool("h", False)),
        (Byte(-5), Header.from_byte("h", -5)),
        (Short(-300), Header.from_int16("h", -300)),
        (70000, Header.from_int32("h", 70000)),
        (Long(7), Header.from_int64("h", 7)),
        (1 << 40, Header.from_int64("h", 1 << 40)),
        (b"ab", Header.from_byte_buf("h", b"ab")),
        ("äb", Header.from_string("h", "äb")),
        (Instant(1700000000123), Header.from_timestamp("h", 1700000000.123)),
    ]

    written = [eventstream.encode_headers({"h": value})[2] for value, _ in values]

    expected = [header.type.value for _, header in values]
    assert written == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=5), st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_messages_come_out_whatever_the_pieces_they_arrive_in(messages: list[Message], sizes: list[int]) -> None:
    stream = b"".join(eventstream.encode(message) for message in messages)
    decoder = Decoder()
    received: list[Message] = []

    position = 0
    for size in itertools.cycle(sizes):
        received += decoder.feed(stream[position : position + size])
        position += size
        if position >= len(stream):
            break
    decoder.close()

    assert received == messages


def test_an_event_an_exception_and_an_error_name_themselves() -> None:
    assert eventstream.event("Records", b"x", "application/octet-stream", {"n": 1}).headers == {
        ":message-type": "event",
        ":event-type": "Records",
        ":content-type": "application/octet-stream",
        "n": 1,
    }
    assert eventstream.exception("InternalFailure", b"{}", "application/json").headers == {
        ":message-type": "exception",
        ":exception-type": "InternalFailure",
        ":content-type": "application/json",
    }
    assert eventstream.error("InternalError", "We failed").headers == {
        ":message-type": "error",
        ":error-code": "InternalError",
        ":error-message": "We failed",
    }
    assert eventstream.initial_request(b"{}", "application/json").headers[":event-type"] == "initial-request"
    assert eventstream.initial_response(b"{}", "application/json").headers[":event-type"] == "initial-response"


def test_a_signed_frame_carries_date_signature_and_the_message_inside() -> None:
    inner = eventstream.encode(eventstream.event("AudioEvent", b"sound"))
    frame = eventstream.decode(eventstream.encode(eventstream.signed(Instant(1700000000000), b"\x01" * 32, inner)))

    opened = eventstream.open_signed(frame)

    assert opened == (1700000000000, b"\x01" * 32, inner)
    assert eventstream.decode(opened.content).payload == b"sound"
    assert eventstream.signed_headers(opened.date) == b"\x05:date\x08" + pack(">q", 1700000000000)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {":date": Instant(1)},
        {":date": 1, ":chunk-signature": b"x"},
        {":date": Instant(1), ":chunk-signature": "x"},
    ],
)
def test_a_frame_that_is_not_signed_is_refused_as_one(headers: dict[str, HeaderValue]) -> None:
    with pytest.raises(EventStreamError, match="chunk-signature"):
        eventstream.open_signed(Message(headers, b""))


@pytest.mark.parametrize("position", range(0, 40, 3))
def test_a_changed_byte_is_noticed(position: int) -> None:
    data = bytearray(eventstream.encode(eventstream.event("Records", b"payload")))
    data[position] ^= 0x40

    with pytest.raises(EventStreamError):
        eventstream.decode(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        framed(b"\x01h\x0a"),  # an unknown type
        framed(b"\x01h\xff"),
        framed(b"\x01h\x07\x00\x05ab"),  # a string cut off
        framed(b"\x01h\x07\x00"),  # its length cut off
        framed(b"\x01h\x07\x00\x01\xff"),  # not UTF-8
        framed(b"\x01h\x09" + b"u" * 15),  # a UUID cut off
        framed(b"\x01h\x08" + b"\x00" * 7),  # a timestamp cut off
        framed(b"\x01h\x04\x00\x00"),  # an integer cut off
        framed(b"\x01h"),  # no type
        framed(b"\x05h\x00"),  # a name cut off
        framed(b"\x00\x00"),  # no name
        framed(b"\x01h\x00\x01h\x01"),  # twice
        framed(b"\x01h\x00", total=15),  # shorter than its framing
        framed(b"\x01h\x00", length=100),  # headers beyond the end
        framed(b"", total=100),
    ],
)
def test_a_malformed_message_is_refused(data: bytes) -> None:
    with pytest.raises(EventStreamError):
        eventstream.decode(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_give_messages_or_an_event_stream_error(data: bytes, frame: bool) -> None:
    decoder = Decoder()

    try:
        decoder.feed(framed(data) if frame else data)
        decoder.close()
    except EventStreamError:
        pass


def test_messages_before_a_malformed_one_are_given_and_then_the_stream_is_lost() -> None:
    good = eventstream.encode(eventstream.event("Records", b"1"))
    decoder = Decoder()

    assert [message.payload for message in decoder.feed(good + b"\x00" * 20)] == [b"1"]

    with pytest.raises(EventStreamError, match="prelude"):
        decoder.feed(good)
    with pytest.raises(EventStreamError, match="prelude"):
        decoder.close()


def test_a_stream_that_ends_inside_a_message_is_refused() -> None:
    decoder = Decoder()
    decoder.feed(eventstream.encode(eventstream.event("Records"))[:-1])

    with pytest.raises(EventStreamError, match="unfinished"):
        decoder.close()


@pytest.mark.parametrize(
    ("headers", "payload", "problem"),
    [(200 * 1024, 0, "headers of"), (0, 1001, "a payload of"), (0, 0xFFFFFFF0 - 16, "a payload of")],
)
def test_sizes_are_refused_from_the_prelude_alone(headers: int, payload: int, problem: str) -> None:
    prelude = pack(">II", 16 + headers + payload, headers)

    with pytest.raises(EventStreamError, match=problem):
        Decoder(max_payload=1000).feed(prelude + pack(">I", crc32(prelude)))


@pytest.mark.parametrize(
    "message",
    [
        Message({"": True}, b""),
        Message({"n" * 256: True}, b""),
        Message({"h": "x" * 65536}, b""),
        Message({"h": Uuid(b"short")}, b""),
        Message({f"h{n}": "x" * 60000 for n in range(3)}, b""),
        Message({}, bytes(eventstream.MAX_PAYLOAD + 1)),
    ],
)
def test_what_may_not_be_sent_is_not_written(message: Message) -> None:
    with pytest.raises(EventStreamError):
        eventstream.encode(message)
