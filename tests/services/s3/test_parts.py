"""Parts: uploading, copying and listing them."""

import base64
import hashlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.operating import set_limit
from tests.running import RunningCloud
from tests.services.s3.uploading import Upload, bodies, crc32, error_of, md5, told

from orrery.services.s3.records import Part

BIG = bytes(range(256)) * 512  # 128 KiB: a content file
FIVE_GIB = 5 << 30


def rows(cloud: RunningCloud, upload: str) -> list[Part]:
    kernel = cloud.cloud.kernel
    found: list[Part] = cloud.do(lambda: kernel.read(kernel.place(*kernel.home)).list(Part, upload))
    return found


# --- UploadPart ---


@pytest.mark.row("S3-010")
@pytest.mark.parametrize("body", [b"", b"foo", BIG])
def test_a_part_is_answered_with_its_etag_and_the_checksum_sent(aws: Any, bucket: str, body: bytes) -> None:
    answer = Upload(aws.s3, bucket).part(1, body, ChecksumAlgorithm="CRC32")

    assert told(answer) == {"ETag": md5(body), "ServerSideEncryption": "AES256", "ChecksumCRC32": crc32(body)}


def test_a_part_sent_without_a_checksum_is_answered_without(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)

    answer = send(cloud, upload, 1, b"body")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"x-amz-checksum" not in answer.lower()


@pytest.mark.row("S3-010")
def test_a_part_uploaded_again_takes_the_place_of_the_first(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, BIG)

    upload.part(1, BIG[::-1])

    [part] = upload.parts()["Parts"]
    assert part["ETag"] == md5(BIG[::-1])
    assert bodies(cloud) == 1


@pytest.mark.row("S3-010")
@pytest.mark.parametrize("number", [0, -1, 10_001])
def test_a_part_number_out_of_range_is_refused(aws: Any, bucket: str, number: int) -> None:
    error = error_of(Upload(aws.s3, bucket).part, number, b"")

    assert error == {
        "Code": "InvalidArgument",
        "Message": "Part number must be an integer between 1 and 10000, inclusive",
        "ArgumentName": "partNumber",
        "ArgumentValue": str(number),
    }


@pytest.mark.row("S3-010")
def test_the_last_part_number_is_ten_thousand(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)

    upload.part(10_000, b"last")

    assert upload.parts()["NextPartNumberMarker"] == 10_000


