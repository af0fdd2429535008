"""CreateBucket, HeadBucket, GetBucketLocation, DeleteBucket."""

import socket
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from tests.operating import set_limit
from tests.services.s3.refused import code_of, refused

from orrery.gateway.secure import secured
from orrery.gateway.server import Server
from orrery.gateway.tls import Certificates
from orrery.services.s3.records import Part, Upload
from orrery.services.s3.service import BODIES

OTHER = "111111111111"


def located(region: str) -> dict[str, str]:
    return {"LocationConstraint": region}


# --- making ---


def test_a_bucket_is_made_in_the_region_asked(aws: Any) -> None:
    first = aws.s3.create_bucket(Bucket="here")
    second = aws.at(region="eu-west-3").s3.create_bucket(Bucket="there", CreateBucketConfiguration=located("eu-west-3"))

    assert (first["Location"], first["BucketArn"]) == ("/here", "arn:aws:s3:::here")
    assert (second["Location"], second["BucketArn"]) == ("http://there.s3.amazonaws.com/", "arn:aws:s3:::there")
    assert aws.s3.get_bucket_location(Bucket="here")["LocationConstraint"] is None
    assert aws.s3.get_bucket_location(Bucket="there")["LocationConstraint"] == "eu-west-3"


@pytest.mark.row("S3-001")
def test_a_name_is_taken_in_every_account_and_region(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="taken")

    for client, options in (
        (aws.at(account=OTHER).s3, {}),
        (aws.at(account=OTHER, region="eu-west-1").s3, {"CreateBucketConfiguration": located("eu-west-1")}),
    ):
        assert refused(client.create_bucket, Bucket="taken", **options) == {
            "Code": "BucketAlreadyExists",
            "Message": "The requested bucket name is not available. The bucket namespace is shared by all users of "
            "the system. Please select a different name and try again.",
            "BucketName": "taken",
            "status": 409,
        }
    assert aws.at(account=OTHER).s3.list_buckets()["Buckets"] == []


@pytest.mark.row("S3-001")
def test_ones_own_bucket_again_is_an_error_outside_us_east_1(aws: Any) -> None:
    client = aws.at(region="eu-west-1").s3
    client.create_bucket(Bucket="mine", CreateBucketConfiguration=located("eu-west-1"))

    assert refused(client.create_bucket, Bucket="mine", CreateBucketConfiguration=located("eu-west-1")) == {
        "Code": "BucketAlreadyOwnedByYou",
        "Message": "Your previous request to create the named bucket succeeded and you already own it.",
        "BucketName": "mine",
        "status": 409,
    }
    assert code_of(aws.s3.create_bucket, Bucket="mine") == ("BucketAlreadyOwnedByYou", 409)


@pytest.mark.row("S3-001")
def test_ones_own_bucket_again_in_us_east_1_is_an_error_only_with_tags(aws: Any) -> None:
    tagged = {"Tags": [{"Key": "k", "Value": "v"}]}
    made = aws.s3.create_bucket(Bucket="mine", CreateBucketConfiguration=tagged)

    again = aws.s3.create_bucket(Bucket="mine")
    emptily = aws.s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"Tags": []})

    assert made["Location"] == again["Location"] == emptily["Location"] == "/mine"
    assert code_of(aws.s3.create_bucket, Bucket="mine", CreateBucketConfiguration=tagged) == (
        "BucketAlreadyOwnedByYou",
        409,
    )
    assert aws.s3.get_bucket_tagging(Bucket="mine")["TagSet"] == tagged["Tags"]
    assert len(aws.s3.list_buckets()["Buckets"]) == 1


@pytest.mark.row("S3-002")
@pytest.mark.parametrize(
    ("endpoint", "constraint", "code", "named"),
    [
        ("us-east-1", "us-east-1", "InvalidLocationConstraint", None),
        ("us-east-1", "nowhere", "InvalidLocationConstraint", None),
        ("us-east-1", "cn-north-1", "InvalidLocationConstraint", None),
        ("us-east-1", "eu-south-1", "IllegalLocationConstraintException", "eu-south-1"),
        ("us-east-2", None, "IllegalLocationConstraintException", "unspecified"),
        ("us-east-2", "us-west-1", "IllegalLocationConstraintException", "us-west-1"),
        ("us-west-1", "us-east-1", "IllegalLocationConstraintException", "us-east-1"),
        ("us-east-2", "EU", "IllegalLocationConstraintException", "EU"),
    ],
)
def test_a_location_that_the_endpoint_does_not_serve_is_refused(
    aws: Any, endpoint: str, constraint: str | None, code: str, named: str | None
) -> None:
    options = {} if constraint is None else {"CreateBucketConfiguration": located(constraint)}

    error = refused(aws.at(region=endpoint).s3.create_bucket, Bucket="bucket", **options)

    assert (error["Code"], error["status"]) == (code, 400)
    if named is None:
        assert error["Message"] == "The specified location-constraint is not valid"
        assert error["LocationConstraint"] == constraint
    else:
        assert error["Message"] == (
            f"The {named} location constraint is incompatible for the region specific endpoint this request was "
            "sent to."
        )


