"""The URLs of objects in answers: in the style in which the bucket was asked for."""

from typing import Any

import pytest
import urllib3
from tests.conftest import Clients
from tests.running import RunningCloud
from tests.services.s3.conftest import MakeBucket
from tests.services.s3.test_hosts import aws, client, cloud, resolving
from tests.services.s3.uploading import Upload

__all__ = ["aws", "cloud", "resolving"]


def posted(s3: Any, bucket: str) -> str:
    """The Location of a form's answer."""
    form = s3.generate_presigned_post(bucket, "a/b")
    with urllib3.PoolManager(retries=False) as http:
        answer = http.request("POST", form["url"], fields={**form["fields"], "file": ("f", b"content")})
    return str(answer.headers["Location"])


def completed(s3: Any, bucket: str) -> str:
    """The Location of a completed upload."""
    upload = Upload(s3, bucket, "a/b")
    upload.part(1, b"x")
    return str(upload.complete()["Location"])


WRITES = pytest.mark.parametrize("write", [posted, completed])


@WRITES
@pytest.mark.parametrize("host", ["localhost", "s3.localhost", "cloud.example.test", "s3.us-east-1.wild.test"])
def test_a_location_has_the_bucket_in_the_host_where_the_request_had(
    aws: Clients, cloud: RunningCloud, make_bucket: MakeBucket, host: str, write: Any
) -> None:
    make_bucket("bucket")

    found = write(client(aws, f"http://{host}:{cloud.port}", style="virtual"), "bucket")

    assert found == f"http://bucket.{host}:{cloud.port}/a%2Fb"


@WRITES
@pytest.mark.parametrize(
    ("host", "bucket"), [("127.0.0.1", "127"), ("localhost", "localhost"), ("cloud.example.test", "cloud")]
)
def test_a_location_has_the_bucket_in_the_path_where_the_request_had(
    aws: Clients, cloud: RunningCloud, make_bucket: MakeBucket, host: str, bucket: str, write: Any
) -> None:
    make_bucket(bucket)

    found = write(client(aws, f"http://{host}:{cloud.port}"), bucket)

    assert found == f"http://{host}:{cloud.port}/{bucket}/a%2Fb"
