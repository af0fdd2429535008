"""CompleteMultipartUpload, and reading what came of it."""

import base64
import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.operating import set_limit
from tests.running import RunningCloud
from tests.services.s3.uploading import Upload, bodies, error_of, told

from orrery.kernel.blobs import BlobRef
from orrery.services.s3 import contents
from orrery.services.s3.records import Checksum, Part
from orrery.wire.signing.checksums import ALGORITHMS

ONE = bytes(range(256)) * 256  # 64 KiB: a content file
TWO = b"test content 123"
WHOLE = ONE + TWO

INVALID_PART = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, "
    "or the specified entity tag may not match the part's entity tag."
)


@pytest.fixture(autouse=True)
def small_parts(cloud: RunningCloud, request: pytest.FixtureRequest) -> None:
    if "real_sizes" not in request.fixturenames:
        cloud.cloud.load("s3")
        set_limit(cloud, "s3.smallest-part", 0)


@pytest.fixture
def real_sizes() -> None:
    """Parts must be as large as AWS wants them."""


def text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def of(algorithm: str, data: bytes) -> str:
    return text(ALGORITHMS[algorithm].of(data))


def etag_of(*parts: bytes) -> str:
    joined = b"".join(hashlib.md5(part).digest() for part in parts)
    return f'"{hashlib.md5(joined).hexdigest()}-{len(parts)}"'


