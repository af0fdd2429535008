"""Parts: uploading, copying and listing them."""

import base64
import hashlib
import socket
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.operating import set_limit
from tests.running import RunningCloud
from tests.services.s3.uploading import Upload, bodies, error_of, told

from orrery.services.s3 import digesting
from orrery.services.s3.records import Part

BIG = bytes(range(256)) * 512  # 128 KiB: a content file
FIVE_GIB = 5 << 30


def md5(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


def crc32(body: bytes) -> str:
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


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


# --- UploadPartCopy ---


@pytest.fixture
def source(aws: Any, bucket: str) -> str:
    aws.s3.put_object(Bucket=bucket, Key="source", Body=BIG)
    return f"{bucket}/source"


@pytest.mark.row("S3-010")
def test_an_object_is_copied_into_a_part_and_shares_its_content(
    aws: Any, bucket: str, source: str, cloud: RunningCloud
) -> None:
    upload = Upload(aws.s3, bucket)

    answer = told(upload.copy(1, source))

    result = answer["CopyPartResult"]
    assert result.pop("LastModified")
    assert answer == {"CopyPartResult": {"ETag": md5(BIG)}, "ServerSideEncryption": "AES256"}
    assert bodies(cloud) == 1
    upload.complete()
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BIG


@pytest.mark.row("S3-010")
def test_a_range_is_copied_into_a_part_and_outlives_its_source(
    aws: Any, bucket: str, source: str, cloud: RunningCloud
) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")

    copied = upload.copy(1, source, CopySourceRange="bytes=10-100009")
    aws.s3.delete_object(Bucket=bucket, Key="source")
    upload.complete()

    assert copied["CopyPartResult"]["ETag"] == md5(BIG[10:100_010])
    assert copied["CopyPartResult"]["ChecksumCRC32"] == crc32(BIG[10:100_010])
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BIG[10:100_010]
    aws.s3.delete_object(Bucket=bucket, Key="key")
    assert bodies(cloud) == 0


def test_a_range_of_a_small_object_is_copied(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="small", Body=b"0123456789")
    upload = Upload(aws.s3, bucket)

    upload.copy(1, f"{bucket}/small", CopySourceRange="bytes=2-4")
    upload.complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"234"


@pytest.mark.parametrize("asked", ["bytes=0-4", "bytes=3-130999", "bytes=131065-131079", None])
def test_an_object_in_parts_is_copied_into_a_part(
    aws: Any, bucket: str, cloud: RunningCloud, asked: str | None
) -> None:
    set_limit(cloud, "s3.smallest-part", 1)
    first = Upload(aws.s3, bucket, "source")
    for number, body in enumerate((b"12345", BIG, b"67890"), 1):
        first.part(number, body)
    first.complete()
    whole = b"12345" + BIG + b"67890"
    start, stop = (0, len(whole)) if asked is None else map(int, asked.removeprefix("bytes=").split("-"))
    upload = Upload(aws.s3, bucket)

    upload.copy(1, f"{bucket}/source", **({} if asked is None else {"CopySourceRange": asked}))
    upload.complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == whole[start : stop + 1]


@pytest.mark.parametrize("asked", ["0-1", "bytes=0", "bytes=0-", "bytes=-1", "bytes=5-4", "bytes=0-1,3-4", "bytes=a-b"])
def test_a_range_to_copy_has_a_first_and_a_last_byte(aws: Any, bucket: str, source: str, asked: str) -> None:
    error = error_of(Upload(aws.s3, bucket).copy, 1, source, CopySourceRange=asked)

    assert error == {
        "Code": "InvalidArgument",
        "Message": "The x-amz-copy-source-range value must be of the form bytes=first-last "
        "where first and last are the zero-based offsets of the first and last bytes to copy",
        "ArgumentName": "x-amz-copy-source-range",
        "ArgumentValue": asked,
    }


def test_a_range_to_copy_lies_within_its_source(aws: Any, bucket: str, source: str) -> None:
    error = error_of(Upload(aws.s3, bucket).copy, 1, source, CopySourceRange=f"bytes=0-{len(BIG)}")

    assert (error["Code"], error["Message"]) == (
        "InvalidArgument",
        f"Range specified is not valid for source object of size: {len(BIG)}",
    )


def test_a_source_larger_than_a_copy_takes_is_refused(aws: Any, bucket: str, source: str, cloud: RunningCloud) -> None:
    set_limit(cloud, "s3.copy-size", 100)
    upload = Upload(aws.s3, bucket)

    error = error_of(upload.copy, 1, source)

    assert (error["Code"], error["Message"]) == (
        "InvalidRequest",
        "The specified copy source is larger than the maximum allowable size for a copy source: 100",
    )
    assert upload.copy(1, source, CopySourceRange="bytes=100-199")["CopyPartResult"]["ETag"] == md5(BIG[100:200])


NOW = datetime(2100, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ({"CopySourceIfMatch": "other"}, "If-Match"),
        ({"CopySourceIfNoneMatch": md5(BIG)}, "If-None-Match"),
        ({"CopySourceIfUnmodifiedSince": LONG_AGO}, "If-Unmodified-Since"),
        ({"CopySourceIfNoneMatch": md5(BIG), "CopySourceIfModifiedSince": LONG_AGO}, "If-None-Match"),
    ],
)
def test_a_condition_on_the_source_that_does_not_hold(
    aws: Any, bucket: str, source: str, condition: dict[str, Any], name: str
) -> None:
    error = error_of(Upload(aws.s3, bucket).copy, 1, source, **condition)

    assert error == {
        "Code": "PreconditionFailed",
        "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": f"x-amz-copy-source-{name}",
    }


