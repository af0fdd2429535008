"""Lists, maps, structures and scalars out of forms."""

from typing import Any

import pytest
from tests.wire.small_model import model_of, structure

from orrery.wire.params import pairs, tree
from orrery.wire.protocols.form_values import structure_reader

SHAPES: dict[str, Any] = {
    "In": structure(
        Plain="Names",
        Named="NamedList",
        Flat={"shape": "Names", "flattened": True},
        FlatNamed={"shape": "NamedList", "flattened": True},
        Renamed={"shape": "Names", "flattened": True, "locationName": "Other"},
        Map="Map",
        FlatMap={"shape": "Map", "flattened": True},
        NamedMap="NamedMap",
        Deep="Deep",
        When="Time",
        Data="Bytes",
        Yes="Flag",
        Ratio="Ratio",
        Self="In",
    ),
    "Names": {"type": "list", "member": {"shape": "String"}},
    "NamedList": {"type": "list", "member": {"shape": "String", "locationName": "Item"}},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Integer"}},
    "NamedMap": {
        "type": "map",
        "key": {"shape": "String", "locationName": "Name"},
        "value": {"shape": "Integer", "locationName": "Value"},
    },
    "Deep": {"type": "list", "member": {"shape": "Names"}},
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
    "Flag": {"type": "boolean"},
    "Ratio": {"type": "double"},
}


def read(form: str, *, query: bool = True) -> dict[str, Any]:
    return structure_reader(model_of("query", SHAPES).shape("In"), query_names=query)(tree(pairs(form.encode())))


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("Plain.member.1=a&Plain.member.2=b", {"Plain": ["a", "b"]}),
        ("Named.Item.1=a", {"Named": ["a"]}),
        ("Plain.member.10=b&Plain.member.9=a", {"Plain": ["a", "b"]}),
        ("Flat.1=a&Flat.2=b", {"Flat": ["a", "b"]}),
        ("Item.1=a", {"FlatNamed": ["a"]}),
        ("Other.1=a", {"Renamed": ["a"]}),
        ("Plain=", {"Plain": []}),
        ("Map.entry.1.key=a&Map.entry.1.value=1", {"Map": {"a": 1}}),
        ("FlatMap.1.key=a&FlatMap.1.value=1", {"FlatMap": {"a": 1}}),
        ("NamedMap.entry.1.Name=a&NamedMap.entry.1.Value=1", {"NamedMap": {"a": 1}}),
        ("Deep.member.1.member.1=a&Deep.member.2.member.1=b", {"Deep": [["a"], ["b"]]}),
        ("Self.Self.Plain.member.1=a", {"Self": {"Self": {"Plain": ["a"]}}}),
        ("When=1970-01-01T00:00:01Z", {"When": 1000}),
        ("Data=YWJj", {"Data": b"abc"}),
        ("Yes=TRUE", {"Yes": True}),
        ("Ratio=-Infinity", {"Ratio": float("-inf")}),
        ("Unknown=1&Plain.other.1=a", {"Plain": []}),
    ],
)
def test_query_s_forms_are_read(form: str, values: dict[str, Any]) -> None:
    assert read(form) == values


def test_ec2_s_lists_have_numbers_only() -> None:
    assert read("Plain.1=a&Named.2=c&Named.1=b", query=False) == {"Plain": ["a"], "Named": ["b", "c"]}


@pytest.mark.parametrize(
    "form", ["When=soon", "Data=%3F", "Yes=perhaps", "Ratio=much", "Map.entry.1.key=a&Map.entry.1.value=x"]
)
def test_a_text_that_cannot_be_read_stays_a_text(form: str) -> None:
    (value,) = read(form).values()

    assert isinstance(value, str) or value == {"a": "x"}
