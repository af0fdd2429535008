"""Checksums of whole objects: by field, by trailer, and the one that S3 makes itself."""

import hashlib
import socket
import zlib
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from tests.services.s3.refused import refused

from orrery.gateway.secure import secured
from orrery.gateway.server import Server
from orrery.gateway.tls import Certificates
from orrery.wire.signing.checksums import ALGORITHMS, write

BODY = b"hello world"
BIG = bytes(range(256)) * 1024


def member(algorithm: str, body: bytes) -> dict[str, str]:
    return {f"Checksum{algorithm}": write(ALGORITHMS[algorithm].of(body))}


@pytest.mark.row("S3-013")
@pytest.mark.row("S3-118")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("body", [b"", BODY, BIG])
def test_a_right_checksum_is_kept_and_told(aws: Any, bucket: str, algorithm: str, body: bytes) -> None:
    expected = member(algorithm, body)

    put = aws.s3.put_object(Bucket=bucket, Key="k", Body=body, **expected)

    head = aws.s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    got = aws.s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    asked = aws.s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum"])["Checksum"]
    for answer in (put, head, got, asked):
        told = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        assert told == {**expected, "ChecksumType": "FULL_OBJECT"}
    assert got["Body"].read() == body


@pytest.mark.row("S3-013")
@pytest.mark.row("S3-118")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("body", [BODY, BIG])
def test_a_wrong_checksum_stores_nothing(aws: Any, bucket: str, algorithm: str, body: bytes) -> None:
    error = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=body, **member(algorithm, b"another"))

    assert error == {
        "Code": "BadDigest",
        "Message": f"The {algorithm} you specified did not match the calculated checksum.",
        "status": 400,
    }
    assert refused(aws.s3.head_object, Bucket=bucket, Key="k")["status"] == 404


@pytest.mark.row("S3-013")
@pytest.mark.row("S3-118")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("value", ["test", "not base64!"])
def test_a_malformed_checksum_is_an_invalid_request(aws: Any, bucket: str, algorithm: str, value: str) -> None:
    error = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=BODY, **{f"Checksum{algorithm}": value})

    assert error == {
        "Code": "InvalidRequest",
        "Message": f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.",
        "status": 400,
    }


@pytest.mark.row("S3-013")
@pytest.mark.parametrize("body", [BODY, BIG])
def test_a_wrong_md5_stores_nothing(aws: Any, bucket: str, body: bytes) -> None:
    wrong = b64encode(hashlib.md5(b"another").digest()).decode()

    error = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=body, ContentMD5=wrong)

    assert (error["Code"], error["status"]) == ("BadDigest", 400)
    assert error["Message"] == "The Content-MD5 you specified did not match what we received."
    assert refused(aws.s3.head_object, Bucket=bucket, Key="k")["status"] == 404


@pytest.mark.row("S3-118")
@pytest.mark.parametrize("body", [b"", BODY, BIG])
def test_a_client_that_sends_none_is_given_crc64nvme(aws: Any, bucket: str, body: bytes) -> None:
    client = aws.client("s3", config=Config(request_checksum_calculation="when_required"))

    put = client.put_object(Bucket=bucket, Key="k", Body=body)

    head = client.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    expected = write(ALGORITHMS["CRC64NVME"].of(body))
    assert put["ChecksumCRC64NVME"] == head["ChecksumCRC64NVME"] == expected
    assert put["ChecksumType"] == head["ChecksumType"] == "FULL_OBJECT"


@pytest.mark.row("S3-118")
@pytest.mark.parametrize("body", [BODY, BIG])
def test_boto3s_own_checksum_is_crc32(aws: Any, bucket: str, body: bytes) -> None:
    put = aws.s3.put_object(Bucket=bucket, Key="k", Body=body)

    assert put["ChecksumCRC32"] == b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    assert put["ChecksumType"] == "FULL_OBJECT"


@pytest.fixture
def secure(aws: Any, cloud: Any, tmp_path: Path) -> Iterator[Any]:
    """A client over HTTPS: boto3 then sends its checksums in a trailer."""
    certificates = Certificates(None, cloud.cloud.clock.host_now)
    authority = tmp_path / "ca.pem"
    authority.write_bytes(certificates.authority_pem)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))

    async def listen() -> Server:
        server = Server(cloud.cloud, now=cloud.cloud.clock.now, tls=secured(certificates))
        await server.listen_socket(listener)
        return server

    server = cloud.run(listen)
    client = aws.client("s3", endpoint_url=f"https://localhost:{listener.getsockname()[1]}", verify=str(authority))
    yield client
    client.close()
    cloud.do(server.close)


@pytest.mark.row("S3-118")
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
@pytest.mark.parametrize("body", [BODY, BIG])
def test_a_checksum_comes_in_a_trailer(secure: Any, bucket: str, algorithm: str, body: bytes) -> None:
    sent: list[str] = []
    secure.meta.events.register(
        "before-send.s3.PutObject", lambda request, **_: sent.append(request.headers["x-amz-trailer"].decode())
    )

    put = secure.put_object(Bucket=bucket, Key="k", Body=BytesIO(body), ChecksumAlgorithm=algorithm)

    assert sent == [f"x-amz-checksum-{algorithm.lower()}"]
    assert put[f"Checksum{algorithm}"] == write(ALGORITHMS[algorithm].of(body))
    assert secure.get_object(Bucket=bucket, Key="k")["Body"].read() == body


@pytest.mark.row("S3-118")
def test_a_range_has_no_checksum(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=BODY)

    got = aws.s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-3", ChecksumMode="ENABLED")

    assert got["Body"].read() == BODY[:4]
    assert not [name for name in got if name.startswith("Checksum")]
