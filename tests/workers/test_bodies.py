"""Bodies through gateways: checked there, stored by the kernel, sent from the kernel's files."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.running import RunningCloud
from tests.workers.conftest import eventually, team_of

MIB = 1 << 20


@pytest.fixture
def s3(cloud: RunningCloud) -> Iterator[Any]:
    """A client of S3, and a bucket."""
    config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    client = boto3.client(
        "s3",
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )
    client.create_bucket(Bucket="bodies")
    yield client
    client.close()


@pytest.mark.parametrize("size", [0, 1, 32 << 10, (32 << 10) + 1, 64 << 10, (64 << 10) + 1, 9 * MIB + 17])
def test_a_body_of_any_size_comes_back_as_it_was(s3: Any, size: int) -> None:
    body = os.urandom(size)

    put = s3.put_object(Bucket="bodies", Key="one", Body=body, ChecksumAlgorithm="SHA256")

    got = s3.get_object(Bucket="bodies", Key="one", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert got["ChecksumSHA256"] == put["ChecksumSHA256"]


def test_ranges_and_parts_come_from_several_files(s3: Any, tmp_path: Any) -> None:
    body = os.urandom(17 * MIB)
    path = tmp_path / "long"
    path.write_bytes(body)
    s3.upload_file(str(path), "bodies", "long", Config=TransferConfig(multipart_threshold=MIB, max_concurrency=2))

    whole = s3.get_object(Bucket="bodies", Key="long")["Body"].read()
    middle = s3.get_object(Bucket="bodies", Key="long", Range=f"bytes={7 * MIB}-{9 * MIB}")["Body"].read()

    assert whole == body
    assert middle == body[7 * MIB : 9 * MIB + 1]


def test_a_long_body_that_is_not_what_its_head_says_leaves_nothing(s3: Any) -> None:
    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket="bodies", Key="wrong", Body=bytes(2 * MIB), ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")

    assert "Contents" not in s3.list_objects_v2(Bucket="bodies")


def test_a_client_that_hangs_up_in_the_middle_of_its_body_leaves_nothing(cloud: RunningCloud, s3: Any) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "bodies", "Key": "half"})
    target = url.removeprefix(cloud.url)
    sent = socket.create_connection(("127.0.0.1", cloud.port))
    sent.sendall(
        f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1:{cloud.port}\r\nContent-Length: {8 * MIB}\r\n\r\n".encode()
        + bytes(3 * MIB)
    )
    kernel = cloud.cloud.kernel
    eventually(cloud, lambda: kernel.running == 1)

    sent.close()

    eventually(cloud, lambda: kernel.running == 0)
    assert "Contents" not in s3.list_objects_v2(Bucket="bodies")


def test_a_client_that_does_not_want_the_rest_leaves_no_file_open(cloud: RunningCloud, s3: Any) -> None:
    s3.put_object(Bucket="bodies", Key="long", Body=bytes(32 * MIB))
    answer = s3.get_object(Bucket="bodies", Key="long")
    answer["Body"].read(1)

    answer["Body"].close()
    s3.delete_object(Bucket="bodies", Key="long")

    contents = cloud.cloud.kernel.contents
    cloud.run(contents.emptied)
    assert not any(desk.giving for desk in team_of(cloud).desks)
