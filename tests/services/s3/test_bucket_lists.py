"""ListBuckets."""

from typing import Any

from tests.services.s3.refused import code_of, refused

OTHER = "111111111111"


def located(region: str) -> dict[str, str]:
    return {"LocationConstraint": region}


def test_the_plain_list_shows_all_buckets_of_the_account_by_name(aws: Any, clock: Any) -> None:
    aws.at(account=OTHER).s3.create_bucket(Bucket="foreign")
    for name in ("b-two", "a-one"):
        aws.s3.create_bucket(Bucket=name)
    aws.s3.create_bucket(Bucket="c-three", CreateBucketConfiguration=located("eu-west-1"))

    answer = aws.s3.list_buckets()

    assert [bucket["Name"] for bucket in answer["Buckets"]] == ["a-one", "b-two", "c-three"]
    first = answer["Buckets"][0]
    assert set(first) == {"Name", "CreationDate", "BucketArn"}
    assert round(first["CreationDate"].timestamp() * 1000) == clock.now()
    assert len(answer["Owner"]["ID"]) == 64
    assert set(answer) == {"Buckets", "Owner", "ResponseMetadata"}


def test_pages_of_buckets_follow_one_another(aws: Any) -> None:
    names = [f"bucket-{number:02}" for number in range(7)]
    for name in names:
        aws.s3.create_bucket(Bucket=name)

    pages = list(aws.s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 3}))

    assert [[bucket["Name"] for bucket in page["Buckets"]] for page in pages] == [names[:3], names[3:6], names[6:]]
    assert pages[0]["Buckets"][0]["BucketRegion"] == "us-east-1"
    assert "ContinuationToken" not in pages[-1]


def test_buckets_are_picked_by_prefix_and_region(aws: Any) -> None:
    for number in range(4):
        aws.s3.create_bucket(Bucket=f"app-{number}")
        aws.s3.create_bucket(Bucket=f"log-{number}", CreateBucketConfiguration=located("eu-west-1"))
    aws.s3.create_bucket(Bucket="app-far", CreateBucketConfiguration=located("eu-west-1"))

    by_prefix = aws.s3.list_buckets(Prefix="app-")
    by_region = [
        [bucket["Name"] for bucket in page["Buckets"]]
        for page in aws.s3.get_paginator("list_buckets").paginate(
            BucketRegion="eu-west-1", PaginationConfig={"PageSize": 2}
        )
    ]

    assert [bucket["Name"] for bucket in by_prefix["Buckets"]] == ["app-0", "app-1", "app-2", "app-3", "app-far"]
    assert by_prefix["Prefix"] == "app-"
    assert by_prefix["Buckets"][-1]["BucketRegion"] == "eu-west-1"
    assert by_region == [["app-far", "log-0"], ["log-1", "log-2"], ["log-3"]]
    assert aws.s3.list_buckets(Prefix="APP-")["Buckets"] == []
    assert [b["Name"] for b in aws.s3.list_buckets(Prefix="app-", BucketRegion="eu-west-1")["Buckets"]] == ["app-far"]


def test_an_empty_token_begins_and_a_foreign_one_is_refused(aws: Any) -> None:
    for name in ("one", "two"):
        aws.s3.create_bucket(Bucket=name)
    first = aws.s3.list_buckets(ContinuationToken="", MaxBuckets=1)

    assert [bucket["Name"] for bucket in first["Buckets"]] == ["one"]
    assert first["Buckets"][0]["BucketRegion"] == "us-east-1"
    for members in ({"ContinuationToken": "x"}, {"ContinuationToken": first["ContinuationToken"], "Prefix": "t"}):
        assert code_of(aws.s3.list_buckets, **members) == ("InvalidArgument", 400)
    assert refused(aws.s3.list_buckets, BucketRegion="eu-east-1") == {
        "Code": "InvalidArgument",
        "Message": "Argument value eu-east-1 is not a valid AWS Region",
        "ArgumentName": "bucket-region",
        "status": 400,
    }
