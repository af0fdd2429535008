"""URLs that are signed beforehand, and what they are answered with."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import urllib3
from botocore.config import Config
from tests.conftest import Clients

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
VERSIONS = pytest.mark.parametrize("version", ["s3", "s3v4"])


class Answer:
    """An answer: status, headers, body, and the elements of an XML error by name."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status
        self.headers = response.headers
        self.body: bytes = response.data
        error = self.status >= 400 and self.body
        self.members = {child.tag: child.text for child in ElementTree.fromstring(self.body)} if error else {}

    @property
    def code(self) -> str | None:
        """The error's code."""
        return self.members.get("Code")


@pytest.fixture
def http() -> Any:
    """A plain HTTP client."""
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


@pytest.fixture
def use(http: Any) -> Callable[..., Answer]:
    """A function that sends a request to a URL as it is."""

    def used(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(http.request(method, url, body=body, headers=given))

    return used


def signing(aws: Clients, version: str, **options: Any) -> Any:
    """A client that signs URLs in a version."""
    config = Config(signature_version=version, s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    return aws.client("s3", config=config, **options)


def url(client: Any, operation: str, key: str = "key", seconds: int = 3600, **params: Any) -> str:
    """A URL for an operation on a key of the bucket."""
    made: str = client.generate_presigned_url(operation, {"Bucket": "bucket", "Key": key, **params}, seconds)
    return made