@pytest.mark.row("S3-002")
def test_the_endpoint_of_us_east_1_makes_buckets_elsewhere(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="far", CreateBucketConfiguration=located("ap-southeast-2"))
    aws.s3.create_bucket(Bucket="europe", CreateBucketConfiguration=located("EU"))

    assert aws.s3.head_bucket(Bucket="far")["BucketRegion"] == "ap-southeast-2"
    assert aws.s3.head_bucket(Bucket="europe")["BucketRegion"] == "eu-west-1"
    assert aws.s3.get_bucket_location(Bucket="europe")["LocationConstraint"] == "EU"


@pytest.mark.row("S3-002")
def test_a_signature_for_a_region_there_is_not_is_told_the_right_one(aws: Any) -> None:
    client = aws.at(region="eu-nowhere-1").s3

    assert refused(client.list_buckets) == {
        "Code": "AuthorizationHeaderMalformed",
        "Message": "The authorization header is malformed; the region 'eu-nowhere-1' is wrong; expecting 'us-east-1'",
        "Region": "us-east-1",
        "status": 400,
    }
    assert client.create_bucket(Bucket="bucket")["Location"] == "/bucket"  # boto3 signs again, for the Region told


@pytest.mark.row("S3-002")
def test_another_region_redirects_and_boto3_follows(aws: Any) -> None:
    near, far = aws.at(region="eu-west-1").s3, aws.at(region="ap-southeast-2").s3
    near.create_bucket(Bucket="bucket", CreateBucketConfiguration=located("eu-west-1"))

    far.put_object(Bucket="bucket", Key="k", Body=b"x")

    assert near.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
    assert aws.s3.head_object(Bucket="bucket", Key="k")["ContentLength"] == 1


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"ObjectLockEnabledForBucket": True}, ("NotImplemented", 501)),
        ({"ObjectOwnership": "BucketOwnerPreferred", "ACL": "public-read"}, ("NotImplemented", 501)),
        ({"ACL": "public-read"}, ("InvalidBucketAclWithObjectOwnership", 400)),
        (
            {"GrantRead": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'},
            ("InvalidBucketAclWithObjectOwnership", 400),
        ),
        ({"CreateBucketConfiguration": {"Bucket": {"Type": "Directory"}}}, ("NotImplemented", 501)),
    ],
)
def test_a_promise_that_is_not_kept_is_refused_and_nothing_made(
    aws: Any, members: dict[str, Any], code: tuple[str, int]
) -> None:
    assert code_of(aws.s3.create_bucket, Bucket="bucket", **members) == code
    assert aws.s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize("value", ["RandomValue", ""])
def test_an_ownership_that_there_is_not_is_named(aws: Any, value: str) -> None:
    assert refused(aws.s3.create_bucket, Bucket="bucket", ObjectOwnership=value) == {
        "Code": "InvalidArgument",
        "Message": f"Invalid x-amz-object-ownership header: {value}",
        "ArgumentName": "x-amz-object-ownership",
        "status": 400,
    }


def test_what_is_so_anyway_may_be_asked_for(aws: Any) -> None:
    aws.s3.create_bucket(
        Bucket="bucket", ACL="private", ObjectOwnership="BucketOwnerEnforced", ObjectLockEnabledForBucket=False
    )

    assert aws.s3.head_bucket(Bucket="bucket")


@pytest.mark.row("S3-004")
def test_an_account_has_as_many_buckets_as_its_quota_says(aws: Any, cloud: Any) -> None:
    aws.s3.list_buckets()
    set_limit(cloud, "s3.buckets", 2)
    west = aws.at(region="eu-west-1").s3
    aws.s3.create_bucket(Bucket="one-of-two")
    west.create_bucket(Bucket="two-of-two", CreateBucketConfiguration=located("eu-west-1"))

    assert refused(aws.s3.create_bucket, Bucket="three-of-two") == {
        "Code": "TooManyBuckets",
        "Message": "You have attempted to create more buckets than allowed",
        "status": 400,
    }
    aws.at(account=OTHER).s3.create_bucket(Bucket="of-another-account")
    west.delete_bucket(Bucket="two-of-two")
    aws.s3.create_bucket(Bucket="three-of-two")
    set_limit(cloud, "s3.buckets", 3)
    aws.s3.create_bucket(Bucket="four-of-two")


# --- finding ---


