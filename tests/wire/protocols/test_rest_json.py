"""REST-JSON: what stands where, payloads, errors."""

import json
from typing import Any

import pytest
from tests.wire.small_model import head, model_of, operation_of, structure

from orrery.wire.catalog import Models
from orrery.wire.fault import Fault
from orrery.wire.protocols.rest_json import fault_answer, parser, serialiser

FIELD = {"shape": "String", "location": "header", "locationName": "x-field"}
SHAPES: dict[str, Any] = {
    "In": structure(
        Id={"shape": "String", "location": "uri"}, Field=FIELD, Body={"shape": "String", "locationName": "body"}
    ),
    "Out": structure(Field=FIELD, Text="String", Code={"shape": "Integer", "location": "statusCode"}),
    "Bytes": {"type": "blob"},
}


def payload(shape: str, **traits: Any) -> dict[str, Any]:
    return {**structure(Field=FIELD, P={"shape": shape, **traits}), "payload": "P"}


def test_path_fields_and_body_come_together() -> None:
    value = parser(operation_of("rest-json", SHAPES))(head(fields={"X-Field": "f"}), b'{"body": "b"}', {"Id": "i"})

    assert (value.Id, value.Field, value.Body) == ("i", "f", "b")


def test_a_body_cannot_pass_for_what_stands_elsewhere() -> None:
    value = parser(operation_of("rest-json", SHAPES))(head(), b'{"Id": "x", "@Id": "x", "@Field": "y"}', {"Id": "i"})

    assert (value.Id, value.Field) == ("i", None)


@pytest.mark.parametrize("body", [b"{", b"[]", b"1"])
def test_a_body_that_is_no_object_is_a_serialization_exception(body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        parser(operation_of("rest-json", SHAPES))(head(), body, {"Id": "i"})

    assert caught.value.code == "SerializationException"


def test_a_payload_is_the_whole_body() -> None:
    raw = parser(operation_of("rest-json", {**SHAPES, "In": payload("Bytes")}))(head(), b"\xff", {})
    text = parser(operation_of("rest-json", {**SHAPES, "In": payload("String")}))(head(), "é".encode(), {})
    inner = parser(operation_of("rest-json", {**SHAPES, "In": payload("Inner"), "Inner": structure(A="String")}))

    assert raw.P == b"\xff"
    assert text.P == "é"
    assert inner(head(), b'{"A": "x"}', {}).P.A == "x"


def test_an_answer_has_fields_status_and_a_body() -> None:
    answer = serialiser(operation_of("rest-json", SHAPES))({"Field": "f", "Text": "t", "Code": 202}, "req-1")

    assert answer.status == 202
    assert answer.headers == [
        (b"x-amzn-RequestId", b"req-1"),
        (b"x-field", b"f"),
        (b"Content-Type", b"application/json"),
    ]
    assert json.loads(answer.body) == {"Text": "t"}


@pytest.mark.parametrize(
    ("shape", "value", "body", "content_type"),
    [
        ("Bytes", b"\xff", b"\xff", b"application/octet-stream"),
        ("String", "t", b"t", b"text/plain"),
        ("Out", {"Text": "t"}, b'{"Text":"t"}', b"application/json"),
        ("Out", None, b"", b"application/json"),
    ],
)
def test_a_payload_is_the_answer_s_body(shape: str, value: Any, body: bytes, content_type: bytes) -> None:
    shapes = {**SHAPES, "Given": {**structure(P=shape), "payload": "P"}}
    operations = {"Act": {"name": "Act", "http": {"method": "GET", "requestUri": "/"}, "output": {"shape": "Given"}}}

    answer = serialiser(model_of("rest-json", shapes, operations).operation("Act"))({"P": value}, "req-1")

    assert answer.body == body
    assert (b"Content-Type", content_type) in answer.headers


def test_a_member_that_is_the_content_type_is_not_overruled(models: Models) -> None:
    answer = serialiser(models("apigateway").operation("GetExport"))({"contentType": "text/x", "body": b"b"}, "req-1")

    assert [value for name, value in answer.headers if name.lower() == b"content-type"] == [b"text/x"]


def test_an_error_s_name_is_in_a_field_and_its_message_in_the_body(models: Models) -> None:
    fault = Fault("TooManyRequestsException", "slow", retryAfterSeconds="3", Type="User")

    answer = fault_answer(models("lambda"), fault, "req-1")

    assert answer.status == 429
    assert (b"x-amzn-ErrorType", b"TooManyRequestsException") in answer.headers
    assert (b"Retry-After", b"3") in answer.headers
    assert json.loads(answer.body) == {"message": "slow", "Type": "User"}
