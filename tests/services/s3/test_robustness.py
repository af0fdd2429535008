"""Clients that hang up, disks that are full, many writers of one key: nothing is half visible."""

import errno
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.operating import set_failure
from tests.running import RunningCloud
from tests.services.s3.uploading import Upload

from orrery.kernel.store.contract import StoreFailed

BIG = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
def bucket(aws: Any) -> str:
    aws.s3.create_bucket(Bucket="bucket")
    return "bucket"


def content_files(cloud: RunningCloud) -> list[Path]:
    """The content files of S3, those being written among them."""
    return [path for path in cloud.cloud.data.content.glob("s3/**/*") if path.is_file()]


def opened(cloud: RunningCloud) -> dict[bytes, int]:
    """How many readers each body of S3 has."""
    ((_, blobs),) = cloud.cloud.kernel.contents._opened.values()
    return blobs._readers


def unsent(cloud: RunningCloud) -> int:
    """Bytes of answers that wait in memory for clients to read."""
    server: Any = cloud.server
    connections: list[Any] = list(server.hub.members)
    return sum(each.transport.get_write_buffer_size() for each in connections)


def presigned_put(aws: Any, key: str) -> str:
    """The target of a PUT that needs no further signing."""
    client = aws.client("s3", config=None)
    url: str = client.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": key})
    return url.split("/", 3)[3]


def test_a_client_that_hangs_up_in_the_middle_leaves_nothing(cloud: RunningCloud, aws: Any, bucket: str) -> None:
    target = presigned_put(aws, "k")
    with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
        head = f"PUT /{target} HTTP/1.1\r\nHost: 127.0.0.1:{cloud.port}\r\nContent-Length: {2 * len(BIG)}\r\n\r\n"
        connection.sendall(head.encode() + BIG)

    with socket.create_connection(("127.0.0.1", cloud.port)) as other:  # its answer comes after the first one's end
        other.sendall(b"GET /_orrery/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while other.recv(65536):
            pass
    aws.s3.list_objects_v2(Bucket=bucket)

    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
    for _ in range(1000):  # a thread that was writing ends its piece, then the file goes
        if content_files(cloud):
            cloud.run(cloud.cloud.kernel.contents.emptied)
    assert content_files(cloud) == []
    assert cloud.problems == []


@pytest.mark.row("S3-065")
def test_concurrent_writers_of_one_key_leave_one_whole_object(cloud: RunningCloud, aws: Any, bucket: str) -> None:
    bodies = [bytes([n]) * (100_000 + n) for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda body: aws.s3.put_object(Bucket=bucket, Key="k", Body=body), bodies))

    got = aws.s3.get_object(Bucket=bucket, Key="k")["Body"].read()

    assert got in bodies
    assert len(content_files(cloud)) == 1


def test_a_reader_gets_the_object_it_asked_for_though_it_is_overwritten_meanwhile(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=BIG * 16)

    got = aws.s3.get_object(Bucket=bucket, Key="k")
    start = got["Body"].read(10)
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"new")
    rest = got["Body"].read()

    assert start + rest == BIG * 16


