"""Path, query string and header fields of a request as values."""

import base64
from typing import Any

import pytest
from tests.wire.small_model import head, model_of, structure

from orrery.wire.http import Head
from orrery.wire.protocols.rest_requests import binder, split_list


def at(location: str, shape: str = "String", name: str = "x", **traits: Any) -> dict[str, Any]:
    return {"shape": shape, "location": location, "locationName": name, **traits}


SHAPES: dict[str, Any] = {
    "Names": {"type": "list", "member": {"shape": "String"}},
    "Counts": {"type": "list", "member": {"shape": "Integer"}},
    "Times": {"type": "list", "member": {"shape": "Time"}},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
    "Lists": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Names"}},
    "Time": {"type": "timestamp"},
    "Flag": {"type": "boolean"},
}


def bound(members: dict[str, Any], given: Head, labels: dict[str, str] | None = None, uri: str = "/") -> dict[str, Any]:
    shape = model_of("rest-json", {**SHAPES, "In": structure(**members)}).shape("In")
    bind = binder(shape, uri)
    assert bind is not None
    values: dict[str, Any] = {}
    bind(given, labels or {}, values)
    return values


def test_a_structure_that_is_all_body_binds_nothing() -> None:
    assert binder(model_of("rest-json", {"In": structure(A="String")}).shape("In"), "/") is None


def test_labels_are_read_by_type() -> None:
    assert bound({"A": at("uri", "Integer", "a")}, head(), {"a": "7"}) == {"@A": 7}
    assert bound({"A": at("uri", "Integer", "a")}, head(), {"a": "seven"}) == {"@A": "seven"}


def test_parameters_are_scalars_lists_and_the_rest() -> None:
    members = {
        "One": at("querystring", "Flag", "one"),
        "Many": at("querystring", "Counts", "many"),
        "Rest": at("querystring", "Map", "unused"),
    }

    given = head(target="/?one=true&many=1&many=2&other=x&other=y&list-type=2")

    values = bound(members, given, uri="/b?list-type=2")

    assert (values["@One"], values["@Many"]) == (True, [1, 2])
    assert values["@Rest"] == {"one": "true", "many": "1", "other": "x"}


def test_the_rest_may_be_lists() -> None:
    assert bound({"Rest": at("querystring", "Lists")}, head(target="/?a=1&a=2")) == {"@Rest": {"a": ["1", "2"]}}


def test_fields_are_read_by_type() -> None:
    fields = {
        "X-Time": "Thu, 01 Jan 1970 00:00:01 GMT",
        "X-List": 'a, "b,c", d',
        "X-Json": base64.b64encode(b'{"a":1}').decode(),
    }
    members = {
        "Time": at("header", "Time", "x-time"),
        "List": at("header", "Names", "x-list"),
        "Json": at("header", "String", "x-json", jsonvalue=True),
        "Absent": at("header", "String", "x-absent"),
    }

    assert bound(members, head(fields=fields)) == {"@Time": 1000, "@List": ["a", "b,c", "d"], "@Json": {"a": 1}}


def test_a_prefix_gathers_fields_by_the_rest_of_their_names() -> None:
    given = Head("GET", b"/", [(b"X-Meta-A", b"1"), (b"x-meta-b", "é".encode()), (b"X-META-a", b"2"), (b"other", b"3")])

    assert bound({"Meta": at("headers", "Map", "x-meta-")}, given) == {"@Meta": {"a": "1,2", "b": "é"}}


@pytest.mark.parametrize(
    ("text", "dates", "items"),
    [
        ("a,b", False, ["a", "b"]),
        ('"a,b", "c\\"d"', False, ["a,b", 'c"d']),
        ("", False, []),
        (
            "Thu, 01 Jan 1970 00:00:00 GMT, Fri, 02 Jan 1970 00:00:00 GMT",
            True,
            ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 02 Jan 1970 00:00:00 GMT"],
        ),
    ],
)
def test_a_list_is_split_at_its_commas(text: str, dates: bool, items: list[str]) -> None:
    assert split_list(text, dates=dates) == items