def test_a_source_not_modified_since(aws: Any, bucket: str, source: str) -> None:
    modified = aws.s3.head_object(Bucket=bucket, Key="source")["LastModified"]

    error = error_of(Upload(aws.s3, bucket).copy, 1, source, CopySourceIfModifiedSince=modified)

    assert error["Condition"] == "x-amz-copy-source-If-Modified-Since"


@pytest.mark.parametrize(
    "condition",
    [
        {"CopySourceIfMatch": md5(BIG)},
        {"CopySourceIfNoneMatch": "other"},
        {"CopySourceIfModifiedSince": LONG_AGO},
        {"CopySourceIfModifiedSince": NOW},
        {"CopySourceIfUnmodifiedSince": NOW},
        {"CopySourceIfMatch": md5(BIG), "CopySourceIfUnmodifiedSince": LONG_AGO},
    ],
)
def test_a_condition_on_the_source_that_holds(aws: Any, bucket: str, source: str, condition: dict[str, Any]) -> None:
    assert Upload(aws.s3, bucket).copy(1, source, **condition)["CopyPartResult"]["ETag"] == md5(BIG)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("bucket/none", "NoSuchKey"),
        ("nobodys-bucket/key", "NoSuchBucket"),
        ("source", "InvalidArgument"),
        ("bucket/source?versionId=" + "v" * 32, "NoSuchVersion"),
        ("arn:aws:s3:us-east-1:000000000000:accesspoint/a/object/k", "NotImplemented"),
    ],
)
def test_a_source_that_is_not_to_be_had(aws: Any, bucket: str, source: str, code: str) -> None:
    assert error_of(Upload(aws.s3, bucket).copy, 1, source)["Code"] == code


def test_a_source_in_anothers_bucket_is_not_to_be_had(aws: Any, bucket: str) -> None:
    other = aws.at(account="111111111111").s3
    other.create_bucket(Bucket="others")
    other.put_object(Bucket="others", Key="k", Body=b"x")

    assert error_of(Upload(aws.s3, bucket).copy, 1, "others/k")["Code"] == "AccessDenied"


@pytest.mark.parametrize("key", ["a b+c", "ümlaut/—", "what?versionId=1", "per%2Fcent"])
def test_any_key_can_be_the_source(aws: Any, bucket: str, key: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key=key, Body=b"there")

    answer = Upload(aws.s3, bucket).copy(1, {"Bucket": bucket, "Key": key})  # type: ignore[arg-type]

    assert answer["CopyPartResult"]["ETag"] == md5(b"there")


def test_a_source_in_another_region(aws: Any, bucket: str) -> None:
    far = aws.at(region="eu-west-1").s3
    far.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    far.put_object(Bucket="far", Key="k", Body=b"x")

    assert Upload(aws.s3, bucket).copy(1, "far/k")["CopyPartResult"]["ETag"] == md5(b"x")


def test_a_source_written_over_while_it_is_read_is_copied_as_it_was(
    aws: Any, bucket: str, source: str, cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(aws.s3, bucket)
    begun, go_on = threading.Event(), threading.Event()

    plain = digesting._read_stretch

    def slow(*args: Any) -> None:
        begun.set()
        assert go_on.wait(10)
        plain(*args)

    monkeypatch.setattr(digesting, "_read_stretch", slow)
    answers: list[Any] = []
    copying = threading.Thread(target=lambda: answers.append(upload.copy(1, source)))
    copying.start()
    assert begun.wait(10)
    aws.s3.put_object(Bucket=bucket, Key="source", Body=BIG[::-1])
    go_on.set()
    copying.join()
    upload.complete()

    assert answers[0]["CopyPartResult"]["ETag"] == md5(BIG[::-1])
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BIG[::-1]


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
