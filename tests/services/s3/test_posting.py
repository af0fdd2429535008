"""Browsers' uploads: forms with signed policies, as boto3 makes them and as browsers send them."""

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

import pytest
import urllib3
from botocore.config import Config
from tests.conftest import Clients

Fields = Mapping[str, str]


class Answer:
    """An answer to a form: status, headers, the body's text, and its XML elements by name."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status
        self.headers = response.headers
        self.text: str = response.data.decode()
        self.root = ElementTree.fromstring(self.text).tag.rpartition("}")[2] if self.text else ""
        found = ElementTree.fromstring(self.text) if self.text else ()
        self.members = {element.tag.rpartition("}")[2]: element.text for element in found}


@pytest.fixture
def http() -> Any:
    """A plain HTTP client that follows nothing."""
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


@pytest.fixture
def send(http: Any) -> Callable[..., Answer]:
    """A function that posts a form: fields, then the file as (name, content), or as content alone for no name."""

    def posted(url: str, fields: Fields, file: Any = ("file.txt", b"content"), **headers: str) -> Answer:
        parts: list[Any] = list(fields.items())
        if file is not None:
            parts.append(("file", file))
        body, kind = urllib3.encode_multipart_formdata(parts)
        given = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return Answer(http.request("POST", url, body=body, headers=given, redirect=False))

    return posted


@pytest.fixture
def bucket(aws: Clients) -> str:
    """A bucket."""
    aws.s3.create_bucket(Bucket="bucket")
    return "bucket"


def signing(aws: Clients, version: str, **options: Any) -> Any:
    """A client that signs forms in a version."""
    config = Config(signature_version=version, s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    return aws.client("s3", config=config, **options)


def form(client: Any, key: str = "key", fields: Fields | None = None, conditions: Any = None, **more: Any) -> Any:
    """A form that boto3 signed: `url` and `fields`; every field is allowed by its own condition."""
    allowed = [{name: value} for name, value in (fields or {}).items()] if conditions is None else conditions
    return client.generate_presigned_post("bucket", key, Fields=dict(fields or {}), Conditions=allowed, **more)


VERSIONS = pytest.mark.parametrize("version", ["s3", "s3v4"])


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
