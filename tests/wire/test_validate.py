"""Refused inputs walked again: what is forgiven, what cannot be read, which problems are named."""

from typing import Any

import pytest
from tests.wire.small_model import operation_of, structure

from orrery.wire.fault import Fault
from orrery.wire.validate import accept

SHAPES = {
    "In": structure(
        Name="Short",
        Count="Small",
        Names="ShortNames",
        Tags="TagMap",
        Deep="Items",
        Flag="Flag",
        Data="Bytes",
        Time="Time",
        Ratio="Ratio",
        required=["Name"],
    ),
    "Short": {"type": "string", "min": 1, "max": 4, "pattern": "[a-z]*"},
    "Small": {"type": "integer", "min": 1, "max": 5},
    "ShortNames": {"type": "list", "member": {"shape": "Short"}},
    "TagMap": {"type": "map", "key": {"shape": "Short"}, "value": {"shape": "Small"}},
    "Items": {"type": "list", "member": {"shape": "Item"}, "max": 2},
    "Item": structure(Id="Short", required=["Id"]),
    "Flag": {"type": "boolean"},
    "Bytes": {"type": "blob"},
    "Time": {"type": "timestamp"},
    "Ratio": {"type": "double"},
}


def fault_of(values: Any, protocol: str = "json", patch: dict[str, Any] | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        accept(operation_of("json", SHAPES, patch), values, protocol)
    return caught.value


def test_nulls_count_as_absent_and_whole_floats_as_integers() -> None:
    value = accept(operation_of("json", SHAPES), {"Name": "a", "Names": None, "Deep": None, "Count": 2.0}, "json")

    assert (value.Names, value.Count) == ((), 2)


def test_floats_may_be_given_by_name() -> None:
    value = accept(operation_of("json", SHAPES), {"Name": "a", "Ratio": "-Infinity"}, "json")

    assert value.Ratio == float("-inf")


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("Name", 1, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"),
        ("Name", True, "class java.lang.Boolean can not be converted to an String"),
        ("Count", "1", "class java.lang.String can not be converted to an Integer"),
        (
            "Count",
            2**31,
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an Integer",
        ),
        ("Flag", "true", "class java.lang.String can not be converted to an Boolean"),
        ("Name", {}, "Start of structure or map found where not expected."),
        ("Name", [], "Start of list found where not expected"),
        ("Names", "a", "Expected list or null"),
        ("Tags", [], "Start of list found where not expected"),
        ("Data", "?", "Invalid Base64 encoding"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_serialization_exception(member: str, value: Any, message: str) -> None:
    fault = fault_of({"Name": "a", member: value})

    assert (fault.code, fault.message) == ("SerializationException", message)


def test_an_input_that_is_no_structure_cannot_be_read() -> None:
    assert fault_of([]).code == "SerializationException"
    assert fault_of("text").code == "SerializationException"


def test_what_is_nested_without_end_is_refused() -> None:
    shapes = {"In": structure(In="In", A="Small"), "Small": {"type": "integer", "max": 1}}
    values: dict[str, Any] = {"A": 5}
    for _ in range(5000):
        values = {"In": values}

    with pytest.raises(Fault) as caught:
        accept(operation_of("json", shapes), values, "json")

    assert caught.value.code == "SerializationException"


def test_every_problem_is_counted_and_named_in_the_order_of_the_members() -> None:
    fault = fault_of({"Count": 9, "Deep": [{"Id": "ok"}, {}]})

    assert fault.code == "ValidationException"
    assert fault.message == (
        "3 validation errors detected: "
        "Value null at 'name' failed to satisfy constraint: Member must not be null; "
        "Value '9' at 'count' failed to satisfy constraint: Member must have value less than or equal to 5; "
        "Value null at 'deep.2.member.id' failed to satisfy constraint: Member must not be null"
    )


def test_a_text_may_break_several_constraints_at_once() -> None:
    assert fault_of({"Name": "TOO LONG"}).message == (
        "2 validation errors detected: "
        "Value 'TOO LONG' at 'name' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-z]*; "
        "Value 'TOO LONG' at 'name' failed to satisfy constraint: Member must have length less than or equal to 4"
    )


def test_a_list_s_scalars_are_reported_at_the_list() -> None:
    assert fault_of({"Name": "a", "Names": ["ok", "LONGER"]}).message == (
        "1 validation error detected: Value '[ok, LONGER]' at 'names' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 4, "
        "Member must have length greater than or equal to 1, "
        "Member must satisfy regular expression pattern: [a-z]*, Member must not be null]"
    )


def test_a_map_s_keys_and_values_are_reported_at_the_map() -> None:
    message = fault_of({"Name": "a", "Tags": {"KEY": 1, "k": 9}}).message

    assert message.startswith("2 validation errors detected: Value '{KEY=1, k=9}' at 'tags' failed")
    assert "Map keys must satisfy constraint: [Member must have length less than or equal to 4, " in message
    assert "Map value must satisfy constraint: [Member must have value less than or equal to 5, " in message


def test_query_services_call_it_a_validation_error() -> None:
    assert fault_of({}, "query").code == "ValidationError"


def test_a_patch_s_own_words_win_over_the_framework_s() -> None:
    rule = {"max": 3, "code": "InvalidParameterValue", "message": "Value {value} for parameter {member} is invalid."}

    fault = fault_of({"Name": "a", "Count": 4}, patch={"constraints": {"In.Count": rule}})

    assert (fault.code, fault.message) == ("InvalidParameterValue", "Value 4 for parameter Count is invalid.")


def test_rules_on_elements_and_keys_are_worded_too() -> None:
    rule = {"enum": ["a"], "code": "InvalidAttributeName", "message": "Unknown Attribute {value}."}

    in_list = fault_of({"Name": "a", "Names": ["a", "b"]}, patch={"constraints": {"ShortNames.member": rule}})
    in_map = fault_of({"Name": "a", "Tags": {"c": 1}}, patch={"constraints": {"TagMap.key": rule}})

    assert in_list.message == "Unknown Attribute b."
    assert in_map.message == "Unknown Attribute c."
