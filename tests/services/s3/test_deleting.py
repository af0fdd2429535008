"""DeleteObject and DeleteObjects."""

import hashlib
import zlib
from base64 import b64encode
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from tests.services.s3.refused import refused

from orrery.services.s3 import deleting

NOT_BUILT = "A header you provided implies functionality that is not implemented"


def keys(aws: Any, bucket: str, names: list[str]) -> list[str]:
    """Those of the names under which there is an object."""
    found = []
    for name in names:
        try:
            aws.s3.head_object(Bucket=bucket, Key=name)
        except ClientError:
            continue
        found.append(name)
    return found


def test_a_deleted_object_is_gone(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    gone = aws.s3.delete_object(Bucket=bucket, Key="k")

    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(aws.s3.get_object, Bucket=bucket, Key="k")["Code"] == "NoSuchKey"


def test_an_object_that_is_not_there_is_deleted_as_well(aws: Any, bucket: str) -> None:
    gone = aws.s3.delete_object(Bucket=bucket, Key="none")

    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.row("S3-116")
def test_a_wrong_etag_keeps_the_object(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.delete_object, Bucket=bucket, Key="k", IfMatch='"0123"')

    assert answer == {
        "Code": "PreconditionFailed",
        "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": "If-Match",
        "status": 412,
    }
    assert keys(aws, bucket, ["k"]) == ["k"]


@pytest.mark.row("S3-116")
@pytest.mark.parametrize("form", ["{}", '"{}"', "*"])
def test_the_right_etag_deletes(aws: Any, bucket: str, form: str) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"].strip('"')

    aws.s3.delete_object(Bucket=bucket, Key="k", IfMatch=form.format(etag))

    assert keys(aws, bucket, ["k"]) == []


@pytest.mark.row("S3-116")
@pytest.mark.parametrize("etag", ["*", '"0123"'])
def test_a_condition_on_a_missing_object_is_no_such_key(aws: Any, bucket: str, etag: str) -> None:
    answer = refused(aws.s3.delete_object, Bucket=bucket, Key="none", IfMatch=etag)

    assert answer["status"] == 404
    assert answer["Code"] == "NoSuchKey"


@pytest.mark.row("S3-116")
@pytest.mark.parametrize(
    ("condition", "header"),
    [
        ({"IfMatchSize": 1}, "x-amz-if-match-size"),
        ({"IfMatchLastModifiedTime": "2026-01-01T00:00:00Z"}, "x-amz-if-match-last-modified-time"),
        (
            {"IfMatchSize": 1, "IfMatchLastModifiedTime": "2026-01-01T00:00:00Z", "IfMatch": "*"},
            "x-amz-if-match-last-modified-time",
        ),
    ],
)
def test_conditions_of_directory_buckets_are_not_implemented(
    aws: Any, bucket: str, condition: dict[str, Any], header: str
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.delete_object, Bucket=bucket, Key="k", **condition)

    assert answer == {"Code": "NotImplemented", "Message": NOT_BUILT, "Header": header, "status": 501}
    assert keys(aws, bucket, ["k"]) == ["k"]


def test_the_null_version_is_the_object(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    gone = aws.s3.delete_object(Bucket=bucket, Key="k", VersionId="null")

    assert gone["VersionId"] == "null"
    assert keys(aws, bucket, ["k"]) == []


def test_an_unknown_version_deletes_nothing(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    gone = aws.s3.delete_object(Bucket=bucket, Key="k", VersionId="Zv7mYGcTyhvqPp6UZwMd9qVnGfHSqZ1k")

    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert keys(aws, bucket, ["k"]) == ["k"]


def test_a_malformed_version_is_an_invalid_argument(aws: Any, bucket: str) -> None:
    answer = refused(aws.s3.delete_object, Bucket=bucket, Key="k", VersionId="too-short")

    assert answer == {
        "Code": "InvalidArgument",
        "Message": "Invalid version id specified",
        "ArgumentName": "versionId",
        "ArgumentValue": "too-short",
        "status": 400,
    }


@pytest.mark.parametrize("bypass", [True, False])
def test_a_bypass_is_for_buckets_with_object_lock(aws: Any, bucket: str, bypass: bool) -> None:
    expected = {
        "Code": "InvalidArgument",
        "Message": "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
        "ArgumentName": "x-amz-bypass-governance-retention",
        "status": 400,
    }

    one = refused(aws.s3.delete_object, Bucket=bucket, Key="k", BypassGovernanceRetention=bypass)
    many = refused(
        aws.s3.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "k"}]}, BypassGovernanceRetention=bypass
    )

    assert one == many == expected


def test_many_objects_are_deleted_and_told(aws: Any, bucket: str) -> None:
    names = ["a%2Fb", "a/😀", "a b", "a&b<c>\"d'", "line\rfeed", "plus+", "ä"]
    for name in names:
        aws.s3.put_object(Bucket=bucket, Key=name, Body=b"x")

    answer = aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in [*names, "none"]]})

    assert answer["Deleted"] == [{"Key": name} for name in [*names, "none"]]
    assert "Errors" not in answer
    assert keys(aws, bucket, names) == []


def test_quiet_tells_nothing_of_what_was_deleted(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}, {"Key": "none"}], "Quiet": True})

    assert "Deleted" not in answer and "Errors" not in answer
    assert keys(aws, bucket, ["k"]) == []


