"""Input Structs: names, defaults, types, constraints, recursion."""

import msgspec
import pytest
from tests.wire.small_model import model_of, operation_of, structure

from orrery.wire.catalog import Models
from orrery.wire.instant import Instant
from orrery.wire.structs import NoInput, attribute_name, convert, input_struct, json_decoder, struct_for

LISTS = {
    "Names": {"type": "list", "member": {"shape": "String"}},
    "Tags": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
    "Any": {"type": "structure", "members": {}, "document": True},
}


def test_absent_members_are_none_an_empty_tuple_or_an_empty_mapping() -> None:
    decode = json_decoder(operation_of("json", {"In": structure(A="String", B="Names", C="Tags", D="In"), **LISTS}))

    value = decode(b'{"Unknown": 1}')

    assert (value.A, value.B, dict(value.C), value.D) == (None, (), {}, None)
    assert {"X": 1} | value.C == {"X": 1}


def test_an_empty_list_that_was_given_is_told_from_an_absent_one() -> None:
    decode = json_decoder(operation_of("json", {"In": structure(B="Names"), **LISTS}))

    assert decode(b'{"B": []}').B == []
    assert decode(b"{}").B != []


def test_blobs_timestamps_and_documents() -> None:
    decode = json_decoder(operation_of("json", {"In": structure(B="Bytes", T="Time", D="Any"), **LISTS}))

    value = decode(b'{"B": "YWJj", "T": 1.5, "D": {"x": [null]}}')

    assert value.B == b"abc"
    assert value.T == 1500
    assert type(value.T) is Instant
    assert value.D == {"x": [None]}


@pytest.mark.parametrize("text", ["1793700000", '"2026-11-03T10:00:00Z"', '"Tue, 03 Nov 2026 10:00:00 GMT"'])
def test_a_timestamp_is_read_in_all_its_forms(text: str) -> None:
    decode = json_decoder(operation_of("json", {"In": structure(T="Time"), **LISTS}))

    assert decode(f'{{"T": {text}}}'.encode()).T == 1793700000000


def test_a_recursive_shape_decodes_to_any_depth(models: Models) -> None:
    decode = json_decoder(models("dynamodb").operation("PutItem"))

    value = decode(b'{"TableName": "abc", "Item": {"k": {"L": [{"M": {"x": {"L": [{"S": "deep"}]}}}]}}}')

    assert value.Item["k"].L[0].M["x"].L[0].S == "deep"


def test_shapes_that_refer_to_each_other_are_resolved_from_either_side() -> None:
    shapes = {
        "In": structure(Left="Left"),
        "Left": structure(Right="Right"),
        "Right": structure(Left="Left", N="Integer"),
    }
    model = model_of("json", shapes)

    for name in ("Right", "Left", "In"):
        struct_for(model.shape(name))
    decode = json_decoder(model.operation("Act"))

    assert decode(b'{"Left": {"Right": {"Left": {"Right": {"N": 1}}}}}').Left.Right.Left.Right.N == 1


@pytest.mark.parametrize(
    ("traits", "good", "bad"),
    [
        ({"type": "string", "min": 2, "max": 3}, ['"ab"', '"abc"'], ['"a"', '"abcd"']),
        ({"type": "string", "pattern": "[a-z]+"}, ['"ab"'], ['"aB"', '"ab\\n"']),
        ({"type": "string", "enum": ["A", "B"]}, ['"A"'], ['"a"', "1"]),
        ({"type": "integer", "min": 0, "max": 10}, ["0", "10"], ["-1", "11", "1.5", '"1"']),
        ({"type": "double", "min": 0.5}, ["0.5", "1"], ["0.4"]),
        ({"type": "blob", "max": 3}, ['"YWJj"'], ['"YWJjZA=="', '"?"']),
        ({"type": "list", "member": {"shape": "String"}, "min": 1}, ['["a"]'], ["[]", "[null]", "[1]"]),
        (
            {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}, "max": 1},
            ['{"a": "b"}'],
            ['{"a": "b", "c": "d"}'],
        ),
        ({"type": "list", "member": {"shape": "String"}, "sparse": True}, ["[null]"], ["1"]),
        ({"type": "boolean"}, ["true"], ['"true"', "1"]),
    ],
)
def test_every_constraint_is_checked_while_decoding(traits: dict[str, object], good: list[str], bad: list[str]) -> None:
    decode = json_decoder(operation_of("json", {"In": structure(A="T"), "T": traits}))

    for text in good:
        decode(f'{{"A": {text}}}'.encode())
    for text in bad:
        with pytest.raises(msgspec.ValidationError):
            decode(f'{{"A": {text}}}'.encode())


def test_rules_of_a_patch_are_checked_beside_the_model_s_own() -> None:
    shapes = {"In": structure(A={"shape": "String", "max": 9})}
    rules = {"In.A": [{"min": 2, "code": "C", "message": "m"}, {"enum": ["abc", "x"], "code": "C", "message": "m"}]}
    decode = json_decoder(operation_of("json", shapes, {"constraints": rules}))

    decode(b'{"A": "abc"}')
    for text in (b'{"A": "x"}', b'{"A": "abd"}'):
        with pytest.raises(msgspec.ValidationError):
            decode(text)


def test_a_missing_required_member_is_refused() -> None:
    decode = json_decoder(operation_of("json", {"In": structure(A="String", required=["A"])}))

    with pytest.raises(msgspec.ValidationError):
        decode(b"{}")


def test_inputs_are_frozen() -> None:
    value = json_decoder(operation_of("json", {"In": structure(A="String")}))(b'{"A": "x"}')

    with pytest.raises(AttributeError):
        value.A = "y"


def test_names_that_python_cannot_spell_are_respelt() -> None:
    names = {"from": "from_", "x-amz-id": "x_amz_id", "1st": "_1st", "Name": "Name"}

    assert {name: attribute_name(name) for name in names} == names


def test_an_operation_without_input_has_an_empty_one() -> None:
    assert input_struct(operation_of("json", {})) is NoInput


def test_a_streaming_body_is_handed_through(models: Models) -> None:
    body = object()

    value = convert({"@Bucket": "b", "@Key": "k", "Body": body}, input_struct(models("s3").operation("PutObject")))

    assert value.Body is body
