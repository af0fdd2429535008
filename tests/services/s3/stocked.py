"""A bucket stocked with keys, and what listings of it tell."""

from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from orrery.services.s3.records import Bucket, Checksum, Object

BUCKET = "bucket"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
Stock = Callable[[Iterable[str]], None]


@pytest.fixture(autouse=True)
def bucket(aws: Any) -> None:
    aws.s3.create_bucket(Bucket=BUCKET)


@pytest.fixture
def stock(cloud: Any) -> Stock:
    """Writes records of empty objects, past the wire: what counts here are their keys."""

    def write(keys: Iterable[str]) -> None:
        made = list(keys)

        def insert(tx: Any) -> None:
            number = tx.get(Bucket, BUCKET).number
            for key in made:
                tx.insert(
                    Object(number, key, 0, "d41d8cd98f00b204e9800998ecf8427e", 1_500, None, Checksum("CRC32", ""))
                )

        cloud.do(lambda: cloud.cloud.kernel.change(insert))

    return write


def keys_of(page: Any) -> list[str]:
    return [entry["Key"] for entry in page.get("Contents", page.get("Versions", []))]


def prefixes_of(page: Any) -> list[str]:
    return [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]


def told(page: Any) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name != "ResponseMetadata"}


def fault_of(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(ClientError) as raised:
        call()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return {name: value for name, value in raised.value.response["Error"].items() if value is not None}


def raw(cloud: Any, query: str) -> tuple[int, str]:
    """Status and body of a GET on the bucket with a query as it stands, which boto3 would not send."""
    asked = AWSRequest("GET", f"{cloud.url}/{BUCKET}?{query}")
    S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(asked)
    connection = HTTPConnection("127.0.0.1", cloud.port)
    with closing(connection):
        connection.request("GET", f"/{BUCKET}?{query}", headers=dict(asked.headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
