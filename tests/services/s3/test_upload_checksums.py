"""Checksums of what is uploaded in parts."""

from typing import Any

import pytest
from tests.services.s3.uploading import INVALID_PART, ONE, TWO, WHOLE, Upload, error_of, of, text, two_parts

from orrery.wire.signing.checksums import ALGORITHMS

pytestmark = pytest.mark.usefixtures("small_parts")


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


@pytest.mark.row("S3-010")
@pytest.mark.row("S3-119")
def test_an_object_has_the_etag_and_checksum_that_s3_gave_the_same_bytes(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, TWO * 327_681)
    upload.part(2, TWO)

    answer = upload.complete()

    assert answer["ETag"] == '"2848839dc84e13fa00a0944e760e233b-2"'
    assert (answer["ChecksumCRC64NVME"], answer["ChecksumType"]) == ("44QnbGeotHE=", "FULL_OBJECT")


@pytest.mark.row("S3-119")
def test_a_composite_checksum_is_the_one_that_s3_gave_the_same_bytes(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm="CRC32C", ChecksumType="COMPOSITE")
    sent = upload.part(1, TWO, ChecksumAlgorithm="CRC32C")["ChecksumCRC32C"]

    answer = upload.complete(parts=[{**upload.list_of()[0], "ChecksumCRC32C": sent}])

    assert sent == "fwuu0Q=="
    assert (answer["ChecksumCRC32C"], answer["ETag"]) == ("sZB91Q==-1", '"b972025bc34adf8d76d6d51e93c035cc-1"')
