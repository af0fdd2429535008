"""Every operation on a bucket asks whose it is and where, before it does or tells anything."""

from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.model import Shape, StructureShape
from tests.running import RunningCloud
from tests.services.s3.refused import refused

from orrery.services.s3 import s3

OF_NO_BUCKET = {"create_bucket", "list_buckets"}
NOT_IN_BOTO3 = {"post_object", "preflight_request"}
ON_BUCKETS = sorted(set(s3.operations) - OF_NO_BUCKET - NOT_IN_BOTO3)
EXPECTING = sorted(set(ON_BUCKETS) - {"rename_object"})
"""RenameObject is of directory buckets, and they have no ExpectedBucketOwner."""

SAMPLES = {"Bucket": "bucket", "Key": "k", "CopySource": "bucket/k", "PartNumber": 1, "RenameSource": "bucket/j"}


def sample(shape: Shape, name: str) -> Any:
    """A value that a member may have, with what it requires."""
    if name in SAMPLES:
        return SAMPLES[name]
    if isinstance(shape, StructureShape):
        wanted = shape.required_members or list(shape.members)[:1]
        return {each: sample(shape.members[each], each) for each in wanted}
    if shape.type_name == "list":
        return [sample(shape.member, "")]
    plain = {"integer": 1, "long": 1, "boolean": True, "blob": b"x", "timestamp": 1_000_000_000}
    return plain.get(shape.type_name) or next(iter(getattr(shape, "enum", [])), "x")


@pytest.fixture
def call(aws: Any, bucket: str) -> Callable[..., dict[str, Any]]:
    """A function that calls an operation on `bucket`, which holds an object `k` and an upload to it, and gives the
    error. Redirections are not followed."""
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"content")
    upload = aws.s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]

    def calling(
        name: str, *, region: str = "us-east-1", account: str = "test", config: Any = None, **members: Any
    ) -> dict[str, Any]:
        client = aws.at(region=region, account=account).client("s3", **({"config": config} if config else {}))
        client.meta.events.register_last("before-call.s3", follow_nothing)
        operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[name])
        given = sample(operation.input_shape, "")
        if "UploadId" in given:
            given["UploadId"] = upload
        return refused(getattr(client, name), **{**given, **members})

    return calling


def follow_nothing(params: dict[str, Any], **_: Any) -> None:
    """Tell boto3 that a request was redirected already, so that it takes the answer as it is."""
    params["context"]["s3_redirect"] = {"redirected": True}


@pytest.mark.parametrize("name", ON_BUCKETS)
def test_another_account_is_denied(call: Callable[..., dict[str, Any]], name: str) -> None:
    error = call(name, account="222222222222")

    assert (error["Code"], error["status"]) in {("AccessDenied", 403), ("403", 403)}


@pytest.mark.row("S3-002")
@pytest.mark.parametrize("name", sorted(set(ON_BUCKETS) - {"get_bucket_location"}))
def test_another_region_is_told_where_to_go(call: Callable[..., dict[str, Any]], name: str) -> None:
    error = call(name, region="eu-west-1")

    assert (error["Code"], error["status"]) in {("PermanentRedirect", 301), ("301", 301)}


@pytest.mark.parametrize("name", EXPECTING)
def test_who_expects_another_owner_is_denied(call: Callable[..., dict[str, Any]], name: str) -> None:
    error = call(name, ExpectedBucketOwner="222222222222")

    assert (error["Code"], error["status"]) in {("AccessDenied", 403), ("403", 403)}


@pytest.mark.parametrize("name", ["copy_object", "upload_part_copy"])
def test_who_expects_another_owner_of_a_source_is_denied(call: Callable[..., dict[str, Any]], name: str) -> None:
    error = call(name, ExpectedSourceBucketOwner="222222222222")

    assert (error["Code"], error["status"]) == ("AccessDenied", 403)


NOBODY = Config(signature_version=UNSIGNED, retries={"max_attempts": 0})


@pytest.mark.row("S3-058")
@pytest.mark.parametrize("name", ON_BUCKETS)
def test_nobody_in_particular_is_denied(call: Callable[..., dict[str, Any]], name: str) -> None:
    error = call(name, config=NOBODY)

    assert (error["Code"], error["status"]) in {("AccessDenied", 403), ("403", 403)}


@pytest.mark.parametrize("name", sorted(OF_NO_BUCKET))
def test_nobody_in_particular_has_no_buckets(call: Callable[..., dict[str, Any]], name: str) -> None:
    error = call(name, config=NOBODY)

    assert (error["Code"], error["status"]) == ("AccessDenied", 403)


@pytest.mark.row("S3-017")
@pytest.mark.parametrize("config", [None, NOBODY], ids=["owner", "nobody"])
@pytest.mark.parametrize("name", ON_BUCKETS)
def test_a_bucket_that_is_not_there_is_told_to_everybody(
    call: Callable[..., dict[str, Any]], name: str, config: Any
) -> None:
    error = call(name, config=config, Bucket="missing-bucket")

    assert (error["Code"], error["status"]) in {("NoSuchBucket", 404), ("404", 404)}


@pytest.mark.parametrize(("bucket_asked", "status"), [("bucket", 403), ("missing-bucket", 404)])
def test_a_form_that_nobody_signed_writes_nothing(
    aws: Any, cloud: RunningCloud, bucket: str, bucket_asked: str, status: int
) -> None:
    with urllib3.PoolManager(retries=False) as http:
        fields: Any = {"key": "k", "file": ("f", b"content")}
        answer = http.request("POST", f"{cloud.url}/{bucket_asked}", fields=fields)

    assert answer.status == status
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("put_object_tagging", {"Tagging": {"TagSet": [{"Key": "aws:x", "Value": "v"}]}}),
        ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "aws:x", "Value": "v"}]}}),
        ("put_object", {"Tagging": "aws:x=v"}),
        ("get_object", {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}),
        ("head_object", {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}),
        ("get_object_attributes", {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}),
        ("list_parts", {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}),
        ("delete_object", {"IfMatchSize": 1}),
        ("copy_object", {"CopySource": "arn:aws:s3:us-east-1:111111111111:accesspoint/a/object/k"}),
    ],
)
def test_another_account_hears_nothing_of_what_is_wrong(
    call: Callable[..., dict[str, Any]], name: str, members: dict[str, Any]
) -> None:
    error = call(name, account="222222222222", **members)

    assert (error["Code"], error["status"]) in {("AccessDenied", 403), ("403", 403)}
