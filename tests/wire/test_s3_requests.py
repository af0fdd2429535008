"""How S3 reads requests: arguments, bodies, metadata, presigned parameters."""

from typing import Any

import pytest

from orrery.wire.catalog import Models
from orrery.wire.codec import codec_for
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.requests_s3 import check_digest

LABELS = {"Bucket": "b", "Key": "k"}


def parse(
    models: Models, operation: str, target: str = "/b/k", body: Any = b"", /, *more: tuple[str, str], **fields: str
) -> Any:
    headers = [*((name.replace("_", "-"), value) for name, value in fields.items()), *more]
    found = models("s3").operation(operation)
    head = Head(found.method, target.encode(), [(name.encode(), value.encode()) for name, value in headers])
    return codec_for(found, "rest-xml").parse(head, body, LABELS)


def refusal(models: Models, operation: str, *given: Any, **fields: str) -> Fault:
    with pytest.raises(Fault) as caught:
        parse(models, operation, *given, **fields)
    return caught.value


def argument(name: str, value: str) -> dict[str, str]:
    return {"ArgumentName": name, "ArgumentValue": value}


@pytest.mark.parametrize(
    ("operation", "query", "message", "members"),
    [
        (
            "ListObjectsV2",
            "list-type=2&max-keys=many",
            "Provided max-keys not an integer or within integer range",
            argument("max-keys", "many"),
        ),
        (
            "ListObjects",
            "max-keys=2147483648",
            "Provided max-keys not an integer or within integer range",
            argument("max-keys", "2147483648"),
        ),
        (
            "ListObjectsV2",
            "max-keys=-1",
            "Argument maxKeys must be an integer between 0 and 2147483647",
            argument("maxKeys", "-1"),
        ),
        (
            "ListParts",
            "uploadId=u&max-parts=1_0",
            "Provided max-parts not an integer or within integer range",
            argument("max-parts", "1_0"),
        ),
        (
            "ListObjectVersions",
            "encoding-type=URL",
            "Invalid Encoding Method specified in Request",
            argument("encoding-type", "URL"),
        ),
        (
            "ListMultipartUploads",
            "encoding-type=",
            "Invalid Encoding Method specified in Request",
            argument("encoding-type", ""),
        ),
        (
            "UploadPart",
            "uploadId=u&partNumber=10001",
            "Part number must be an integer between 1 and 10000, inclusive",
            argument("partNumber", "10001"),
        ),
        (
            "GetObject",
            "partNumber=one",
            "Part number must be an integer between 1 and 10000, inclusive",
            argument("partNumber", "one"),
        ),
        ("HeadObject", "versionId=", "Version id cannot be the empty string", argument("versionId", "")),
    ],
)
def test_a_bad_parameter_is_an_invalid_argument(
    models: Models, operation: str, query: str, message: str, members: dict[str, str]
) -> None:
    fault = refusal(models, operation, f"/b/k?{query}")

    assert (fault.code, fault.message, fault.members) == ("InvalidArgument", message, members)


@pytest.mark.parametrize(
    ("operation", "field", "value", "code", "message", "members"),
    [
        ("PutBucketAcl", "x-amz-acl", "fake-acl", "InvalidArgument", "", argument("x-amz-acl", "fake-acl")),
        (
            "CreateBucket",
            "x-amz-object-ownership",
            "RandomValue",
            "InvalidArgument",
            "Invalid x-amz-object-ownership header: RandomValue",
            {"ArgumentName": "x-amz-object-ownership"},
        ),
        (
            "CreateBucket",
            "x-amz-object-ownership",
            "",
            "InvalidArgument",
            "Invalid x-amz-object-ownership header: ",
            {"ArgumentName": "x-amz-object-ownership"},
        ),
        (
            "PutObject",
            "x-amz-storage-class",
            "COLD",
            "InvalidStorageClass",
            "The storage class you specified is not valid",
            {"StorageClassRequested": "COLD"},
        ),
        (
            "PutObject",
            "x-amz-expected-bucket-owner",
            "me",
            "InvalidBucketOwnerAWSAccountID",
            "The value of the expected bucket owner parameter must be an AWS account ID",
            {},
        ),
        (
            "CopyObject",
            "x-amz-copy-source",
            "wrongformat",
            "InvalidArgument",
            "Invalid copy source object key",
            argument("x-amz-copy-source", "x-amz-copy-source"),
        ),
        (
            "GetObjectAttributes",
            "x-amz-object-attributes",
            "ETag,Colour",
            "InvalidArgument",
            "Invalid attribute name specified.",
            argument("x-amz-object-attributes", "Colour"),
        ),
        (
            "PutBucketLifecycleConfiguration",
            "x-amz-transition-default-minimum-object-size",
            "value",
            "InvalidRequest",
            "Invalid TransitionDefaultMinimumObjectSize found: value",
            {},
        ),
        (
            "CreateMultipartUpload",
            "x-amz-checksum-type",
            "HALF",
            "InvalidRequest",
            "Value for x-amz-checksum-type header is invalid.",
            {},
        ),
        (
            "PutObject",
            "x-amz-website-redirect-location",
            "ftp://x",
            "InvalidRedirectLocation",
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
            {},
        ),
    ],
)
def test_a_bad_field_is_refused_in_s3_s_words(
    models: Models, operation: str, field: str, value: str, code: str, message: str, members: dict[str, str]
) -> None:
    fault = refusal(models, operation, "/b/k", b"", (field, value))

    assert (fault.code, fault.message, fault.members) == (code, message, members)