@pytest.mark.row("S3-010")
def test_a_part_beyond_the_largest_size_is_refused(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    set_limit(cloud, "s3.part-size", 10)
    upload = Upload(aws.s3, bucket)

    error = error_of(upload.part, 1, b"eleven byte")

    assert (error["Code"], error["ProposedSize"], error["MaxSizeAllowed"]) == ("EntityTooLarge", "11", "10")
    assert upload.part(1, b"ten  bytes")["ETag"]


@pytest.mark.row("S3-119")
@pytest.mark.parametrize(
    ("algorithm", "wrong"),
    [("CRC32", "AAAAAA=="), ("SHA1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), ("CRC64NVME", "AAAAAAAAAAA=")],
)
def test_a_part_with_a_wrong_checksum_is_refused_and_not_kept(
    aws: Any, bucket: str, algorithm: str, wrong: str
) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm=algorithm)

    differs = error_of(upload.part, 1, BIG, **{f"Checksum{algorithm}": wrong})
    malformed = error_of(upload.part, 1, BIG, **{f"Checksum{algorithm}": "not base64!"})

    assert differs == {
        "Code": "BadDigest",
        "Message": f"The {algorithm} you specified did not match the calculated checksum.",
    }
    assert malformed == {
        "Code": "InvalidRequest",
        "Message": f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.",
    }
    assert "Parts" not in upload.parts()


@pytest.mark.row("S3-119")
def test_a_part_with_a_checksum_of_another_algorithm_is_refused(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm="SHA256")

    error = error_of(upload.part, 1, b"x", ChecksumAlgorithm="CRC32")

    assert error == {
        "Code": "InvalidRequest",
        "Message": "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    }


@pytest.mark.row("S3-119")
def test_composite_checksums_need_each_parts_full_object_ones_do_not(
    aws: Any, bucket: str, cloud: RunningCloud
) -> None:
    composite = send(cloud, Upload(aws.s3, bucket, ChecksumAlgorithm="CRC32"), 1, b"x")
    whole = send(cloud, Upload(aws.s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"), 1, b"x")

    assert composite.startswith(b"HTTP/1.1 400")
    assert b"expected checksum Type: crc32, actual checksum Type: null" in composite
    assert whole.startswith(b"HTTP/1.1 200")


def test_a_key_to_encrypt_a_part_with_is_refused_where_the_upload_has_none(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)

    error = error_of(upload.part, 1, b"x", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)

    assert error == {
        "Code": "InvalidRequest",
        "Message": "The multipart upload initiate requested encryption. "
        "Subsequent part requests must include the appropriate encryption parameters.",
    }


def test_a_key_to_decrypt_with_is_refused_where_the_upload_has_none(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, b"x")

    for call in (upload.parts, upload.complete):
        error = error_of(call, SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)
        assert error["Code"] == "InvalidRequest"


@pytest.mark.row("S3-009")
@pytest.mark.parametrize("form", ["part", "object"])
def test_five_gib_may_be_announced_and_no_more(aws: Any, bucket: str, cloud: RunningCloud, form: str) -> None:
    names = Upload(aws.s3, bucket).names if form == "part" else None

    taken = expect(cloud, names, FIVE_GIB)
    refused = expect(cloud, names, FIVE_GIB + 1)

    assert taken.startswith(b"HTTP/1.1 100 ")
    assert refused.startswith(b"HTTP/1.1 400 ")
    assert b"<Code>EntityTooLarge</Code>" in refused
    assert b"<ProposedSize>5368709121</ProposedSize><MaxSizeAllowed>5368709120</MaxSizeAllowed>" in refused


@pytest.mark.row("S3-010")
def test_a_part_still_arriving_when_its_upload_is_given_up_is_not_kept(
    aws: Any, bucket: str, cloud: RunningCloud
) -> None:
    upload = Upload(aws.s3, bucket)
    with Slow(cloud, upload.names, 1, BIG) as sender:
        sender.half()
        upload.abort()

        answer = sender.rest()

    assert b"<Code>NoSuchUpload</Code>" in answer
    assert rows(cloud, upload.id) == []
    assert bodies(cloud) == 0


@pytest.mark.row("S3-010")
def test_a_part_still_arriving_when_its_upload_is_completed_is_not_kept(
    aws: Any, bucket: str, cloud: RunningCloud
) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, b"all there is")
    with Slow(cloud, upload.names, 2, BIG) as sender:
        sender.half()
        upload.complete()

        answer = sender.rest()

    assert b"<Code>NoSuchUpload</Code>" in answer
    assert [part.number for part in rows(cloud, upload.id)] == [1]


@pytest.mark.row("S3-010")
def test_a_part_whose_sender_hangs_up_leaves_nothing(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    with Slow(cloud, upload.names, 1, BIG) as sender:
        sender.half()

    upload.part(2, b"after")
    assert [part.number for part in rows(cloud, upload.id)] == [2]
    assert bodies(cloud) == 0


def test_a_long_list_of_parts_that_is_malformed(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    parts = [{"PartNumber": number, "ETag": "x" * 32} for number in range(1, 5000)]

    error = error_of(upload.complete, parts=[*parts, {"PartNumber": 5000}])

    assert error["Code"] == "MalformedXML"


# --- ListParts ---


@pytest.mark.row("S3-010")
def test_parts_are_listed_with_what_was_said_of_the_upload(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm="SHA256")
    upload.part(2, b"two", ChecksumAlgorithm="SHA256")
    upload.part(1, b"one", ChecksumAlgorithm="SHA256")

    listed = told(upload.parts())

    parts = listed.pop("Parts")
    owner = listed.pop("Owner")
    assert listed == {
        "Bucket": bucket,
        "Key": "key",
        "UploadId": upload.id,
        "ChecksumAlgorithm": "SHA256",
        "ChecksumType": "COMPOSITE",
        "Initiator": owner,
        "IsTruncated": False,
        "MaxParts": 1000,
        "NextPartNumberMarker": 2,
        "PartNumberMarker": 0,
        "StorageClass": "STANDARD",
    }
    assert [(part["PartNumber"], part["ETag"], part["Size"]) for part in parts] == [
        (1, md5(b"one"), 3),
        (2, md5(b"two"), 3),
    ]
    assert parts[0]["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"one").digest()).decode()
    assert parts[0]["LastModified"]


def test_checksums_nobody_chose_when_the_upload_began_are_not_listed(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, b"foo", ChecksumAlgorithm="CRC32C")

    listed = upload.parts()

    assert listed["Parts"][0].keys() == {"PartNumber", "LastModified", "ETag", "Size"}
    assert "ChecksumAlgorithm" not in listed


def test_pages_of_parts_follow_each_other(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    for number in (1, 3, 5, 7, 9):
        upload.part(number, b"x")

    pages = list(aws.s3.get_paginator("list_parts").paginate(**upload.names, PaginationConfig={"PageSize": 2}))

    assert [[part["PartNumber"] for part in page["Parts"]] for page in pages] == [[1, 3], [5, 7], [9]]
    assert [(page["PartNumberMarker"], page["NextPartNumberMarker"]) for page in pages] == [(0, 3), (3, 7), (7, 9)]
    assert [page["MaxParts"] for page in pages] == [2, 2, 2]


def test_an_upload_without_parts_lists_none(aws: Any, bucket: str) -> None:
    listed = Upload(aws.s3, bucket).parts(MaxParts=5000)

    assert "Parts" not in listed
    assert (listed["NextPartNumberMarker"], listed["MaxParts"], listed["IsTruncated"]) == (0, 1000, False)


@pytest.mark.parametrize("name", ["part-number-marker", "max-parts"])
def test_an_empty_parameter_is_as_good_as_none(aws: Any, bucket: str, name: str) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, b"x")

    def add(request: Any, **_: Any) -> None:
        request.url += f"&{name}="

    aws.s3.meta.events.register("before-sign.s3.ListParts", add)
    listed = upload.parts()

    assert (listed["PartNumberMarker"], listed["MaxParts"], len(listed["Parts"])) == (0, 1000, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"MaxParts": -1}, "Argument max-parts must be an integer between 0 and 2147483647"),
        ({"PartNumberMarker": 1 << 31}, "Provided part-number-marker not an integer or within integer range"),
    ],
)
def test_a_page_of_parts_has_a_number_of_parts(aws: Any, bucket: str, options: dict[str, int], message: str) -> None:
    error = error_of(Upload(aws.s3, bucket).parts, **options)

    assert (error["Code"], error["Message"]) == ("InvalidArgument", message)


# --- raw requests ---


class Unsigned(S3SigV4Auth):  # type: ignore[misc]
    """Signs the head alone."""

    def payload(self, request: AWSRequest) -> str:
        return "UNSIGNED-PAYLOAD"


def head_of(cloud: RunningCloud, names: dict[str, str] | None, number: int, length: int, *more: str) -> bytes:
    """The head of a signed PUT of a part (of an object without `names`), its body not signed."""
    path = (
        f"/{names['Bucket']}/{names['Key']}?partNumber={number}&uploadId={names['UploadId']}" if names else "/bucket/k"
    )
    request = AWSRequest("PUT", cloud.url + path, headers={"Content-Length": str(length)})
    Unsigned(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
    fields = [f"{name}: {value}" for name, value in request.headers.items()]
    lines = [f"PUT {path} HTTP/1.1", f"Host: 127.0.0.1:{cloud.port}", *fields, *more, "", ""]
    return "\r\n".join(lines).encode()


def connection(cloud: RunningCloud) -> socket.socket:
    return socket.create_connection(("127.0.0.1", cloud.port), timeout=10)


def send(cloud: RunningCloud, upload: Upload, number: int, body: bytes) -> bytes:
    """Upload a part without any checksum; the answer."""
    with connection(cloud) as sock:
        sock.sendall(head_of(cloud, upload.names, number, len(body), "Connection: close") + body)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def expect(cloud: RunningCloud, names: dict[str, str] | None, length: int) -> bytes:
    """What answers a head that announces so many bytes and waits for a word."""
    with connection(cloud) as sock:
        sock.sendall(head_of(cloud, names, 1, length, "Expect: 100-continue"))
        return sock.recv(65536)


class Slow:
    """Sends a part in two halves."""

    def __init__(self, cloud: RunningCloud, names: dict[str, str], number: int, body: bytes) -> None:
        self._head = head_of(cloud, names, number, len(body), "Expect: 100-continue", "Connection: close")
        self._body = body
        self._sock = connection(cloud)

    def __enter__(self) -> "Slow":
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def half(self) -> None:
        """Send the head, wait until the body is wanted, send one half of it."""
        self._sock.sendall(self._head)
        assert self._sock.recv(65536).startswith(b"HTTP/1.1 100 ")
        self._sock.sendall(self._body[: len(self._body) // 2])

    def rest(self) -> bytes:
        """Send the other half; the answer."""
        self._sock.sendall(self._body[len(self._body) // 2 :])

        def pieces() -> Iterator[bytes]:
            while piece := self._sock.recv(65536):
                yield piece

        return b"".join(pieces())
