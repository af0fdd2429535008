"""EC2's form of Query."""

from tests.wire.small_model import head, model_of, operation_of, structure

from orrery.wire.fault import Fault
from orrery.wire.protocols.ec2 import fault_answer, parser, serialiser

SHAPES = {
    "In": structure(
        GroupIds={"shape": "Ids", "locationName": "GroupId"},
        lower={"shape": "String", "locationName": "lowerName"},
        Named={"shape": "String", "locationName": "named", "queryName": "QName"},
    ),
    "Out": structure(
        Groups={"shape": "Groups", "locationName": "groupSet"}, At={"shape": "Time", "locationName": "at"}
    ),
    "Ids": {"type": "list", "member": {"shape": "String", "locationName": "item"}},
    "Groups": {"type": "list", "member": {"shape": "Group", "locationName": "item"}},
    "Group": structure(GroupId={"shape": "String", "locationName": "groupId"}),
    "Time": {"type": "timestamp"},
}


def test_names_begin_in_upper_case_and_lists_have_numbers_only() -> None:
    value = parser(operation_of("ec2", SHAPES))(head(), b"GroupId.2=b&GroupId.1=a&LowerName=x&QName=y", {})

    assert value.GroupIds == ["a", "b"]
    assert (value.lower, value.Named) == ("x", "y")


def test_an_answer_has_its_request_id_first_and_items_in_sets() -> None:
    operation = operation_of("ec2", SHAPES, xmlNamespace="http://ec2/doc")

    answer = serialiser(operation)({"Groups": [{"GroupId": "sg-1"}], "At": 0}, "req-1")

    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ActResponse xmlns="http://ec2/doc"><requestId>req-1</requestId>'
        "<groupSet><item><groupId>sg-1</groupId></item></groupSet><at>1970-01-01T00:00:00.000Z</at></ActResponse>"
    )


def test_an_operation_without_output_returns_true() -> None:
    body = serialiser(operation_of("ec2", {"In": structure()}))({}, "req-1").body

    assert body.endswith(b"<requestId>req-1</requestId><return>true</return></ActResponse>")


def test_an_error_stands_among_errors() -> None:
    answer = fault_answer(model_of("ec2", {}), Fault("InvalidGroup.NotFound", "The group 'x' does not exist"), "req-1")

    assert answer.status == 400
    assert answer.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>InvalidGroup.NotFound</Code>'
        "<Message>The group 'x' does not exist</Message></Error></Errors><RequestID>req-1</RequestID></Response>"
    )
