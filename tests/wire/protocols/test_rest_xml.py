"""REST-XML: bodies in and out, S3's own forms."""

from typing import Any

import pytest
from tests.wire.small_model import head, model_of, operation_of, structure

from orrery.wire.catalog import Models
from orrery.wire.fault import Fault
from orrery.wire.protocols.rest_xml import fault_answer, parser, serialiser

SHAPES: dict[str, Any] = {
    "In": structure(Id={"shape": "String", "location": "uri"}, Name="String", Items="Items"),
    "Out": structure(Etag={"shape": "String", "location": "header", "locationName": "ETag"}, Items="Items"),
    "Items": {"type": "list", "member": {"shape": "String"}},
}


def test_members_stand_in_path_and_body() -> None:
    parse = parser(operation_of("rest-xml", SHAPES))

    value = parse(head(), b'<In xmlns="u"><Name>n</Name><Items><member>a</member></Items></In>', {"Id": "i"})

    assert (value.Id, value.Name, value.Items) == ("i", "n", ["a"])


@pytest.mark.parametrize("body", [b"<In>", b"no xml", b"<!DOCTYPE a><In/>"])
def test_a_body_that_is_no_xml_is_malformed(body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        parser(operation_of("rest-xml", SHAPES))(head(), body, {"Id": "i"})

    assert caught.value.code == "MalformedXML"


def test_an_answer_has_fields_and_an_xml_body() -> None:
    answer = serialiser(operation_of("rest-xml", SHAPES, xmlNamespace="u"))({"Etag": "e", "Items": []}, "req-1")

    assert answer.headers == [(b"x-amzn-RequestId", b"req-1"), (b"ETag", b"e"), (b"Content-Type", b"application/xml")]
    assert answer.body == b'<?xml version="1.0" encoding="UTF-8"?>\n<Out xmlns="u"><Items/></Out>'


@pytest.mark.row("SDK-008")
def test_s3_s_answers_have_two_ids(models: Models) -> None:
    answer = serialiser(models("s3").operation("PutObject"))({"ETag": '"e"'}, "req-1")

    names = [name for name, _ in answer.headers]
    assert names[:2] == [b"x-amz-request-id", b"x-amz-id-2"]
    assert (b"ETag", b'"e"') in answer.headers
    assert answer.body == b""


def test_s3_s_grantees_are_read_and_written_with_their_type(models: Models) -> None:
    body = (
        b'<AccessControlPolicy xmlns="u"><AccessControlList><Grant>'
        b'<Grantee xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="CanonicalUser"><ID>i</ID></Grantee>'
        b"<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
    )

    given = parser(models("s3").operation("PutBucketAcl"))(head("PUT"), body, {"Bucket": "b"})
    answer = serialiser(models("s3").operation("GetBucketAcl"))(
        {"Grants": [{"Grantee": {"Type": "Group", "URI": "u"}}]}, "r"
    )

    assert given.AccessControlPolicy.Grants[0].Grantee.Type == "CanonicalUser"
    assert (
        b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>u</URI></Grantee>'
        in answer.body
    )


def test_metadata_is_read_and_written_by_prefix(models: Models) -> None:
    fields = {"x-amz-meta-Colour": "red", "x-amz-meta-size": "big", "Content-Length": "3"}

    given = parser(models("s3").operation("PutObject"))(
        head("PUT", "/b/k", fields), b"abc", {"Bucket": "b", "Key": "k"}
    )
    answer = serialiser(models("s3").operation("GetObject"))({"Metadata": {"colour": "red"}, "Body": b"abc"}, "r")

    assert given.Metadata == {"colour": "red", "size": "big"}
    assert given.Body == b"abc"
    assert (b"x-amz-meta-colour", b"red") in answer.headers
    assert answer.body == b"abc"


def test_a_streaming_answer_is_left_to_the_caller(models: Models) -> None:
    answer = serialiser(models("s3").operation("GetObject"))({"ContentType": "text/x", "Body": iter(())}, "r")

    assert answer.body == b""
    assert (b"Content-Type", b"text/x") in answer.headers


def test_s3_s_error_is_bare_and_carries_further_elements(models: Models) -> None:
    answer = fault_answer(models("s3"), Fault("NoSuchKey", "The specified key does not exist.", Key="a&b"), "req-1")

    assert answer.status == 404
    assert answer.body.startswith(
        b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
        b"<Message>The specified key does not exist.</Message><Key>a&amp;b</Key><RequestId>req-1</RequestId><HostId>"
    )


def test_other_services_wrap_their_errors(models: Models) -> None:
    answer = fault_answer(models("route53"), Fault("NoSuchHostedZone", "none"), "req-1")

    assert answer.status == 404
    assert answer.body.decode() == (
        '<?xml version="1.0"?>\n<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error>'
        "<Type>Sender</Type><Code>NoSuchHostedZone</Code><Message>none</Message></Error>"
        "<RequestId>req-1</RequestId></ErrorResponse>"
    )


def test_an_output_may_be_its_only_member_alone() -> None:
    operations = {
        "Act": {
            "name": "Act",
            "http": {"method": "GET", "requestUri": "/"},
            "output": {"shape": "Where"},
            "unwrappedOutput": True,
        }
    }
    model = model_of("rest-xml", {"Where": structure(Location="String")}, operations, xmlNamespace="u")

    answer = serialiser(model.operation("Act"))({"Location": "eu-west-1"}, "r")

    assert answer.body == b'<?xml version="1.0" encoding="UTF-8"?>\n<Location xmlns="u">eu-west-1</Location>'
