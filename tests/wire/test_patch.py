"""What a patch can change in a model, and what it refuses."""

from typing import Any

import pytest
from tests.wire.small_model import model_of, structure

from orrery.wire.patch import merge_patch

SHAPES = {
    "In": structure(Name="String", Count="Integer"),
    "Failed": {"type": "structure", "members": {}, "exception": True},
}


def test_traits_are_merged_and_null_removes_one() -> None:
    shapes = {**SHAPES, "String": {"type": "string", "min": 1, "pattern": "[a-z]+"}}

    model = model_of("json", shapes, patch={"shapes": {"String": {"pattern": None, "max": 9}}})

    assert model.shape("String").raw == {"type": "string", "min": 1, "max": 9}


def test_an_error_gets_its_code_status_and_side() -> None:
    patch = {"errors": {"Failed": {"code": "Svc.Failed", "status": 403, "sender": True}}}

    error = model_of("json", SHAPES, patch=patch).error("Failed")

    assert error is not None
    assert (error.code, error.status, error.sender) == ("Svc.Failed", 403, True)


def test_an_error_that_no_shape_declares_is_known_by_its_name_and_its_code() -> None:
    patch = {"errors": {"InvalidThing": {"code": "Svc.InvalidThing", "status": 404, "sender": True}}}

    model = model_of("json", SHAPES, patch=patch)

    by_name, by_code = model.error("InvalidThing"), model.error("Svc.InvalidThing")
    assert by_name is by_code
    assert by_name is not None
    assert by_name.status == 404


def test_a_bare_constraint_replaces_the_model_s_at_that_member_only() -> None:
    shapes = {"In": structure(One="Small", Two="Small"), "Small": {"type": "integer", "max": 5}}

    members = model_of("json", shapes, patch={"constraints": {"In.One": {"max": None, "min": 2}}}).shape("In").members

    assert (members["One"].min, members["One"].max) == (2, None)
    assert (members["Two"].min, members["Two"].max) == (None, 5)


def test_a_worded_constraint_stands_beside_the_model_s_own() -> None:
    shapes = {"In": structure(One="Small"), "Small": {"type": "integer", "max": 5}}
    rule = {"max": 3, "code": "TooMuch", "message": "{value} is too much"}

    member = model_of("json", shapes, patch={"constraints": {"In.One": rule}}).shape("In").members["One"]

    assert member.max == 5
    assert member.rules == (rule,)


def test_required_can_be_given_and_taken() -> None:
    shapes = {"In": {**structure(One="String", Two="String"), "required": ["One"]}}
    patch = {"constraints": {"In.One": {"required": False}, "In.Two": {"required": True}}}

    assert model_of("json", shapes, patch=patch).shape("In").required == {"Two"}


def test_elements_keys_and_values_can_be_constrained() -> None:
    shapes = {
        "In": structure(List="Names", Map="Tags"),
        "Names": {"type": "list", "member": {"shape": "String"}},
        "Tags": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
    }
    patch = {"constraints": {"Names.member": {"max": 3}, "Tags.key": {"min": 1}, "Tags.value": {"max": 7}}}

    model = model_of("json", shapes, patch=patch)

    assert model.shape("Names").member.max == 3
    assert model.shape("Tags").key.min == 1
    assert model.shape("Tags").value.max == 7


@pytest.mark.parametrize("path", ["Nothing", "In.Missing", "String.member"])
def test_a_constraint_on_what_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="the patch constrains"):
        model_of("json", SHAPES, patch={"constraints": {path: {"max": 1}}})


def test_what_the_wire_does_not_know_is_handed_to_the_service() -> None:
    source: dict[str, Any] = {"metadata": {}, "operations": {}, "shapes": {}, "pagination": {}}

    assert merge_patch(source, {"actions": {"A": "b"}, "shapes": {}})["patch"] == {"actions": {"A": "b"}}
