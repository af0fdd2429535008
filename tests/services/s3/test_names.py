"""Names of buckets."""

from typing import Any

import pytest
from tests.services.s3.refused import code_of, refused

from orrery.services.s3.names import check_name, check_namespace, own_of
from orrery.wire.fault import Fault

BAD = [
    "ab",
    "a" * 64,
    "My-bucket",
    "my_bucket",
    "192.168.5.4",
    "-abc",
    "abc-",
    ".abc",
    "abc.",
    "a..b",
    "xn--bucket",
    "sthree-bucket",
    "amzn-s3-demo-bucket",
    "bucket-s3alias",
    "bucket--ol-s3",
    "bucket.mrap",
    "bucket--use1-az4--x-s3",
    "bucket--table-s3",
    "bucket-an",
    "bücket",
    "buck et",
]
GOOD = [
    "abc",
    "a" * 63,
    "1bucket1",
    "docexample.com",
    "my-bucket",
    "a.b-c",
    "192.168.5.4.5",
    "1.2.3",
    "a--b",
    "bucket-anx",
]


@pytest.mark.row("S3-003")
@pytest.mark.parametrize("name", BAD)
def test_a_name_against_the_rules_is_refused(name: str) -> None:
    with pytest.raises(Fault) as caught:
        check_name(name)

    assert (caught.value.code, caught.value.members) == ("InvalidBucketName", {"BucketName": name})


@pytest.mark.row("S3-003")
@pytest.mark.parametrize("name", GOOD)
def test_a_name_within_the_rules_is_taken(name: str) -> None:
    check_name(name)


@pytest.mark.row("S3-003")
@pytest.mark.parametrize("name", ["My-bucket", "my_bucket_", "192.168.5.4", "a-b-s3alias"])
def test_no_bucket_is_made_with_a_bad_name(aws: Any, name: str) -> None:
    assert refused(aws.s3.create_bucket, Bucket=name) == {
        "Code": "InvalidBucketName",
        "Message": "The specified bucket is not valid.",
        "BucketName": name,
        "status": 400,
    }
    assert aws.s3.list_buckets()["Buckets"] == []


def test_the_owner_of_an_account_regional_name_is_read_from_it() -> None:
    assert own_of("app-111111111111-eu-west-3-an") == ("111111111111", "eu-west-3")
    assert own_of("a-1-222222222222-us-gov-west-1-an") == ("222222222222", "us-gov-west-1")
    assert own_of("111111111111-eu-west-3-an") is None
    assert own_of("app-11111111111-eu-west-3-an") is None
    assert own_of("app-111111111111-eu-west-3") is None


@pytest.mark.row("S3-120")
def test_an_account_has_names_that_nobody_else_can_take(aws: Any) -> None:
    name = "app-111111111111-eu-west-3-an"
    mine = aws.at(account="111111111111", region="eu-west-3").s3
    request = {
        "Bucket": name,
        "BucketNamespace": "account-regional",
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-3"},
    }

    mine.create_bucket(**request)

    assert [bucket["Name"] for bucket in mine.list_buckets()["Buckets"]] == [name]
    assert code_of(mine.create_bucket, **request) == ("BucketAlreadyOwnedByYou", 409)
    mine.delete_bucket(Bucket=name)
    mine.create_bucket(**request)
    mine.put_object(Bucket=name, Key="k", Body=b"x")
    assert mine.get_object(Bucket=name, Key="k")["Body"].read() == b"x"


@pytest.mark.row("S3-120")
@pytest.mark.parametrize(("account", "region"), [("222222222222", "eu-west-3"), ("111111111111", "eu-west-1")])
def test_another_account_or_region_is_refused_an_account_regional_name(aws: Any, account: str, region: str) -> None:
    other = aws.at(account=account, region=region).s3

    for namespace in ({}, {"BucketNamespace": "account-regional"}):
        refusal = code_of(
            other.create_bucket,
            Bucket="app-111111111111-eu-west-3-an",
            CreateBucketConfiguration={"LocationConstraint": region},
            **namespace,
        )
        assert refusal == ("InvalidBucketNamespace", 400)


@pytest.mark.row("S3-120")
@pytest.mark.parametrize("namespace", [{}, {"BucketNamespace": "global"}])
def test_an_account_regional_name_must_be_asked_for_as_one(aws: Any, namespace: dict[str, str]) -> None:
    assert refused(aws.s3.create_bucket, Bucket="app-000000000000-us-east-1-an", **namespace) == {
        "Code": "MissingNamespaceHeader",
        "Message": "The requested bucket is an account-regional namespace bucket, but your request is missing the "
        "required x-amz-bucket-namespace header.",
        "Header": "x-amz-bucket-namespace",
        "status": 400,
    }


def test_the_namespace_of_the_account_takes_no_other_names(aws: Any) -> None:
    client = aws.s3

    assert code_of(client.create_bucket, Bucket="bucket", BucketNamespace="account-regional")[0] == (
        "InvalidNamespaceHeader"
    )
    assert code_of(client.create_bucket, Bucket="bucket", BucketNamespace="mine") == ("InvalidArgument", 400)
    client.create_bucket(Bucket="bucket", BucketNamespace="global")


def test_accounts_have_no_namespace_of_their_own_in_bahrain() -> None:
    with pytest.raises(Fault) as caught:
        check_namespace("a-111111111111-me-south-1-an", "account-regional", "111111111111", "me-south-1")

    assert caught.value.code == "InvalidBucketNamespace"