def test_the_attributes_that_are_asked_for_must_be_said(models: Models) -> None:
    message = "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"

    for fields in ({}, {"x_amz_object_attributes": ""}):
        assert refusal(models, "GetObjectAttributes", **fields).message == message


def test_a_list_may_come_in_one_field_or_several(models: Models) -> None:
    field = "x-amz-object-attributes"

    one = parse(models, "GetObjectAttributes", "/b/k", b"", (field, "ETag, Checksum"))
    two = parse(models, "GetObjectAttributes", "/b/k", b"", (field, "ETag"), (field, "Checksum"))

    assert one.ObjectAttributes == two.ObjectAttributes == ["ETag", "Checksum"]


def test_a_date_that_is_none_sets_no_condition(models: Models) -> None:
    given = parse(models, "GetObject", If_Modified_Since="yesterday", If_Unmodified_Since="2026-01-01T00:00:00Z")

    assert given.IfModifiedSince is None
    assert given.IfUnmodifiedSince == 1_767_225_600_000


def test_an_expiry_is_kept_as_it_was_written(models: Models) -> None:
    assert parse(models, "PutObject", Expires="0").Expires == "0"


@pytest.mark.row("S3-005")
def test_a_key_of_more_than_1024_bytes_is_too_long(models: Models) -> None:
    operation = models("s3").operation("GetObject")

    with pytest.raises(Fault) as caught:
        codec_for(operation, "rest-xml").parse(Head("GET", b"/b/k"), b"", {"Bucket": "b", "Key": "é" * 513})

    assert caught.value.code == "KeyTooLongError"
    assert caught.value.members == {"Size": "1026", "MaxSizeAllowed": "1024"}


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("PutBucketVersioning", "<VersioningConfiguration><Status>Enabled</Status>"),
        ("PutBucketVersioning", "<Versioning><Status>Enabled</Status></Versioning>"),
        ("PutBucketVersioning", "<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>"),
        ("PutBucketVersioning", "<VersioningConfiguration><Colour>red</Colour></VersioningConfiguration>"),
        (
            "PutBucketVersioning",
            "<VersioningConfiguration><Status>Enabled</Status><Status>Enabled</Status></VersioningConfiguration>",
        ),
        ("PutBucketTagging", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"),
        ("PutBucketTagging", "<Tagging><TagSet><Mark><Key>a</Key><Value>b</Value></Mark></TagSet></Tagging>"),
        ("PutBucketTagging", "<Tagging><TagSet><Tag><Key><b/></Key><Value>b</Value></Tag></TagSet></Tagging>"),
        ("PutBucketRequestPayment", "<RequestPaymentConfiguration><Payer>Me</Payer></RequestPaymentConfiguration>"),
        ("DeleteObjects", "<Delete></Delete>"),
        ("DeleteObjects", f"<Delete>{'<Object><Key>k</Key></Object>' * 1001}</Delete>"),
        ("CompleteMultipartUpload", "<CompleteMultipartUpload/>"),
        ("CreateBucket", "no xml"),
    ],
)
def test_a_body_that_is_not_of_the_schema_is_malformed(models: Models, operation: str, body: str) -> None:
    assert refusal(models, operation, "/b/k?uploadId=u", body.encode()).code == "MalformedXML"


def test_a_bad_list_of_grants_has_a_code_of_its_own(models: Models) -> None:
    assert refusal(models, "PutBucketAcl", "/b?acl", b"<AccessControlPolicy><x/></AccessControlPolicy>").code == (
        "MalformedACLError"
    )


