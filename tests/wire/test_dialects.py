"""How services word what is wrong: the recorded texts of AWS."""

from typing import Any

import pytest
from tests.wire.small_model import operation_of, structure

from orrery.wire.catalog import Models
from orrery.wire.dialects import java_text, unreadable
from orrery.wire.fault import Fault
from orrery.wire.problems import Unreadable
from orrery.wire.validate import accept

SHAPES = {
    "In": structure(
        GroupName="String", Size={"shape": "Integer", "max": 9}, Body={"shape": "String"}, required=["GroupName"]
    )
}


def fault_of(values: Any, protocol: str, **metadata: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        accept(operation_of(protocol, SHAPES, **metadata), values, protocol)
    return caught.value


def test_sqs_names_the_first_missing_parameter(models: Models) -> None:
    with pytest.raises(Fault) as caught:
        accept(models("sqs").operation("SendMessage"), {}, "json")

    assert (caught.value.code, caught.value.message) == (
        "MissingParameter",
        "The request must contain the parameter QueueUrl.",
    )


def test_ec2_names_one_problem_in_its_own_way() -> None:
    missing, wrong = fault_of({"Size": 10}, "ec2"), fault_of({"GroupName": "a", "Size": 10}, "ec2")

    assert (missing.code, missing.message) == ("MissingParameter", "The request must contain the parameter groupName")
    assert (wrong.code, wrong.message) == ("InvalidParameterValue", "Invalid value '10' for size.")


def test_s3_calls_a_bad_body_malformed() -> None:
    fault = fault_of({"Size": 10}, "rest-xml", dialect="s3")

    assert fault.code == "MalformedXML"


def test_the_framework_s_words_are_those_recorded(models: Models) -> None:
    with pytest.raises(Fault) as caught:
        accept(models("events").operation("PutTargets"), {"Rule": "r", "Targets": [{"Id": "!@#$", "Arn": "a"}]}, "json")

    assert caught.value.message == (
        "1 validation error detected: Value '!@#$' at 'targets.1.member.id' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"
    )


@pytest.mark.parametrize(
    ("protocol", "code"),
    [
        ("json", "SerializationException"),
        ("rest-json", "SerializationException"),
        ("smithy-rpc-v2-cbor", "SerializationException"),
        ("query", "MalformedInput"),
        ("ec2", "InvalidParameterValue"),
        ("rest-xml", "MalformedXML"),
    ],
)
def test_what_cannot_be_read_has_the_protocol_s_code(protocol: str, code: str) -> None:
    assert unreadable(operation_of(protocol, SHAPES), protocol, Unreadable("why")).code == code


def test_values_are_printed_as_java_prints_them() -> None:
    assert java_text({"a": [1, True, None], "b": 2.0}, quoted=True) == "'{a=[1, true, null], b=2.0}'"
    assert java_text(None, quoted=True) == "null"
    assert java_text(b"ab") == "java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]"
