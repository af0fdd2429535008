"""Values as header fields of an answer."""

import base64
from typing import Any

import pytest
from tests.wire.small_model import model_of, structure

from orrery.wire.http import Header
from orrery.wire.protocols.rest_answers import field_bytes, field_writer, status_member

SHAPES: dict[str, Any] = {
    "Names": {"type": "list", "member": {"shape": "String"}},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
    "Time": {"type": "timestamp"},
    "Flag": {"type": "boolean"},
    "Bytes": {"type": "blob"},
}


def fields(shape: str, value: Any, location: str = "header", **traits: Any) -> list[Header]:
    member = {"shape": shape, "location": location, "locationName": "x", **traits}
    write = field_writer(model_of("rest-json", {**SHAPES, "Out": structure(A=member)}).shape("Out"))
    assert write is not None
    headers: list[Header] = []
    write({"A": value}, headers)
    return headers


@pytest.mark.parametrize(
    ("shape", "value", "traits", "text"),
    [
        ("String", "a", {}, "a"),
        ("Integer", 7, {}, "7"),
        ("Flag", True, {}, "true"),
        ("Time", 1000, {}, "Thu, 01 Jan 1970 00:00:01 GMT"),
        ("Time", 1000, {"timestampFormat": "iso8601"}, "1970-01-01T00:00:01Z"),
        ("Time", 1500, {"timestampFormat": "unixTimestamp"}, "1.5"),
        ("Bytes", b"abc", {}, "YWJj"),
        ("Names", ["a", 'b,"c', None], {}, 'a, "b,\\"c"'),
        ("String", {"a": 1}, {"jsonvalue": True}, base64.b64encode(b'{"a":1}').decode()),
    ],
)
def test_a_value_is_written_by_its_type(shape: str, value: Any, traits: dict[str, Any], text: str) -> None:
    assert fields(shape, value, **traits) == [(b"x", text.encode())]


def test_none_is_no_field() -> None:
    assert fields("String", None) == []


def test_a_map_is_a_field_an_entry() -> None:
    assert fields("Map", {"a": "1", "b": None}, "headers") == [(b"xa", b"1")]


def test_a_value_cannot_end_its_line() -> None:
    assert field_bytes("a\r\nSet-Cookie: b") == b"a  Set-Cookie: b"


def test_a_structure_may_bind_nothing_or_a_status() -> None:
    shape = model_of(
        "rest-json", {"Out": structure(A="String", S={"shape": "Integer", "location": "statusCode"})}
    ).shape("Out")

    assert field_writer(shape) is None
    assert status_member(shape) == "S"
