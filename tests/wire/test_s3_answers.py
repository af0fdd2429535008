"""S3's answers as AWS writes them: root elements, namespace, statuses."""

from typing import Any

import pytest

from orrery.wire.catalog import Models
from orrery.wire.codec import codec_for
from orrery.wire.http import Answer

XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def answer(models: Models, operation: str, **values: Any) -> Answer:
    return codec_for(models("s3").operation(operation), "rest-xml").serialise(values, "REQUEST")


def body(models: Models, operation: str, **values: Any) -> str:
    return answer(models, operation, **values).body.decode().removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')


@pytest.mark.parametrize(
    ("operation", "root"),
    [
        ("CompleteMultipartUpload", "CompleteMultipartUploadResult"),
        ("CreateMultipartUpload", "InitiateMultipartUploadResult"),
        ("DeleteObjects", "DeleteResult"),
        ("GetBucketAcl", "AccessControlPolicy"),
        ("GetBucketCors", "CORSConfiguration"),
        ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
        ("GetBucketLogging", "BucketLoggingStatus"),
        ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
        ("GetBucketRequestPayment", "RequestPaymentConfiguration"),
        ("GetBucketTagging", "Tagging"),
        ("GetBucketVersioning", "VersioningConfiguration"),
        ("GetBucketWebsite", "WebsiteConfiguration"),
        ("GetObjectAttributes", "GetObjectAttributesResponse"),
        ("GetObjectTagging", "Tagging"),
        ("ListBuckets", "ListAllMyBucketsResult"),
        ("ListMultipartUploads", "ListMultipartUploadsResult"),
        ("ListObjectVersions", "ListVersionsResult"),
        ("ListObjects", "ListBucketResult"),
        ("ListObjectsV2", "ListBucketResult"),
        ("ListParts", "ListPartsResult"),
    ],
)
def test_an_answers_root_has_the_name_and_namespace_of_aws(models: Models, operation: str, root: str) -> None:
    assert body(models, operation) == f"<{root} {XMLNS}></{root}>"


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("CopyObject", "CopyObjectResult"),
        ("UploadPartCopy", "CopyPartResult"),
        ("GetBucketEncryption", "ServerSideEncryptionConfiguration"),
        ("GetBucketOwnershipControls", "OwnershipControls"),
        ("GetBucketReplication", "ReplicationConfiguration"),
        ("GetObjectLockConfiguration", "ObjectLockConfiguration"),
        ("GetPublicAccessBlock", "PublicAccessBlockConfiguration"),
        ("PostObject", "PostResponse"),
    ],
)
def test_a_payload_is_the_root(models: Models, operation: str, payload: str) -> None:
    assert body(models, operation, **{payload: {}}) == f"<{payload} {XMLNS}></{payload}>"


@pytest.mark.parametrize(
    ("operation", "member"), [("GetObjectRetention", "Retention"), ("GetObjectLegalHold", "LegalHold")]
)
def test_a_renamed_payload_is_the_root(models: Models, operation: str, member: str) -> None:
    assert body(models, operation, **{member: {}}) == f"<{member} {XMLNS}></{member}>"


def test_a_buckets_region_is_the_text_of_the_root(models: Models) -> None:
    assert body(models, "GetBucketLocation", LocationConstraint="eu-west-1") == (
        f"<LocationConstraint {XMLNS}>eu-west-1</LocationConstraint>"
    )
    assert body(models, "GetBucketLocation") == f"<LocationConstraint {XMLNS}></LocationConstraint>"


def test_times_have_milliseconds_and_are_in_utc(models: Models) -> None:
    text = body(models, "ListBuckets", Buckets=[{"Name": "b", "CreationDate": 1_255_369_830_000}])

    assert "<CreationDate>2009-10-12T17:50:30.000Z</CreationDate>" in text


def test_a_policy_is_json_as_it_was_put(models: Models) -> None:
    given = answer(models, "GetBucketPolicy", Policy='{"Statement": []}')

    assert given.body == b'{"Statement": []}'
    assert (b"Content-Type", b"application/json") in given.headers


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_an_answer_with_a_content_range_is_partial(models: Models, operation: str) -> None:
    assert answer(models, operation, ContentRange="bytes 0-1/3").status == 206
    assert answer(models, operation).status == 200