def two_parts(aws: Any, bucket: str, **options: Any) -> Upload:
    upload = Upload(aws.s3, bucket, **options)
    sent = {"ChecksumAlgorithm": upload.begun["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in upload.begun else {}
    upload.part(1, ONE, **sent)
    upload.part(2, TWO, **sent)
    return upload


@pytest.mark.row("S3-010")
def test_parts_become_an_object(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = two_parts(aws, bucket, key="a/b—c", ContentType="text/x", Metadata={"a": "b"}, Tagging="t=v")

    answer = told(upload.complete())

    assert answer == {
        "Bucket": bucket,
        "Key": "a/b—c",
        "Location": f"{cloud.url}/bucket/a%2Fb%E2%80%94c",
        "ETag": etag_of(ONE, TWO),
        "ServerSideEncryption": "AES256",
        "ChecksumCRC64NVME": of("CRC64NVME", WHOLE),
        "ChecksumType": "FULL_OBJECT",
    }
    got = aws.s3.get_object(Bucket=bucket, Key="a/b—c", ChecksumMode="ENABLED")
    assert got["Body"].read() == WHOLE
    assert got["ETag"] == etag_of(ONE, TWO)
    assert (got["ContentType"], got["Metadata"], got["TagCount"]) == ("text/x", {"a": "b"}, 1)
    assert (got["ChecksumCRC64NVME"], got["ChecksumType"]) == (of("CRC64NVME", WHOLE), "FULL_OBJECT")
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=bucket)


def test_the_location_is_in_the_style_of_the_request(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    host = f"bucket.s3.localhost:{cloud.port}"
    client = aws.client("s3")

    def to_the_buckets_host(request: Any, **_: Any) -> None:
        request.url = request.url.replace("/bucket/", "/")
        request.headers["Host"] = host

    client.meta.events.register("before-sign.s3.CompleteMultipartUpload", to_the_buckets_host)
    upload = Upload(client, bucket, "a/b")
    upload.part(1, b"x")

    assert upload.complete()["Location"] == f"http://{host}/a%2Fb"


@pytest.mark.row("S3-010")
def test_parts_need_not_be_numbered_from_one_on(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    for number, body in ((9000, b"c"), (7, b"a"), (12, b"b")):
        upload.part(number, body)

    upload.complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"abc"


@pytest.mark.row("S3-010")
def test_parts_that_are_not_listed_go(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = two_parts(aws, bucket)
    upload.part(3, ONE[::-1])
    upload.part(4, b"more")

    upload.complete(1, 2)

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == WHOLE
    assert bodies(cloud) == 1


def test_an_object_in_parts_takes_the_place_of_another_and_goes_for_a_third(
    aws: Any, bucket: str, cloud: RunningCloud
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=ONE)
    two_parts(aws, bucket).complete()
    between = bodies(cloud)

    two_parts(aws, bucket).complete()
    after = bodies(cloud)
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"small")

    assert (between, after, bodies(cloud)) == (1, 1, 0)


def test_an_object_in_parts_is_as_old_as_its_upload(aws: Any, bucket: str, clock: Any) -> None:
    upload = Upload(aws.s3, bucket)
    begun = aws.s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["Initiated"]
    clock.advance(100)
    upload.part(1, b"x")

    upload.complete()

    assert aws.s3.head_object(Bucket=bucket, Key="key")["LastModified"] == begun


# --- what is refused ---


@pytest.mark.row("S3-010")
def test_a_part_that_was_not_uploaded_is_invalid(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete, parts=[*upload.list_of(1), {"PartNumber": 3, "ETag": '"abc"'}])

    assert error == {
        "Code": "InvalidPart",
        "Message": INVALID_PART,
        "ETag": "abc",
        "PartNumber": "3",
        "UploadId": upload.id,
    }


@pytest.mark.row("S3-010")
def test_a_part_with_another_etag_is_invalid(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)
    other = hashlib.md5(b"").hexdigest()

    error = error_of(upload.complete, parts=[{"PartNumber": 1, "ETag": f'"{other}"'}])

    assert (error["Code"], error["ETag"], error["PartNumber"]) == ("InvalidPart", other, "1")


def test_etags_may_be_listed_without_quotes(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    upload.complete(parts=[{**each, "ETag": each["ETag"].strip('"')} for each in upload.list_of()])

    assert aws.s3.head_object(Bucket=bucket, Key="key")["ETag"] == etag_of(ONE, TWO)


@pytest.mark.row("S3-010")
@pytest.mark.parametrize("numbers", [(2, 1), (1, 1), (1, 2, 2)])
def test_parts_are_listed_in_order_and_once(aws: Any, bucket: str, numbers: tuple[int, ...]) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete, *numbers)

    assert error == {
        "Code": "InvalidPartOrder",
        "Message": "The list of parts was not in ascending order. Parts must be ordered by part number.",
        "UploadId": upload.id,
    }


@pytest.mark.row("S3-010")
@pytest.mark.usefixtures("real_sizes")
def test_all_parts_but_the_last_have_five_mib(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete)

    assert error == {
        "Code": "EntityTooSmall",
        "Message": "Your proposed upload is smaller than the minimum allowed size",
        "ETag": hashlib.md5(ONE).hexdigest(),
        "MinSizeAllowed": "5242880",
        "ProposedSize": "65536",
        "PartNumber": "1",
    }
    assert upload.complete(2)["ETag"] == etag_of(TWO)


@pytest.mark.parametrize(
    "parts",
    [[], [{"PartNumber": 1}], [{"ETag": '"abc"'}], [{}]],
)
def test_a_list_without_parts_or_with_half_ones_is_malformed(aws: Any, bucket: str, parts: list[Any]) -> None:
    assert error_of(two_parts(aws, bucket).complete, parts=parts)["Code"] == "MalformedXML"


def test_no_list_at_all(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(aws.s3.complete_multipart_upload, **upload.names)

    assert (error["Code"], error["Message"]) == ("InvalidRequest", "You must specify at least one part")


def test_a_listed_number_is_at_least_one(aws: Any, bucket: str) -> None:
    error = error_of(two_parts(aws, bucket).complete, parts=[{"PartNumber": 0, "ETag": '"abc"'}])

    assert (error["Code"], error["Message"]) == ("InvalidArgument", "PartNumber must be >= 1")


@pytest.mark.row("S3-119")
def test_the_size_that_was_announced_must_be_right(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete, MpuObjectSize=5)

    assert error == {
        "Code": "InvalidRequest",
        "Message": f"The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: {len(WHOLE)}",
    }
    assert upload.complete(MpuObjectSize=len(WHOLE))["ETag"] == etag_of(ONE, TWO)


# --- the size of objects ---


@pytest.mark.row("S3-008")
def test_an_object_beyond_the_largest_size_is_refused(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    set_limit(cloud, "s3.object-size", 50_000)
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete)

    assert (error["Code"], error["ProposedSize"], error["MaxSizeAllowed"]) == (
        "EntityTooLarge",
        str(len(WHOLE)),
        "50000",
    )
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
    assert upload.complete(2)["ETag"] == etag_of(TWO)


def with_rows(cloud: RunningCloud, upload: Upload, sizes: list[int]) -> list[dict[str, Any]]:
    """Parts of these sizes, their content nowhere; what a completion lists."""
    etag = hashlib.md5(b"x").hexdigest()
    checksum = Checksum("CRC64NVME", of("CRC64NVME", b"x"))

    def fill(tx: Any) -> None:
        for number, size in enumerate(sizes, 1):
            ref = BlobRef(number.to_bytes(16, "big"), size, packed=False)
            tx.insert(Part(upload.id, number, size, etag, 0, ref, 0, checksum))

    cloud.do(lambda: cloud.cloud.kernel.change(fill))
    return [{"PartNumber": number, "ETag": etag} for number in range(1, len(sizes) + 1)]


@pytest.mark.row("S3-008")
@pytest.mark.usefixtures("real_sizes")
def test_fifty_tib_is_an_objects_size_today(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    sizes = [(5 << 30)] * 9_999
    sizes += [(50 << 40) - sum(sizes)]
    listed = with_rows(cloud, upload, sizes)

    upload.complete(parts=listed)

    assert aws.s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == 50 << 40


@pytest.mark.row("S3-008")
@pytest.mark.usefixtures("real_sizes")
def test_more_than_fifty_tib_is_refused(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    listed = with_rows(cloud, upload, [1 << 45, (50 << 40) - (1 << 45), 1])

    error = error_of(upload.complete, parts=listed)

    assert (error["Code"], error["ProposedSize"]) == ("EntityTooLarge", str((50 << 40) + 1))


# --- checksums ---


@pytest.mark.row("S3-119")
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_a_composite_checksum_is_of_the_parts_checksums(aws: Any, bucket: str, algorithm: str) -> None:
    upload = two_parts(aws, bucket, ChecksumAlgorithm=algorithm)
    listed = [
        {**each, f"Checksum{algorithm}": of(algorithm, body)}
        for each, body in zip(upload.list_of(), (ONE, TWO), strict=True)
    ]
    kind = ALGORITHMS[algorithm]
    expected = f"{text(kind.of(kind.of(ONE) + kind.of(TWO)))}-2"

    answer = upload.complete(parts=listed, ChecksumType="COMPOSITE", **{f"Checksum{algorithm}": expected})

    assert (answer[f"Checksum{algorithm}"], answer["ChecksumType"]) == (expected, "COMPOSITE")
    head = aws.s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (expected, "COMPOSITE")


@pytest.mark.row("S3-119")
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
def test_a_full_object_checksum_is_of_all_bytes(aws: Any, bucket: str, algorithm: str) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")
    for number, body in enumerate((ONE, b"", TWO, ONE * 3), 1):
        upload.part(number, body, **{f"Checksum{algorithm}": of(algorithm, body)})
    expected = of(algorithm, ONE + TWO + ONE * 3)

    answer = upload.complete(ChecksumType="FULL_OBJECT", **{f"Checksum{algorithm}": expected})

    assert (answer[f"Checksum{algorithm}"], answer["ChecksumType"]) == (expected, "FULL_OBJECT")


@pytest.mark.row("S3-118")
def test_parts_with_any_checksum_make_an_object_with_the_default_one(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, ONE, ChecksumAlgorithm="SHA1")
    upload.part(2, TWO, ChecksumAlgorithm="CRC32C")

    answer = upload.complete()

    assert (answer["ChecksumCRC64NVME"], answer["ChecksumType"]) == (of("CRC64NVME", WHOLE), "FULL_OBJECT")


@pytest.mark.row("S3-119")
@pytest.mark.parametrize(
    ("begun", "given", "mode"),
    [
        ({}, "FULL_OBJECT", "null"),
        ({}, "COMPOSITE", "null"),
        ({"ChecksumAlgorithm": "CRC32"}, "FULL_OBJECT", "COMPOSITE"),
        ({"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}, "COMPOSITE", "FULL_OBJECT"),
    ],
)
def test_a_completion_of_another_type_is_refused(
    aws: Any, bucket: str, begun: dict[str, str], given: str, mode: str
) -> None:
    upload = two_parts(aws, bucket, **begun)

    error = error_of(upload.complete, ChecksumType=given)

    assert error == {
        "Code": "InvalidRequest",
        "Message": f"The upload was created using the {mode} checksum mode. "
        "The complete request must use the same checksum mode.",
    }


@pytest.mark.row("S3-119")
@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_a_part_listed_with_another_checksum_is_invalid(aws: Any, bucket: str, kind: str) -> None:
    upload = two_parts(aws, bucket, ChecksumAlgorithm="CRC32", ChecksumType=kind)
    listed = [{**each, "ChecksumCRC32": of("CRC32", ONE)} for each in upload.list_of()]

    error = error_of(upload.complete, parts=listed)

    assert (error["Code"], error["Message"], error["PartNumber"]) == ("InvalidPart", INVALID_PART, "2")


@pytest.mark.row("S3-119")
@pytest.mark.parametrize("value", [of("CRC32C", ONE), "AAAAAA=="])
def test_a_checksum_nobody_chose_makes_a_listed_part_invalid(aws: Any, bucket: str, value: str) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, ONE, ChecksumAlgorithm="CRC32C")

    error = error_of(upload.complete, parts=[{**upload.list_of()[0], "ChecksumCRC32C": value}])

    assert (error["Code"], error["PartNumber"]) == ("InvalidPart", "1")


@pytest.mark.row("S3-119")
def test_a_composite_completion_lists_every_checksum(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket, ChecksumAlgorithm="SHA256")

    error = error_of(upload.complete)

    assert error == {
        "Code": "InvalidRequest",
        "Message": "The upload was created using a sha256 checksum. The complete request must include the checksum "
        "for each part. It was missing for part 1 in the request.",
    }


@pytest.mark.row("S3-119")
@pytest.mark.parametrize("begun", [{}, {"ChecksumAlgorithm": "CRC64NVME"}])
def test_a_wrong_checksum_of_the_object_is_a_bad_digest(aws: Any, bucket: str, begun: dict[str, str]) -> None:
    upload = two_parts(aws, bucket, **begun)

    error = error_of(upload.complete, ChecksumCRC64NVME="AAAAAAAAAAA=")

    assert error == {
        "Code": "BadDigest",
        "Message": "The crc64nvme you specified did not match the calculated checksum.",
    }
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
    assert upload.complete(ChecksumCRC64NVME=of("CRC64NVME", WHOLE))["ETag"]


@pytest.mark.row("S3-119")
def test_the_objects_checksum_is_of_the_algorithm_chosen(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")

    other = error_of(upload.complete, ChecksumCRC32C=of("CRC32C", WHOLE))
    malformed = error_of(upload.complete, ChecksumCRC32="abc")

    assert (other["Code"], other["Message"]) == (
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: crc32c",
    )
    assert (malformed["Code"], malformed["Message"]) == (
        "InvalidRequest",
        "Value for x-amz-checksum-crc32 header is invalid.",
    )


# --- conditions ---


@pytest.mark.row("S3-115")
def test_a_completion_for_a_new_key_only(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"there")

    error = error_of(upload.complete, IfNoneMatch="*")
    aws.s3.delete_object(Bucket=bucket, Key="key")

    assert error == {
        "Code": "PreconditionFailed",
        "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": "If-None-Match",
    }
    assert upload.complete(IfNoneMatch="*")["ETag"] == etag_of(ONE, TWO)


@pytest.mark.row("S3-115")
def test_a_completion_over_one_object_only(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    absent = error_of(upload.complete, IfMatch=etag_of(TWO))
    there = aws.s3.put_object(Bucket=bucket, Key="key", Body=b"there")["ETag"]
    other = error_of(upload.complete, IfMatch=etag_of(TWO))

    assert (absent["Code"], absent["Key"]) == ("NoSuchKey", "key")
    assert (other["Code"], other["Condition"]) == ("PreconditionFailed", "If-Match")
    assert upload.complete(IfMatch=there)["ETag"] == etag_of(ONE, TWO)


@pytest.mark.row("S3-115")
def test_of_two_uploads_for_a_new_key_one_is_completed(aws: Any, bucket: str) -> None:
    uploads = [two_parts(aws, bucket) for _ in range(2)]

    def complete(upload: Upload) -> str:
        try:
            upload.complete(IfNoneMatch="*")
        except aws.s3.exceptions.ClientError as error:
            code: str = error.response["Error"]["Code"]
            return code
        return "made"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(complete, uploads))

    assert outcomes == ["PreconditionFailed", "made"]


# --- asking again ---


@pytest.mark.row("S3-010")
def test_two_completions_at_once_give_one_object_and_one_answer(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = two_parts(aws, bucket)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: told(upload.complete()), range(4)))

    assert all(answer == answers[0] for answer in answers)
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == WHOLE
    assert bodies(cloud) == 1


@pytest.mark.row("S3-010")
def test_a_completion_is_not_repeated_with_other_parts_or_after_the_object_is_gone(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)
    upload.complete()

    other = error_of(upload.complete, 1)
    strange = error_of(upload.complete, parts=[{"PartNumber": 1, "ETag": "no hex"}])
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"new")
    gone = error_of(upload.complete)

    assert [error["Code"] for error in (other, strange, gone)] == ["NoSuchUpload"] * 3
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"new"


# --- reading parts ---


@pytest.mark.row("S3-103")
@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=65530-65541", slice(65530, 65542)),
        ("bytes=65536-65536", slice(65536, 65537)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=100-", slice(100, None)),
    ],
)
def test_ranges_run_across_parts(aws: Any, bucket: str, asked: str, given: slice) -> None:
    two_parts(aws, bucket).complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key", Range=asked)["Body"].read() == WHOLE[given]


@pytest.mark.row("S3-103")
def test_a_part_is_got_by_its_number(aws: Any, bucket: str) -> None:
    two_parts(aws, bucket).complete()

    got = aws.s3.get_object(Bucket=bucket, Key="key", PartNumber=2, ChecksumMode="ENABLED")
    head = aws.s3.head_object(Bucket=bucket, Key="key", PartNumber=2)

    assert got["Body"].read() == TWO
    for answer in (got, head):
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert answer["ContentRange"] == f"bytes {len(ONE)}-{len(WHOLE) - 1}/{len(WHOLE)}"
        assert (answer["ContentLength"], answer["PartsCount"]) == (len(TWO), 2)
        assert answer["ETag"] == etag_of(ONE, TWO)
        assert "ChecksumCRC64NVME" not in answer


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_a_part_is_got_with_the_checksum_that_was_chosen(aws: Any, bucket: str, kind: str) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm="CRC32C", ChecksumType=kind)
    sent = upload.part(1, TWO, ChecksumAlgorithm="CRC32C")["ChecksumCRC32C"]
    upload.complete(parts=[{**upload.list_of()[0], "ChecksumCRC32C": sent}])

    got = aws.s3.get_object(Bucket=bucket, Key="key", PartNumber=1, ChecksumMode="ENABLED")

    assert (got["ChecksumCRC32C"], got["ChecksumType"]) == (sent, kind)
    assert (got["ContentRange"], got["PartsCount"]) == ("bytes 0-15/16", 1)


def test_part_numbers_that_are_not_there(aws: Any, bucket: str) -> None:
    two_parts(aws, bucket).complete()
    aws.s3.put_object(Bucket=bucket, Key="plain", Body=b"test-123")

    beyond = error_of(aws.s3.get_object, Bucket=bucket, Key="key", PartNumber=10)
    plain = error_of(aws.s3.get_object, Bucket=bucket, Key="plain", PartNumber=2)
    both = error_of(aws.s3.get_object, Bucket=bucket, Key="key", PartNumber=2, Range="bytes=0-1")

    assert (beyond["Code"], beyond["PartNumberRequested"], beyond["ActualPartCount"]) == (
        "InvalidPartNumber",
        "10",
        "2",
    )
    assert (plain["Code"], plain["PartNumberRequested"], plain["ActualPartCount"]) == ("InvalidPartNumber", "2", "1")
    assert both["Message"] == "Cannot specify both Range header and partNumber query parameter"


# --- many parts ---


@pytest.mark.row("S3-010")
@pytest.mark.usefixtures("real_sizes")
def test_ten_thousand_parts_make_an_object(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    listed = with_rows(cloud, upload, [5 << 20] * 10_000)

    answer = upload.complete(parts=listed)

    joined = hashlib.md5(b"x").digest() * 10_000
    assert answer["ETag"] == f'"{hashlib.md5(joined).hexdigest()}-10000"'
    head = aws.s3.head_object(Bucket=bucket, Key="key", PartNumber=10_000)
    assert head["ContentRange"] == f"bytes {9_999 * (5 << 20)}-{10_000 * (5 << 20) - 1}/{10_000 * (5 << 20)}"


@pytest.fixture
def turns_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are deleted two at a time."""
    monkeypatch.setattr(contents, "TURN", 2)


@pytest.mark.usefixtures("turns_of_two")
def test_many_parts_go_in_turns(aws: Any, bucket: str, cloud: RunningCloud, clock: Any) -> None:
    completed, aborted = Upload(aws.s3, bucket), Upload(aws.s3, bucket)
    for upload in (completed, aborted):
        for number in range(1, 8):
            upload.part(number, ONE)

    aborted.abort()
    completed.complete(2, 6)
    clock.advance(0)
    between = bodies(cloud)
    read = aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read()
    aws.s3.delete_object(Bucket=bucket, Key="key")
    clock.advance(0)

    assert read == ONE * 2
    assert (between, bodies(cloud)) == (2, 0)
    assert (
        cloud.do(lambda: cloud.cloud.kernel.read(cloud.cloud.kernel.place(*cloud.cloud.kernel.home)).list(Part)) == []
    )


def test_many_small_parts_are_read_in_order(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    for number in range(1, 31):
        upload.part(number, bytes([number]) * number)

    upload.complete()

    whole = b"".join(bytes([number]) * number for number in range(1, 31))
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == whole
    assert zlib.crc32(aws.s3.get_object(Bucket=bucket, Key="key", Range="bytes=3-400")["Body"].read()) == zlib.crc32(
        whole[3:401]
    )
