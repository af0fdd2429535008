"""CBOR: botocore's vectors, values there and back, every malformed form refused, bounds."""

import json
import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.wire.protocols.suites import member

from orrery.wire import cbor
from orrery.wire.cbor import CborError, Value
from orrery.wire.instant import Instant

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 80), 1 << 80)
    | st.floats(allow_nan=False)
    | st.text(max_size=30)
    | st.binary(max_size=30)
    | st.integers(-(1 << 45), 1 << 45).map(Instant),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


def vectors(name: str) -> list[tuple[str, bytes, object]]:
    return [
        (case["description"], bytes.fromhex(case["input"]), case.get("expect"))
        for case in json.loads(member(f"cbor/{name}"))
    ]


def expected(notation: dict[str, object]) -> object:
    """The vectors' notation of a value as the value."""
    ((kind, value),) = notation.items()
    match kind, value:
        case "null", _:
            return None
        case "float32", int():
            return struct.unpack(">f", struct.pack(">I", value))[0]
        case "float64", int():
            return struct.unpack(">d", struct.pack(">Q", value))[0]
        case "bytestring", list():
            return bytes(value)
        case "list", list():
            return [expected(item) for item in value]
        case "map", dict():
            return {key: expected(item) for key, item in value.items()}
        case "tag", dict():
            return expected(value["value"])
    return value


@pytest.mark.parametrize(("description", "data", "expect"), vectors("decode-success-tests.json"))
def test_a_published_vector_is_read_as_its_value(description: str, data: bytes, expect: dict[str, object]) -> None:
    assert cbor.decode(data) == expected(expect), description


@pytest.mark.parametrize(("description", "data", "expect"), vectors("decode-error-tests.json"))
def test_a_published_malformed_vector_is_refused(description: str, data: bytes, expect: None) -> None:
    with pytest.raises(CborError):
        cbor.decode(data)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_every_value_survives_encoding_and_decoding(value: Value) -> None:
    back = cbor.decode(cbor.encode(value))

    assert back == value
    assert type(back) is type(value)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_a_cbor_error(data: bytes) -> None:
    try:
        cbor.decode(data)
    except CborError:
        pass


@settings(max_examples=200, deadline=None)
@given(VALUES, st.data())
def test_every_truncation_is_refused(value: Value, data: st.DataObject) -> None:
    encoded = cbor.encode(value)
    cut = data.draw(st.integers(0, len(encoded) - 1))

    with pytest.raises(CborError):
        cbor.decode(encoded[:cut])


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("f90000", 0.0),
        ("f98000", -0.0),
        ("f93c00", 1.0),
        ("f97bff", 65504.0),
        ("f90001", 5.960464477539063e-08),
        ("f97c00", math.inf),
        ("fb3ff199999999999a", 1.1),
        ("c249010000000000000000", 18446744073709551616),
        ("c349010000000000000000", -18446744073709551617),
        ("f7", None),
        ("d9d9f783010203", [1, 2, 3]),
        ("c11a514b67b0", Instant(1363896240000)),
        ("c1fb41d452d9ec200000", Instant(1363896240500)),
        ("c13903e7", Instant(-1000000)),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("7f657374726561646d696e67ff", "streaming"),
    ],
)
def test_what_an_encoder_may_choose_is_read(data: str, value: object) -> None:
    back = cbor.decode(bytes.fromhex(data))

    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (256, "190100"),
        (65536, "1a00010000"),
        (1 << 32, "1b0000000100000000"),
        (-1, "20"),
        (1.5, "fa3fc00000"),
        (1.1, "fb3ff199999999999a"),
        (1e300, "fb7e37e43c8800759c"),
        (math.inf, "fa7f800000"),
        (math.nan, "fa7fc00000"),
        (Instant(1363896240000), "c11a514b67b0"),
        (Instant(1363896240500), "c1fb41d452d9ec200000"),
        ((1, "a", b"\x01"), "83016161" + "4101"),
        ({"a": None}, "a16161f6"),
    ],
)
def test_values_are_written_in_their_shortest_form(value: object, data: str) -> None:
    assert cbor.encode(value).hex() == data


@pytest.mark.parametrize(
    "data",
    [
        "",  # nothing
        "0000",  # something after the value
        "a2616101616102",  # a key twice
        "a10001",  # a key that is not text
        "61ff",  # text that is not UTF-8
        "7f61c361a9ff",  # a character split between chunks
        "ff",  # a break alone
        "f8ff",  # an unassigned simple value
        "e0",  # another
        "1c",  # reserved information
        "bf6161ff",  # a break in place of a value
        "c1616e",  # a timestamp that is text
        "c1f97e00",  # a timestamp that is not a number
        "c1f97c00",  # an infinite one
        "c1f5",  # a timestamp that is a boolean
        "c1c100",  # a timestamp of a timestamp
        "c200",  # a bignum that is a number
        "c2590401" + "ff" * 1025,  # a bignum of more than 1,024 bytes
    ],
)
def test_what_is_not_allowed_is_refused(data: str) -> None:
    with pytest.raises(CborError):
        cbor.decode(bytes.fromhex(data))


@pytest.mark.parametrize("opening", [b"\x81", b"\x9f", b"\xa1\x61a", b"\xbf\x61a", b"\xc6"])
def test_nesting_is_bounded(opening: bytes) -> None:
    with pytest.raises(CborError, match="deeper"):
        cbor.decode(opening * 100_000)


def test_nesting_up_to_the_bound_is_read() -> None:
    assert cbor.decode(b"\x81" * 99 + b"\x80")
    with pytest.raises(CborError, match="nested deeper than 100"):
        cbor.decode(b"\x81" * 100 + b"\x80")


@pytest.mark.parametrize("data", [b"\x9a\xff\xff\xff\xff", b"\xbb" + b"\xff" * 8, b"\x7b" + b"\xff" * 8])
def test_an_announced_size_reserves_nothing(data: bytes) -> None:
    with pytest.raises(CborError, match=r"announced|too many"):
        cbor.decode(data + b"\x00" * 8)


def test_the_number_of_items_is_bounded() -> None:
    definite, indefinite = b"\x98\xc8" + b"\x80" * 200, b"\x9f" + b"\x80" * 200 + b"\xff"

    assert cbor.decode(definite, max_items=200) == cbor.decode(indefinite, max_items=200) == [[]] * 200
    for data in (definite, indefinite):
        with pytest.raises(CborError, match="too many items"):
            cbor.decode(data, max_items=199)


def test_a_value_without_a_form_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="no form for a set"):
        cbor.encode({"a": {1}})


def test_the_chunks_of_a_string_count_as_items() -> None:
    data = b"\x5f" + b"\x40" * 11 + b"\xff"

    assert cbor.decode(data, max_items=11) == b""
    with pytest.raises(CborError, match="too many items"):
        cbor.decode(data, max_items=10)
