"""Values in JSON's form: identity wherever nothing changes."""

from typing import Any

import pytest
from tests.wire.small_model import model_of, structure

from orrery.wire.protocols.json_values import structure_encoder

SHAPES: dict[str, Any] = {
    "Out": structure(
        Named={"shape": "String", "locationName": "named"},
        At="Time",
        Iso={"shape": "Time", "timestampFormat": "iso8601"},
        Ratio="Ratio",
        Items="Items",
        Map="Map",
        Doc="Doc",
        Sparse="Sparse",
        Self="Out",
        Field={"shape": "String", "location": "header"},
    ),
    "Plain": structure(A="String", B="Names"),
    "Names": {"type": "list", "member": {"shape": "String"}},
    "Items": {"type": "list", "member": {"shape": "Plain"}},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Time"}},
    "Sparse": {"type": "list", "member": {"shape": "Time"}, "sparse": True},
    "Doc": {"type": "structure", "members": {}, "document": True},
    "Time": {"type": "timestamp"},
    "Ratio": {"type": "double"},
}


def encoded(values: dict[str, Any], shape: str = "Out") -> Any:
    return structure_encoder(model_of("json", SHAPES).shape(shape))(values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Named": "n"}, {"named": "n"}),
        ({"Named": None}, {}),
        ({"At": 1500, "Iso": 0}, {"At": 1.5, "Iso": "1970-01-01T00:00:00Z"}),
        ({"At": 2000}, {"At": 2}),
        ({"Ratio": float("nan")}, {"Ratio": "NaN"}),
        ({"Ratio": float("inf")}, {"Ratio": "Infinity"}),
        ({"Items": [{"A": "a", "B": None}, {"A": None}]}, {"Items": [{"A": "a"}, {}]}),
        ({"Map": {"a": 1000}}, {"Map": {"a": 1}}),
        ({"Sparse": [None, 1000]}, {"Sparse": [None, 1]}),
        ({"Doc": {"x": [None, 1]}}, {"Doc": {"x": [None, 1]}}),
        ({"Self": {"Self": {"Named": "n"}}}, {"Self": {"Self": {"named": "n"}}}),
    ],
)
def test_values_are_put_in_json_s_form(values: dict[str, Any], expected: dict[str, Any]) -> None:
    assert encoded(values) == expected


def test_what_needs_no_change_is_the_same_object() -> None:
    values = {"A": "a", "B": ["x"]}

    assert encoded(values, "Plain") is values


def test_a_name_that_the_shape_does_not_have_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        encoded({"Nonsense": 1})
