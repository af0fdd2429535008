"""S3's requests on their way: keys as they are, buckets in the Host, sub-resources."""

import pytest
from tests.wire.small_model import head

from orrery.wire.catalog import Models
from orrery.wire.http import Head
from orrery.wire.routes import Route, Unroutable, identify

SCOPE = "AWS4-HMAC-SHA256 Credential=AKID/20240506/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


def route(models: Models, given: Head) -> Route:
    found = identify(models, given, names=("cloud.example",))
    assert isinstance(found, Route)
    assert found.service == "s3"
    return found


def refusal(models: Models, method: str, target: str) -> Unroutable:
    with pytest.raises(Unroutable) as caught:
        identify(models, head(method, target))
    return caught.value


@pytest.mark.row("S3-005", "S3-006")
@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("k", "k"),
        ("a/b/", "a/b/"),
        ("/k", "/k"),
        ("//", "//"),
        ("a//b", "a//b"),
        ("./a/../b/.", "./a/../b/."),
        ("..", ".."),
        ("a%2Fb", "a/b"),
        ("%2F", "/"),
        ("a+b%2Bc%20d", "a+b+c d"),
        ("acl", "acl"),
        ("%3Facl", "?acl"),
        ("%E6%BC%A2", "漢"),
        ("a%0A%01%7F", "a\n\x01\x7f"),
        ("a%252F", "a%2F"),
        ("WriteGetObjectResponse", "WriteGetObjectResponse"),
        ("a;b:c@d&e=f$g,h!i'j(k)*l", "a;b:c@d&e=f$g,h!i'j(k)*l"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1:4566", "b.s3.localhost", "b.localhost:4566"])
def test_a_key_is_taken_as_it_is(models: Models, path: str, key: str, host: str) -> None:
    target = f"/{path}" if host.startswith("b.") else f"/b/{path}"

    found = route(models, head("GET", target, {"Host": host}))

    assert (found.operation.name, dict(found.labels)) == ("GetObject", {"Bucket": "b", "Key": key})
    assert found.bucket == ("b" if host.startswith("b.") else None)


@pytest.mark.parametrize("path", ["%FF", "a%C3", "a%", "a%2", "%zz"])
def test_a_key_that_is_not_utf_8_or_wrongly_encoded_cannot_be_parsed(models: Models, path: str) -> None:
    fault = refusal(models, "GET", f"/b/{path}")

    assert (fault.code, fault.message) == ("InvalidURI", "Couldn't parse the specified URI.")
    assert fault.members == {"URI": f"b/{path}"}


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("photos.localhost:4566", "photos"),
        ("photos.localhost.localstack.cloud:4566", "photos"),
        ("my.photos.localhost", "my.photos"),
        ("photos.s3.localhost", "photos"),
        ("photos.s3.eu-west-1.amazonaws.com", "photos"),
        ("photos.s3.localhost.localstack.cloud", "photos"),
        ("photos.cloud.example", "photos"),
        ("photos.s3.cloud.example", "photos"),
        ("logs.localhost", "logs"),
    ],
)
@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("GET", "/", "ListObjects"),
        ("PUT", "/", "CreateBucket"),
        ("HEAD", "/k", "HeadObject"),
        ("POST", "/?delete", "DeleteObjects"),
    ],
)
def test_a_bucket_may_stand_in_the_host(
    host: str, bucket: str, method: str, target: str, operation: str, models: Models
) -> None:
    found = route(models, head(method, target, {"Host": host, "Authorization": SCOPE}))

    assert (found.operation.name, found.labels["Bucket"], found.bucket) == (operation, bucket, bucket)


@pytest.mark.parametrize(
    "host",
    ["localhost:4566", "s3.localhost", "s3.eu-west-1.amazonaws.com", "my.proxy.example", "10.0.0.7", "cloud.example"],
)
def test_a_host_without_a_bucket_leaves_it_in_the_path(host: str, models: Models) -> None:
    found = route(models, head("GET", "/b/k", {"Host": host, "Authorization": SCOPE}))

    assert dict(found.labels) == {"Bucket": "b", "Key": "k"}


def test_the_account_before_the_host_is_no_bucket_to_s3control(models: Models) -> None:
    found = identify(models, head("GET", "/v20180820/jobs", {"Host": "123456789012.localhost", "Authorization": SCOPE}))

    assert isinstance(found, Route)
    assert (found.service, found.operation.name) == ("s3control", "ListJobs")


def test_unknown_parameters_and_the_operation_s_name_count_for_nothing(models: Models) -> None:
    assert route(models, head("GET", "/b/k?x-id=GetObject&colour=red")).operation.name == "GetObject"
    assert route(models, head("GET", "/b?list-type=2&x-id=ListObjectsV2&prefix=acl")).operation.name == "ListObjectsV2"


def test_a_presigned_copy_names_its_source_in_a_parameter(models: Models) -> None:
    target = "/b/k?X-Amz-Signature=0&x-amz-copy-source=c%2Fd"

    assert route(models, head("PUT", target)).operation.name == "CopyObject"


@pytest.mark.parametrize(
    ("method", "target", "code", "members"),
    [
        ("PATCH", "/b/k", "MethodNotAllowed", {"Method": "PATCH", "ResourceType": "OBJECT"}),
        ("PATCH", "/b", "MethodNotAllowed", {"Method": "PATCH", "ResourceType": "BUCKET"}),
        ("DELETE", "/", "MethodNotAllowed", {"Method": "DELETE", "ResourceType": "SERVICE"}),
        ("POST", "/b/k", "MethodNotAllowed", {"Method": "POST", "ResourceType": "OBJECT"}),
        ("DELETE", "/b/k?acl", "MethodNotAllowed", {"Method": "DELETE", "ResourceType": "ACL"}),
        ("DELETE", "/b/k?retention=", "MethodNotAllowed", {"Method": "DELETE", "ResourceType": "RETENTION"}),
        ("DELETE", "/b?versioning", "MethodNotAllowed", {"Method": "DELETE", "ResourceType": "VERSIONING"}),
        ("PUT", "/b?location", "MethodNotAllowed", {"Method": "PUT", "ResourceType": "LOCATION"}),
        (
            "GET",
            "/b?policy&acl",
            "InvalidArgument",
            {"ArgumentName": "ResourceType", "ArgumentValue": "acl"},
        ),
        ("GET", "/b/k?versions", "InvalidRequest", {}),
        ("GET", "//k", "InvalidBucketName", {"BucketName": ""}),
    ],
)
def test_what_a_resource_does_not_have_is_refused_and_not_taken_for_something_else(
    models: Models, method: str, target: str, code: str, members: dict[str, str]
) -> None:
    fault = refusal(models, method, target)

    assert (fault.code, fault.members) == (code, members)


def test_a_preflight_may_ask_about_any_sub_resource(models: Models) -> None:
    assert route(models, head("OPTIONS", "/b/k?uploadId=u&partNumber=1")).operation.name == "PreflightRequest"