@pytest.mark.row("S3-116")
def test_each_entry_is_held_against_its_own_etag(aws: Any, bucket: str) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="right", Body=b"x")["ETag"]
    aws.s3.put_object(Bucket=bucket, Key="wrong", Body=b"y")
    aws.s3.put_object(Bucket=bucket, Key="any", Body=b"z")
    entries = [
        {"Key": "right", "ETag": etag},
        {"Key": "wrong", "ETag": etag},
        {"Key": "any", "ETag": "*"},
        {"Key": "none", "ETag": "*"},
        {"Key": "any", "VersionId": "bad"},
    ]

    answer = aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": entries})

    assert answer["Deleted"] == [{"Key": "right"}, {"Key": "any"}]
    assert answer["Errors"] == [
        {
            "Key": "wrong",
            "Code": "PreconditionFailed",
            "Message": "At least one of the pre-conditions you specified did not hold",
        },
        {"Key": "none", "Code": "NoSuchKey", "Message": "The specified key does not exist."},
        {"Key": "any", "VersionId": "bad", "Code": "InvalidArgument", "Message": "Invalid version id specified"},
    ]
    assert keys(aws, bucket, ["right", "wrong", "any"]) == ["wrong"]


def test_a_key_named_twice_is_deleted_once_and_told_twice(aws: Any, bucket: str) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    again = {"Key": "k", "ETag": etag}

    answer = aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": [again, {"Key": "k"}, again]})

    assert answer["Deleted"] == [{"Key": "k"}, {"Key": "k"}]
    assert [problem["Code"] for problem in answer["Errors"]] == ["NoSuchKey"]


@pytest.mark.parametrize("count", [0, 1001])
def test_too_many_and_none_are_malformed(aws: Any, bucket: str, count: int) -> None:
    entries = [{"Key": f"k{number}"} for number in range(count)]

    answer = refused(aws.s3.delete_objects, Bucket=bucket, Delete={"Objects": entries})

    assert answer["status"] == 400
    assert answer["Code"] == "MalformedXML"


def test_a_thousand_objects_are_deleted_at_once(aws: Any, bucket: str) -> None:
    names = [f"k{number}" for number in range(1000)]
    aws.s3.put_object(Bucket=bucket, Key="k999", Body=b"x")

    answer = aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in names]})

    assert [entry["Key"] for entry in answer["Deleted"]] == names
    assert keys(aws, bucket, ["k999"]) == []


@pytest.mark.usefixtures("small_parts")
def test_objects_of_many_parts_are_deleted_a_few_at_a_time(
    aws: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["a", "b", "c", "d"]
    for name in names:
        in_two_parts(aws, bucket, name)
    monkeypatch.setattr(deleting, "_PARTS_AT_ONCE", 3)
    turns: list[int] = []
    remove = deleting._delete_some

    def counted(ctx: Any, req: Any, entries: Any) -> Any:
        done = remove(ctx, req, entries)
        turns.append(len(done[0]))
        return done

    monkeypatch.setattr(deleting, "_delete_some", counted)

    answer = aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in names]})

    assert [entry["Key"] for entry in answer["Deleted"]] == names
    assert (turns, keys(aws, bucket, names)) == ([2, 2], [])


def in_two_parts(aws: Any, bucket: str, key: str) -> None:
    """Upload an object in two parts."""
    upload = {"Bucket": bucket, "Key": key}
    upload["UploadId"] = aws.s3.create_multipart_upload(**upload)["UploadId"]
    tags = [aws.s3.upload_part(**upload, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)]
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    aws.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


def test_deletions_ask_for_a_bucket(aws: Any, bucket: str) -> None:
    one = refused(aws.s3.delete_object, Bucket="missing-bucket", Key="k")
    many = refused(aws.s3.delete_objects, Bucket="missing-bucket", Delete={"Objects": [{"Key": "k"}]})

    assert one["Code"] == many["Code"] == "NoSuchBucket"
    assert one["BucketName"] == "missing-bucket"


def test_strangers_delete_nothing(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.at(account="111111111111").s3.delete_object, Bucket=bucket, Key="k")

    assert answer["Code"] == "AccessDenied"
    assert keys(aws, bucket, ["k"]) == ["k"]


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({}, "InvalidRequest", "Missing required header for this request: Content-MD5"),
        (
            {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ),
        ({"Content-MD5": "not base64"}, "InvalidDigest", "The Content-MD5 you specified was invalid."),
        ({"Content-MD5": "RIGHT"}, None, None),
        ({"x-amz-checksum-crc32": "RIGHT"}, None, None),
    ],
)
def test_a_list_of_deletions_must_carry_its_digest(
    aws: Any, cloud: Any, bucket: str, fields: dict[str, str], code: str | None, message: str | None
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    body = b"<Delete><Object><Key>k</Key></Object></Delete>"
    right = {
        "Content-MD5": b64encode(hashlib.md5(body).digest()).decode(),
        "x-amz-checksum-crc32": b64encode(zlib.crc32(body).to_bytes(4, "big")).decode(),
    }
    given = {name: right[name] if value == "RIGHT" else value for name, value in fields.items()}

    request = AWSRequest("POST", f"{cloud.url}/{bucket}?delete=", headers=given, data=body)
    S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)

    try:
        with urlopen(Request(request.url, body, dict(request.headers), method="POST"), timeout=10) as answer:
            text = answer.read().decode()
    except HTTPError as problem:
        text = problem.read().decode()

    if code is None:
        assert "<Deleted><Key>k</Key></Deleted>" in text
    else:
        assert f"<Code>{code}</Code><Message>{message}" in text
        assert keys(aws, bucket, ["k"]) == ["k"]
