"""Browsers' uploads: forms with signed policies, as boto3 makes them and as browsers send them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from tests.clients.raw import Wire
from tests.conftest import Clients
from tests.running import RunningCloud
from tests.services.s3.forms import VERSIONS, Answer, bucket, form, http, send, signing

__all__ = ["bucket", "http", "send"]


@pytest.mark.row("S3-056")
@VERSIONS
def test_a_form_writes_an_object(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version))

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["ETag"] == '"9a0364b9e99bb480dd25e1f0284c8555"'
    assert answer.headers["Location"] == f"{made['url']}/key"
    got = aws.s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ContentType"], got["ServerSideEncryption"]) == (
        b"content",
        "binary/octet-stream",
        "AES256",
    )
    assert (got["ChecksumType"], len(got["ChecksumCRC64NVME"])) == ("FULL_OBJECT", 12)


def test_a_stock_client_signs_forms_in_version_2_in_us_east_1(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    assert "AWSAccessKeyId" in made["fields"]
    assert send(made["url"], made["fields"]).status == 204


def test_the_checksum_of_a_form_is_crc64nvme(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    send(made["url"], made["fields"], ("f", b"abcdef"))

    head = aws.s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head["ChecksumCRC64NVME"], head["ETag"]) == ("Pact6XRTYyA=", '"e80b5017098950fc58aad83c8c14978e"')


def test_a_forms_fields_describe_the_object(aws: Clients, bucket: str, send: Any) -> None:
    fields = {
        "Content-Type": "text/plain",
        "Cache-Control": "no-cache",
        "Content-Disposition": "attachment",
        "Expires": "Wed, 21 Oct 2026 07:28:00 GMT",
        "x-amz-meta-Colour": "grün",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-website-redirect-location": "/elsewhere",
        "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>",
    }
    made = form(signing(aws, "s3v4"), fields=fields)

    assert send(made["url"], made["fields"]).status == 204

    head = aws.s3.head_object(Bucket=bucket, Key="key")
    assert (head["ContentType"], head["CacheControl"], head["ContentDisposition"]) == (
        "text/plain",
        "no-cache",
        "attachment",
    )
    assert head["ExpiresString"] == fields["Expires"]
    assert head["StorageClass"] == "STANDARD_IA"
    assert head["WebsiteRedirectLocation"] == "/elsewhere"
    assert "colour" in head["Metadata"]
    assert head["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"] == "1"


def test_the_files_own_type_is_not_the_objects(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    send(made["url"], made["fields"], ("page.html", b"<p>", "text/html"))

    assert aws.s3.head_object(Bucket=bucket, Key="key")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("name", "key"),
    [("a.txt", "up/a.txt"), ("C:\\dir\\b.txt", "up/b.txt"), ("/tmp/c d.txt", "up/c d.txt"), ("", "up/")],
)
def test_the_files_name_stands_in_for_its_variable(aws: Clients, bucket: str, send: Any, name: str, key: str) -> None:
    made = form(aws.s3, "up/${filename}", {"x-amz-meta-name": "${filename}"}, [["starts-with", "$x-amz-meta-name", ""]])

    assert send(made["url"], made["fields"], (name, b"content")).status == 204

    assert aws.s3.get_object(Bucket=bucket, Key=key)["Metadata"] == {"name": key[3:]}


def test_a_file_that_is_a_plain_field_has_no_name(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3, "file-as-field-${filename}")

    assert send(made["url"], made["fields"], "content").status == 204

    assert aws.s3.get_object(Bucket=bucket, Key="file-as-field-${filename}")["Body"].read() == b"content"


# --- answers ---


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("418", 204), ("", 204)])
def test_a_form_chooses_the_status_of_its_answer(aws: Clients, bucket: str, send: Any, asked: str, status: int) -> None:
    made = form(aws.s3, fields={"success_action_status": asked})

    assert send(made["url"], made["fields"]).status == status


def test_status_201_tells_where_the_object_is(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3, "dir/a b.txt", {"success_action_status": "201"})

    answer = send(made["url"], made["fields"])

    assert answer.root == "PostResponse"
    assert answer.members == {
        "Location": f"{made['url']}/dir%2Fa%20b.txt",
        "Bucket": bucket,
        "Key": "dir/a b.txt",
        "ETag": '"9a0364b9e99bb480dd25e1f0284c8555"',
    }
    assert answer.headers["Location"] == answer.members["Location"]


@pytest.mark.parametrize("field", ["success_action_redirect", "redirect"])
@pytest.mark.parametrize("query", ["", "?page=1"])
def test_a_form_can_send_its_browser_elsewhere(aws: Clients, bucket: str, send: Any, field: str, query: str) -> None:
    target = f"http://localhost.test/done{query}"
    made = form(aws.s3, "a/b", {field: target, "success_action_status": "201"})

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.text) == (303, "")
    place = urlsplit(answer.headers["Location"])
    told = parse_qs(place.query)
    assert place._replace(query="").geturl() == "http://localhost.test/done"
    assert (told["bucket"], told["key"], told["etag"]) == ([bucket], ["a/b"], ['"9a0364b9e99bb480dd25e1f0284c8555"'])
    assert ("page" in told) == bool(query)


@pytest.mark.parametrize("target", ["nowhere", "javascript:alert(1)", "http://", "http://[", "http://a b/", "//a"])
def test_an_address_that_is_none_is_as_if_it_were_not_there(aws: Clients, bucket: str, send: Any, target: str) -> None:
    made = form(aws.s3, fields={"success_action_redirect": target})

    assert send(made["url"], made["fields"]).status == 204


# --- bodies that are long or broken off ---


def test_a_long_file_comes_through_whole(aws: Clients, bucket: str, send: Any) -> None:
    content = bytes(range(256)) * 20_000
    made = form(aws.s3)

    assert send(made["url"], made["fields"], ("f", content)).status == 204

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == content


def test_a_form_that_does_not_end_writes_nothing(aws: Clients, bucket: str, http: Any) -> None:
    made = form(aws.s3)
    body, kind = urllib3.encode_multipart_formdata([*made["fields"].items(), ("file", ("f", b"content"))])

    answer = Answer(http.request("POST", made["url"], body=body[:-6], headers={"Content-Type": kind}))

    assert (answer.status, answer.members["Code"]) == (400, "MalformedPOSTRequest")
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)


def raw(cloud: RunningCloud, made: Any, content: bytes, *more: str) -> tuple[bytes, bytes]:
    """The head of a request with a form, and the form."""
    body, kind = urllib3.encode_multipart_formdata([*made["fields"].items(), ("file", ("f", content))])
    path = urlsplit(made["url"]).path
    lines = (f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{cloud.port}", f"Content-Type: {kind}", *more)
    return ("\r\n".join(lines).format(length=len(body)) + "\r\n\r\n").encode(), body


def test_a_form_may_come_in_chunks_as_small_as_bytes(aws: Clients, cloud: RunningCloud, bucket: str) -> None:
    head, body = raw(cloud, form(aws.s3), b"content", "Transfer-Encoding: chunked")
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)

    with Wire(cloud) as wire:
        wire.send(head + chunks + b"0\r\n\r\n")
        answer = wire.answer()

    assert answer is not None
    assert answer.status == 204
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"


def test_a_client_that_waits_is_asked_for_its_form(aws: Clients, cloud: RunningCloud, bucket: str) -> None:
    head, body = raw(cloud, form(aws.s3), b"content", "Expect: 100-continue", "Content-Length: {length}")

    with Wire(cloud) as wire:
        wire.send(head)
        told = wire.answer()
        wire.send(body)
        answer = wire.answer()

    assert told is not None and answer is not None
    assert (told.status, answer.status) == (100, 204)


@pytest.mark.parametrize("place", [0.02, 0.5, 0.999])
def test_a_client_that_hangs_up_in_its_form_leaves_nothing(
    aws: Clients, cloud: RunningCloud, bucket: str, place: float
) -> None:
    head, body = raw(cloud, form(aws.s3), b"x" * 1_000_000, "Content-Length: {length}")

    with Wire(cloud) as wire:
        wire.send(head + body[: int(len(body) * place)])
        wire.hang_up()
        wire.over()

    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
    assert cloud.problems == []


def test_a_form_that_is_refused_early_is_answered_however_much_is_to_come(
    aws: Clients, cloud: RunningCloud, bucket: str
) -> None:
    made = form(aws.s3)
    made["fields"]["policy"] = "invalid"
    head, body = raw(cloud, made, b"x" * 1000, "Content-Length: 1073741824")

    with Wire(cloud) as wire:
        wire.send(head + body)
        answer = wire.answer()

    assert answer is not None
    assert (answer.status, b"SignatureDoesNotMatch" in answer.body) == (403, True)
