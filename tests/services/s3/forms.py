"""Forms of browsers, as boto3 signs them and as browsers send them."""

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
