"""Ownership of objects: where ACLs count, and the ACLs that give nothing away."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def code_of(call: Any, **members: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call(**members)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def ownership(s3: Any) -> str:
    rules = s3.get_bucket_ownership_controls(Bucket="bucket")["OwnershipControls"]["Rules"]
    return str(rules[0]["ObjectOwnership"])


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "BucketOwnerEnforced"),
        ({"ACL": "private"}, "BucketOwnerPreferred"),
        ({"ACL": "private", "ObjectOwnership": "BucketOwnerEnforced"}, "BucketOwnerEnforced"),
        ({"ObjectOwnership": "ObjectWriter"}, "ObjectWriter"),
    ],
)
def test_a_new_bucket_has_the_ownership_asked_for(aws: Any, members: dict[str, str], expected: str) -> None:
    aws.s3.create_bucket(Bucket="bucket", **members)

    assert ownership(aws.s3) == expected


def test_where_the_owner_is_enforced_only_an_acl_that_says_so_is_taken(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")
    aws.s3.put_object(Bucket="bucket", Key="k", ACL="bucket-owner-full-control")

    for acl in ("private", "public-read"):
        refused = ("AccessControlListNotSupported", 400)
        assert code_of(aws.s3.put_object, Bucket="bucket", Key="k", ACL=acl) == refused
        assert code_of(aws.s3.put_object_acl, Bucket="bucket", Key="k", ACL=acl) == refused
        assert code_of(aws.s3.put_bucket_acl, Bucket="bucket", ACL=acl) == refused


def test_where_acls_count_private_is_what_every_object_is(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket", ObjectOwnership="BucketOwnerPreferred")
    aws.s3.put_object(Bucket="bucket", Key="k", ACL="private")
    aws.s3.put_object_acl(Bucket="bucket", Key="k", ACL="private")
    aws.s3.put_bucket_acl(Bucket="bucket", ACL="private")
    there = aws.s3.get_bucket_acl(Bucket="bucket")
    there = {name: there[name] for name in ("Owner", "Grants")}
    aws.s3.put_bucket_acl(Bucket="bucket", AccessControlPolicy=there)

    assert [grant["Permission"] for grant in there["Grants"]] == ["FULL_CONTROL"]
    assert code_of(aws.s3.put_object, Bucket="bucket", Key="k", ACL="public-read") == ("NotImplemented", 501)
    assert code_of(aws.s3.put_bucket_acl, Bucket="bucket", ACL="public-read") == ("NotImplemented", 501)


def test_ownership_can_be_chosen_and_taken_back(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")
    chosen = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    aws.s3.put_bucket_ownership_controls(Bucket="bucket", OwnershipControls=chosen)
    kept = ownership(aws.s3)
    aws.s3.delete_bucket_ownership_controls(Bucket="bucket")

    assert kept == "ObjectWriter"
    missing = ("OwnershipControlsNotFoundError", 404)
    assert code_of(aws.s3.get_bucket_ownership_controls, Bucket="bucket") == missing
    wrong = {"Rules": [{"ObjectOwnership": "Nobody"}]}
    refused = code_of(aws.s3.put_bucket_ownership_controls, Bucket="bucket", OwnershipControls=wrong)
    assert refused == ("MalformedXML", 400)