@pytest.mark.parametrize("size", [10, 100_000, 3 << 20])
def test_a_full_disk_refuses_writes_and_keeps_what_there_is(
    cloud: RunningCloud, aws: Any, bucket: str, size: int
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="old", Body=b"kept")
    set_failure(cloud, "kernel.full-disk")

    with pytest.raises(ClientError) as refused:
        aws.s3.put_object(Bucket=bucket, Key="new", Body=b"x" * size)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert aws.s3.get_object(Bucket=bucket, Key="old")["Body"].read() == b"kept"
    assert [each["Key"] for each in aws.s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["old"]
    assert content_files(cloud) == []


def test_a_wrong_digest_stores_nothing_and_leaves_the_object_before(cloud: RunningCloud, aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"before")

    with pytest.raises(ClientError) as refused:
        aws.s3.put_object(Bucket=bucket, Key="k", Body=BIG, ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")

    assert refused.value.response["Error"]["Code"] == "BadDigest"
    assert aws.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"before"
    assert content_files(cloud) == []


def test_a_scrub_finds_the_object_whose_bytes_changed(cloud: RunningCloud, aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="good", Body=BIG)
    aws.s3.put_object(Bucket=bucket, Key="bad", Body=BIG[::-1])
    for path in content_files(cloud):
        if BIG[::-1] in path.read_bytes():
            data = bytearray(path.read_bytes())
            data[5000] ^= 1
            path.write_bytes(data)

    found = cloud.run(lambda: cloud.cloud.keeper.look("/_orrery/s3/scrub", {}, None))  # type: ignore[arg-type]

    assert found is not None
    assert b'"name":"bucket/bad"' in found.body
    assert found.body.count(b'"name"') == 1
    assert b'"verified":2' in found.body


def test_a_body_that_is_gone_is_an_error_of_s3_and_holds_nothing_open(
    cloud: RunningCloud, aws: Any, bucket: str
) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, BIG)
    upload.complete()
    (file,) = content_files(cloud)
    file.unlink()

    with pytest.raises(ClientError) as refused:
        aws.s3.get_object(Bucket=bucket, Key="key")

    assert refused.value.response["Error"]["Code"] == "InternalError"
    assert cloud.do(lambda: opened(cloud)) == {}
    cloud.problems.clear()


@pytest.mark.parametrize("parts", [1, 3])
def test_a_client_that_does_not_read_costs_no_memory_and_is_let_go(
    cloud: RunningCloud, aws: Any, bucket: str, parts: int
) -> None:
    upload = Upload(aws.s3, bucket)
    for number in range(1, parts + 1):
        upload.part(number, BIG * 6)
    upload.complete()
    url: str = aws.client("s3", config=None).generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "key"}
    )
    with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
        connection.sendall(f"GET /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: 127.0.0.1:{cloud.port}\r\n\r\n".encode())
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        for _ in range(50):
            aws.s3.head_object(Bucket=bucket, Key="key")

        waiting = cloud.do(lambda: unsent(cloud))

    assert waiting < 100_000
    for _ in range(50):
        aws.s3.head_object(Bucket=bucket, Key="key")
    assert cloud.do(lambda: opened(cloud)) == {}
    assert cloud.problems == []


def test_a_read_that_is_refused_with_the_writes_before_it_holds_nothing_open(harness: Any) -> None:
    cloud = harness.start(auth="open")
    try:
        s3 = Clients(cloud).s3
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="big", Body=BIG)
        set_failure(cloud, "kernel.full-disk")

        with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
            rest = f"Host: 127.0.0.1:{cloud.port}\r\nAuthorization: AWS test:x\r\nDate: today\r\n"
            put = f"PUT /bucket/small HTTP/1.1\r\n{rest}Content-Length: 1\r\n\r\nx"
            get = f"GET /bucket/big HTTP/1.1\r\n{rest}Connection: close\r\n\r\n"
            connection.sendall((put + get).encode())
            answers = b"".join(iter(lambda: connection.recv(65536), b""))

        assert answers.count(b"HTTP/1.1 503 ") == 2
        assert cloud.do(lambda: opened(cloud)) == {}
    finally:
        cloud.stop()


@pytest.mark.parametrize("size", [1, 200_000, 3 << 20])
def test_an_upload_that_has_wholly_come_is_done_and_answered_though_its_client_sends_no_more(
    cloud: RunningCloud, aws: Any, bucket: str, size: int
) -> None:
    target = presigned_put(aws, "k")
    with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
        head = f"PUT /{target} HTTP/1.1\r\nHost: 127.0.0.1:{cloud.port}\r\nContent-Length: {size}\r\n\r\n"
        connection.sendall(head.encode() + bytes(size))
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert aws.s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == size


def test_a_scrub_that_cannot_open_files_names_no_damage_and_holds_nothing_open(
    cloud: RunningCloud, aws: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        aws.s3.put_object(Bucket=bucket, Key=f"k{number}", Body=BIG)
    before = os.open

    def refuse(path: Any, *args: Any, **options: Any) -> int:
        if "s3/bodies" in str(path):
            raise OSError(errno.EMFILE, "Too many open files")
        return before(path, *args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        with pytest.raises(StoreFailed):
            cloud.run(lambda: cloud.cloud.keeper.look("/_orrery/s3/scrub", {}, None))  # type: ignore[arg-type]

    assert cloud.do(lambda: opened(cloud)) == {}


@pytest.mark.parametrize(
    ("fields", "body", "status", "code"),
    [
        ("", b"", b"411", b"<Code>MissingContentLength</Code>"),
        ("Transfer-Encoding: chunked\r\n", b"1\r\nx\r\n0\r\n\r\n", b"501", b"<Header>Transfer-Encoding</Header>"),
    ],
)
def test_a_body_of_unknown_length_is_refused(
    cloud: RunningCloud, aws: Any, bucket: str, fields: str, body: bytes, status: bytes, code: bytes
) -> None:
    head = (
        f"PUT /{presigned_put(aws, 'k')} HTTP/1.1\r\nHost: 127.0.0.1:{cloud.port}\r\n{fields}Connection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
        connection.sendall(head.encode() + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece

    assert answer.split()[1] == status
    assert code in answer
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