def test_head_tells_where_a_bucket_is(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")

    head = aws.s3.head_bucket(Bucket="bucket")

    assert head.pop("ResponseMetadata")["HTTPHeaders"]["content-type"] == "application/xml"
    assert head == {"BucketArn": "arn:aws:s3:::bucket", "BucketRegion": "us-east-1", "AccessPointAlias": False}


@pytest.mark.row("S3-002")
def test_head_tells_the_region_to_those_it_refuses(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration=located("eu-west-1"))

    for client, status in (
        (aws.at(account=OTHER, region="eu-west-1"), 403),
        (aws.at(account=OTHER, region="eu-west-2"), 301),
        (aws.at(region="eu-west-2"), 301),
    ):
        answer = presigned_head(client.s3, "bucket")
        assert (answer.code, answer.headers["x-amz-bucket-region"], answer.read()) == (status, "eu-west-1", b"")
    missing = presigned_head(aws.s3, "no-such-bucket")
    assert (missing.code, missing.headers["x-amz-bucket-region"], missing.read()) == (404, None, b"")


def presigned_head(client: Any, bucket: str) -> HTTPError:
    """The bare answer to HeadBucket: boto3 would follow a redirect."""
    url = client.generate_presigned_url("head_bucket", Params={"Bucket": bucket})
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(url, method="HEAD"), timeout=10)
    return caught.value


@pytest.mark.row("S3-017")
def test_a_bucket_that_is_not_there_and_one_of_somebody_else(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")
    other = aws.at(account=OTHER).s3

    assert refused(aws.s3.get_bucket_location, Bucket="no-such-bucket") == {
        "Code": "NoSuchBucket",
        "Message": "The specified bucket does not exist",
        "BucketName": "no-such-bucket",
        "status": 404,
    }
    assert code_of(aws.s3.head_bucket, Bucket="no-such-bucket") == ("404", 404)
    assert code_of(other.head_bucket, Bucket="bucket") == ("403", 403)
    for call in (other.get_bucket_location, other.get_bucket_acl, other.delete_bucket):
        assert code_of(call, Bucket="bucket") == ("AccessDenied", 403)


def test_an_owner_who_expects_another_is_refused(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")

    assert aws.s3.head_bucket(Bucket="bucket", ExpectedBucketOwner="000000000000")
    for call in (aws.s3.get_bucket_location, aws.s3.get_bucket_tagging, aws.s3.delete_bucket):
        assert code_of(call, Bucket="bucket", ExpectedBucketOwner=OTHER) == ("AccessDenied", 403)


# --- deleting ---


@pytest.mark.row("S3-017")
def test_only_an_empty_bucket_is_deleted(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"x")

    assert refused(aws.s3.delete_bucket, Bucket="bucket") == {
        "Code": "BucketNotEmpty",
        "Message": "The bucket you tried to delete is not empty",
        "BucketName": "bucket",
        "status": 409,
    }
    assert aws.s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"


def test_a_deleted_bucket_leaves_its_name_to_anybody(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")

    aws.s3.delete_bucket(Bucket="bucket")

    assert code_of(aws.s3.delete_bucket, Bucket="bucket") == ("NoSuchBucket", 404)
    aws.at(account=OTHER).s3.create_bucket(Bucket="bucket")
    assert aws.s3.list_buckets()["Buckets"] == []


def test_uploads_under_way_go_with_their_bucket(aws: Any, cloud: Any, clock: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")
    for key in ("one", "two"):
        upload = aws.s3.create_multipart_upload(Bucket="bucket", Key=key)["UploadId"]
        for number, body in enumerate([b"small", b"large" * 20_000], 1):
            aws.s3.upload_part(Bucket="bucket", Key=key, UploadId=upload, PartNumber=number, Body=body)
    assert left(cloud) == [2, 4, 2]

    aws.s3.delete_bucket(Bucket="bucket")
    clock.advance(1)

    assert left(cloud) == [0, 0, 0]
    aws.s3.create_bucket(Bucket="bucket")
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket="bucket")


def left(cloud: Any) -> list[int]:
    """How many uploads, parts and large bodies there are."""
    found: list[int] = []

    def count(tx: Any) -> None:
        found.extend(len(tx.list(record)) for record in (Upload, Part, BODIES.held))

    cloud.do(lambda: cloud.cloud.kernel.change(count))
    return found


@pytest.mark.row("S3-036")
def test_http_and_https_reach_the_same_buckets(aws: Any, cloud: Any, tmp_path: Path) -> None:
    certificates = Certificates(None, cloud.cloud.clock.host_now)
    authority = tmp_path / "ca.pem"
    authority.write_bytes(certificates.authority_pem)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))

    async def listen() -> Server:
        server = Server(cloud.cloud, now=cloud.cloud.clock.now, tls=secured(certificates))
        await server.listen_socket(listener)
        return server

    encrypted = cloud.run(listen)
    client = aws.client("s3", endpoint_url=f"https://localhost:{listener.getsockname()[1]}", verify=str(authority))

    client.create_bucket(Bucket="bucket")

    assert [bucket["Name"] for bucket in aws.s3.list_buckets()["Buckets"]] == ["bucket"]
    client.close()
    cloud.do(encrypted.close)