@pytest.mark.parametrize("operation", ["PutBucketPolicy", "PutBucketTagging", "DeleteBucket", "DeleteObject"])
def test_what_has_nothing_to_say_has_no_content(models: Models, operation: str) -> None:
    given = answer(models, operation)

    assert (given.status, given.body) == (204, b"")


def test_a_body_that_streams_is_left_to_whoever_sends_it(models: Models) -> None:
    given = answer(models, "GetObject", Body=object(), ContentLength=3, ContentType="text/plain")

    assert given.body == b""
    assert (b"Content-Type", b"text/plain") in given.headers
    assert (b"Content-Length", b"3") in given.headers


def test_a_forms_answer_has_the_status_that_was_asked_for(models: Models) -> None:
    created = answer(models, "PostObject", StatusCode=201, ETag='"e"', PostResponse={"Bucket": "b", "Key": "k"})
    seen = answer(models, "PostObject", StatusCode=303, Location="http://x/?bucket=b")
    quiet = answer(models, "PostObject", StatusCode=204)

    assert (created.status, seen.status, quiet.status) == (201, 303, 204)
    assert b"<Bucket>b</Bucket><Key>k</Key>" in created.body
    assert (b"Location", b"http://x/?bucket=b") in seen.headers
    assert seen.body == quiet.body == b""


def test_a_listing_says_what_it_is_of_before_what_is_in_it(models: Models) -> None:
    page: dict[str, Any] = {
        "Contents": [{"Key": "k"}],
        "IsTruncated": False,
        "MaxKeys": 1000,
        "Prefix": "",
        "Name": "b",
    }

    assert body(models, "ListObjectsV2", CommonPrefixes=[{"Prefix": "p/"}], KeyCount=2, **page) == (
        f"<ListBucketResult {XMLNS}><Name>b</Name><Prefix></Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>"
        "<IsTruncated>false</IsTruncated><Contents><Key>k</Key></Contents>"
        "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>"
    )


def test_the_owner_of_buckets_comes_before_them(models: Models) -> None:
    assert body(models, "ListBuckets", Buckets=[{"Name": "b"}], Owner={"ID": "x"}) == (
        f"<ListAllMyBucketsResult {XMLNS}><Owner><ID>x</ID></Owner><Buckets><Bucket><Name>b</Name></Bucket></Buckets>"
        "</ListAllMyBucketsResult>"
    )


def test_lists_are_repeated_elements_or_empty_ones_as_aws_has_them(models: Models) -> None:
    assert body(models, "ListBuckets", Buckets=[]) == (
        f"<ListAllMyBucketsResult {XMLNS}><Buckets/></ListAllMyBucketsResult>"
    )
    assert body(models, "GetBucketTagging", TagSet=[]) == f"<Tagging {XMLNS}><TagSet/></Tagging>"
    assert body(models, "ListParts", Parts=[{"PartNumber": 1}, {"PartNumber": 2}]) == (
        f"<ListPartsResult {XMLNS}><Part><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber></Part>"
        "</ListPartsResult>"
    )
    assert body(models, "DeleteObjects", Deleted=[{"Key": "k"}], Errors=[{"Key": "l", "Code": "AccessDenied"}]) == (
        f"<DeleteResult {XMLNS}><Deleted><Key>k</Key></Deleted><Error><Key>l</Key><Code>AccessDenied</Code></Error>"
        "</DeleteResult>"
    )


def test_a_grantee_has_a_type(models: Models) -> None:
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": "x"}, "Permission": "FULL_CONTROL"}

    assert body(models, "GetBucketAcl", Owner={"ID": "x"}, Grants=[grant]) == (
        f"<AccessControlPolicy {XMLNS}><Owner><ID>x</ID></Owner><AccessControlList><Grant>"
        '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Grantee>'
        "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"
    )


def test_strange_characters_of_keys_are_references(models: Models) -> None:
    assert "<Key>a&amp;&lt;&#x1;&#xd;\n&quot;</Key>" in body(models, "ListObjects", Contents=[{"Key": 'a&<\x01\r\n"'}])


def test_the_date_of_an_object_is_in_whole_seconds_in_its_field(models: Models) -> None:
    headers = answer(models, "HeadObject", LastModified=1_255_369_830_500, DeleteMarker=False, MissingMeta=1).headers

    assert (b"Last-Modified", b"Mon, 12 Oct 2009 17:50:30 GMT") in headers
    assert (b"x-amz-delete-marker", b"false") in headers
    assert (b"x-amz-missing-meta", b"1") in headers
