"""Conditional writes and reads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.services.s3.refused import refused

FAILED = "At least one of the pre-conditions you specified did not hold"
NOT_BUILT = "A header you provided implies functionality that is not implemented"


@pytest.mark.row("S3-115")
@pytest.mark.row("S3-017")
def test_an_object_is_not_written_over_where_there_must_be_none(aws: Any, bucket: str) -> None:
    call: dict[str, Any] = {"Bucket": bucket, "Key": "k", "IfNoneMatch": "*"}
    aws.s3.put_object(**call, Body=b"first")

    answer = refused(aws.s3.put_object, **call, Body=b"second")

    assert answer == {"Code": "PreconditionFailed", "Message": FAILED, "Condition": "If-None-Match", "status": 412}
    assert aws.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


@pytest.mark.row("S3-115")
def test_a_deleted_object_is_none(aws: Any, bucket: str) -> None:
    call: dict[str, Any] = {"Bucket": bucket, "Key": "k", "IfNoneMatch": "*"}
    aws.s3.put_object(**call, Body=b"first")
    aws.s3.delete_object(Bucket=bucket, Key="k")

    aws.s3.put_object(**call, Body=b"second")

    assert aws.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"


@pytest.mark.row("S3-115")
@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_an_object_is_written_over_by_its_etag(aws: Any, bucket: str, form: str) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"first")["ETag"].strip('"')

    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"second", IfMatch=form.format(etag))
    answer = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=b"third", IfMatch=form.format(etag))

    assert answer == {"Code": "PreconditionFailed", "Message": FAILED, "Condition": "If-Match", "status": 412}
    assert aws.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"


@pytest.mark.row("S3-115")
@pytest.mark.row("S3-017")
def test_an_etag_on_a_missing_key_is_no_such_key(aws: Any, bucket: str) -> None:
    answer = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=b"x", IfMatch='"0123"')

    assert answer == {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "k", "status": 404}


@pytest.mark.row("S3-115")
@pytest.mark.parametrize(
    ("condition", "header"), [({"IfNoneMatch": '"0123"'}, "If-None-Match"), ({"IfMatch": "*"}, "If-Match")]
)
def test_what_s3_does_not_compare_is_not_implemented(
    aws: Any, bucket: str, condition: dict[str, str], header: str
) -> None:
    answer = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=b"x", **condition)

    assert answer == {"Code": "NotImplemented", "Message": NOT_BUILT, "Header": header, "status": 501}


@pytest.mark.row("S3-115")
@pytest.mark.parametrize("size", [10, 1 << 20])
def test_of_many_who_must_be_first_one_is(aws: Any, bucket: str, size: int) -> None:
    def put(number: int) -> str:
        try:
            aws.s3.put_object(Bucket=bucket, Key="k", Body=bytes([number]) * size, IfNoneMatch="*")
        except ClientError as problem:
            return str(problem.response["Error"]["Code"])
        return f"wrote {number}"

    aws.s3.head_bucket(Bucket=bucket)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(put, range(8)))

    wrote = [outcome for outcome in outcomes if outcome.startswith("wrote")]
    assert len(wrote) == 1
    assert set(outcomes) - set(wrote) <= {"PreconditionFailed", "ConditionalRequestConflict"}
    number = int(wrote[0].split()[1])
    assert aws.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == bytes([number]) * size


@pytest.mark.row("S3-115")
def test_of_many_who_change_the_same_object_one_does(aws: Any, bucket: str) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"before")["ETag"]

    def put(number: int) -> int:
        try:
            answer = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"after %d" % number, IfMatch=etag)
        except ClientError as problem:
            return int(problem.response["ResponseMetadata"]["HTTPStatusCode"])
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(put, range(8)))

    assert outcomes == [200, *[412] * 7]


@pytest.mark.row("S3-116")
def test_of_many_who_delete_one_state_one_does(aws: Any, bucket: str) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]

    def delete(_: int) -> int:
        try:
            answer = aws.s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
        except ClientError as problem:
            return int(problem.response["ResponseMetadata"]["HTTPStatusCode"])
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(delete, range(4)))

    assert outcomes == [204, 404, 404, 404]


PAST, FUTURE = (datetime.now(UTC) + timedelta(days=days) for days in (-1000, 1000))
READS: list[tuple[dict[str, Any], int, str]] = [
    ({"IfMatch": "ETAG"}, 200, ""),
    ({"IfMatch": '"0123", ETAG'}, 200, ""),
    ({"IfMatch": '"0123"'}, 412, "If-Match"),
    ({"IfMatch": "ETAG", "IfUnmodifiedSince": PAST}, 200, ""),
    ({"IfUnmodifiedSince": PAST}, 412, "If-Unmodified-Since"),
    ({"IfUnmodifiedSince": "MODIFIED"}, 200, ""),
    ({"IfNoneMatch": "ETAG"}, 304, ""),
    ({"IfNoneMatch": "BARE"}, 304, ""),
    ({"IfNoneMatch": "*"}, 304, ""),
    ({"IfNoneMatch": '"0123"'}, 200, ""),
    ({"IfNoneMatch": '"0123"', "IfModifiedSince": "MODIFIED"}, 200, ""),
    ({"IfModifiedSince": "MODIFIED"}, 304, ""),
    ({"IfModifiedSince": PAST}, 200, ""),
    ({"IfModifiedSince": FUTURE}, 200, ""),
]


@pytest.mark.row("S3-017")
@pytest.mark.parametrize("read", ["get_object", "head_object"])
@pytest.mark.parametrize(("conditions", "status", "failing"), READS)
def test_an_object_is_read_under_conditions(
    aws: Any, bucket: str, read: str, conditions: dict[str, Any], status: int, failing: str
) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"data")["ETag"]
    facts = {
        "ETAG": etag,
        "BARE": etag.strip('"'),
        "MODIFIED": aws.s3.head_object(Bucket=bucket, Key="k")["LastModified"],
        '"0123", ETAG': f'"0123", {etag}',
    }
    given = {name: facts.get(value, value) for name, value in conditions.items()}

    if status == 200:
        getattr(aws.s3, read)(Bucket=bucket, Key="k", **given)
        return
    error = refused(getattr(aws.s3, read), Bucket=bucket, Key="k", **given)

    if status == 304:
        assert error == {"Code": "304", "Message": "Not Modified", "status": 304}
    elif read == "head_object":
        assert error == {"Code": "412", "Message": "Precondition Failed", "status": 412}
    else:
        assert error == {"Code": "PreconditionFailed", "Message": FAILED, "Condition": failing, "status": 412}


@pytest.mark.row("S3-017")
def test_the_head_of_a_missing_key_is_404(aws: Any, bucket: str) -> None:
    error = refused(aws.s3.head_object, Bucket=bucket, Key="none")

    assert error == {"Code": "404", "Message": "Not Found", "status": 404}