def test_prefixed_names_are_read_too(models: Models) -> None:
    body = b'<s:VersioningConfiguration xmlns:s="x"><s:Status>Enabled</s:Status></s:VersioningConfiguration>'

    assert parse(models, "PutBucketVersioning", "/b", body).VersioningConfiguration.Status == "Enabled"


def test_a_body_that_must_be_there_and_is_not_is_missing(models: Models) -> None:
    assert refusal(models, "PutBucketVersioning").code == "MissingRequestBodyError"
    assert parse(models, "PutBucketPolicy").Policy == ""
    assert parse(models, "CreateBucket").CreateBucketConfiguration is None


@pytest.mark.parametrize("xmlns", ["", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'])
def test_a_body_is_read_with_and_without_its_namespace(models: Models, xmlns: str) -> None:
    body = f"<VersioningConfiguration{xmlns}><Status>Enabled</Status></VersioningConfiguration>"

    assert parse(models, "PutBucketVersioning", "/b", body.encode()).VersioningConfiguration.Status == "Enabled"


def test_a_location_that_nobody_knows_is_the_service_s_to_refuse(models: Models) -> None:
    body = b"<CreateBucketConfiguration><LocationConstraint>x</LocationConstraint></CreateBucketConfiguration>"

    assert parse(models, "CreateBucket", "/b", body).CreateBucketConfiguration.LocationConstraint == "x"


def test_metadata_is_read_in_utf_8_and_in_encoded_words(models: Models) -> None:
    given = parse(
        models,
        "PutObject",
        "/b/k",
        b"",
        ("x-amz-meta-Raw", "naïve"),
        ("x-amz-meta-coded", "=?UTF-8?Q?na=C3=AFve?="),
        ("x-amz-meta-twice", "1"),
        ("x-amz-meta-twice", "2"),
        ("x-amz-meta-empty", ""),
    )

    assert given.Metadata == {"raw": "naïve", "coded": "naïve", "twice": "1,2", "empty": ""}


@pytest.mark.row("S3-011")
def test_metadata_beyond_ascii_is_answered_in_encoded_words(models: Models) -> None:
    values = {"Metadata": {"a": "ÄMÄZÕÑ S3", "b": "plain", "c": ""}, "CacheControl": "Ä"}
    headers = codec_for(models("s3").operation("HeadObject"), "rest-xml").serialise(values, "R").headers

    assert (b"x-amz-meta-a", b"=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=") in headers
    assert (b"x-amz-meta-b", b"plain") in headers
    assert (b"x-amz-meta-c", b"") in headers
    assert (b"Cache-Control", "Ä".encode()) in headers


def test_tags_in_a_field_stay_as_they_were_written(models: Models) -> None:
    assert parse(models, "PutObject", "/b/k", b"", ("x-amz-tagging", "a=b%20c&d=")).Tagging == "a=b%20c&d="


def test_a_presigned_url_carries_fields_as_parameters(models: Models) -> None:
    target = (
        "/b/k?X-Amz-Signature=0&X-Amz-Date=d&X-Amz-Acl=private&x-amz-meta-colour=dark%20red&x-amz-storage-class=GLACIER"
    )

    given = parse(models, "PutObject", target, b"", ("x-amz-storage-class", "STANDARD"))

    assert (given.ACL, given.Metadata, given.StorageClass) == ("private", {"colour": "dark red"}, "STANDARD")


def test_parameters_are_no_fields_where_nothing_was_presigned(models: Models) -> None:
    assert parse(models, "PutObject", "/b/k?x-amz-acl=private").ACL is None


def test_some_bodies_come_with_a_digest_or_not_at_all(models: Models) -> None:
    assert models("s3").operation("DeleteObjects").raw["digestRequired"]
    for name, value in (
        ("Content-MD5", "x"),
        ("x-amz-checksum-crc32", "x"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ):
        check_digest(Head("POST", b"/b?delete", [(name.encode(), value.encode())]))
    with pytest.raises(Fault) as caught:
        check_digest(Head("POST", b"/b?delete"))
    assert caught.value.message == "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"


def test_a_stream_is_handed_through_also_when_it_is_empty(models: Models) -> None:
    reader = object()

    assert parse(models, "PutObject", "/b/k", reader).Body is reader
    assert parse(models, "UploadPart", "/b/k?uploadId=u&partNumber=1", b"").Body == b""
    assert parse(models, "PostObject", "/b", reader, ("Content-Type", "multipart/form-data")).Body is reader
