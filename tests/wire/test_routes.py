"""Finding the operation: by target, rpc path, action, and path; by scope and by host; and what nobody answers to."""

import pytest
from tests.wire.small_model import head

from orrery.wire.catalog import Models
from orrery.wire.http import Head
from orrery.wire.routes import NEED_BODY, Route, Unroutable, candidates, identify, labels_of, scope_service

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
JSON = {"Content-Type": "application/x-amz-json-1.0"}


def route(models: Models, given: Head, body: bytes | None = None) -> tuple[str, str, str, dict[str, str]]:
    found = identify(models, given, body)
    assert isinstance(found, Route)
    return found.service, found.operation.name, found.protocol, dict(found.labels)


def refusal(models: Models, given: Head, body: bytes | None = None) -> Unroutable:
    with pytest.raises(Unroutable) as caught:
        identify(models, given, body)
    return caught.value


def test_a_target_names_service_and_operation(models: Models) -> None:
    given = head(fields={"X-Amz-Target": "AmazonSQS.SendMessage", **JSON})

    assert route(models, given) == ("sqs", "SendMessage", "json", {})


def test_services_that_share_a_target_prefix_are_told_apart_by_the_operation(models: Models) -> None:
    for name, service in (("WriteRecords", "timestream-write"), ("CancelQuery", "timestream-query")):
        assert route(models, head(fields={"X-Amz-Target": f"Timestream_20181101.{name}", **JSON}))[0] == service


@pytest.mark.parametrize("target", ["AmazonSQS.Nonsense", "Nonsense.SendMessage", "Nonsense", ""])
def test_an_unknown_target_is_an_unknown_operation(models: Models, target: str) -> None:
    refused = refusal(models, head(fields={"X-Amz-Target": target, **JSON}))

    assert (refused.code, refused.protocol) == ("UnknownOperationException", "json")


def test_an_rpc_path_names_service_and_operation(models: Models) -> None:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"

    assert route(models, head(target=path)) == ("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor", {})
    assert refusal(models, head(target=path + "X")).code == "UnknownOperationException"


def test_an_action_in_a_form_needs_the_body(models: Models) -> None:
    given = head(fields=FORM, scope="sts")

    assert identify(models, given) is NEED_BODY
    assert route(models, given, b"Action=GetCallerIdentity&Version=2011-06-15")[:3] == (
        "sts",
        "GetCallerIdentity",
        "query",
    )


def test_an_action_in_the_query_string_needs_none(models: Models) -> None:
    given = head("GET", "/?Action=DescribeRegions&Version=2016-11-15", scope="ec2")

    assert route(models, given)[:3] == ("ec2", "DescribeRegions", "ec2")


def test_sqs_is_served_in_its_query_form(models: Models) -> None:
    body = b"Action=SendMessage&Version=2012-11-05"

    assert route(models, head(fields=FORM, scope="sqs"), body)[:3] == ("sqs", "SendMessage", "query")


def test_the_version_tells_services_of_one_scope_apart(models: Models) -> None:
    for version, service in (("2012-06-01", "elb"), ("2015-12-01", "elbv2")):
        body = f"Action=DescribeLoadBalancers&Version={version}".encode()

        assert route(models, head(fields=FORM, scope="elasticloadbalancing"), body)[0] == service


def test_an_unsigned_form_is_found_by_its_version(models: Models) -> None:
    body = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"

    assert route(models, head(fields=FORM), body)[0] == "sts"


def test_an_unknown_action_is_refused_in_the_service_s_own_form(models: Models) -> None:
    query = refusal(models, head(fields=FORM, scope="sts"), b"Action=Nonsense&Version=2011-06-15")
    ec2 = refusal(models, head(fields=FORM, scope="ec2"), b"Action=Nonsense&Version=2016-11-15")

    assert (query.code, query.protocol) == ("InvalidAction", "query")
    assert query.message == "Could not find operation Nonsense for version 2011-06-15"
    assert (ec2.protocol, ec2.message) == ("ec2", "The action Nonsense is not valid for this web service.")


def test_rest_is_found_by_scope_and_path(models: Models) -> None:
    assert route(models, head("GET", "/2015-03-31/functions/f%3A1", scope="lambda")) == (
        "lambda",
        "GetFunction",
        "rest-json",
        {"FunctionName": "f:1"},
    )


def test_services_of_one_scope_are_told_apart_by_their_paths(models: Models) -> None:
    assert route(models, head("GET", "/restapis", scope="apigateway"))[0] == "apigateway"
    assert route(models, head("GET", "/v2/apis", scope="apigateway"))[0] == "apigatewayv2"
    assert route(models, head("GET", "/v20180820/jobs", scope="s3"))[:2] == ("s3control", "ListJobs")


def test_the_host_tells_services_of_one_scope_and_path_apart(models: Models) -> None:
    for prefix, service in (("meetings-chime", "chime-sdk-meetings"), ("messaging-chime", "chime-sdk-messaging")):
        given = head("GET", "/tags?arn=a", {"Host": f"{prefix}.us-east-1.amazonaws.com"}, "chime")

        assert route(models, given)[0] == service


@pytest.mark.parametrize(
    ("method", "target", "fields", "operation", "labels"),
    [
        ("GET", "/", {}, "ListBuckets", {}),
        ("PUT", "/b", {}, "CreateBucket", {"Bucket": "b"}),
        ("GET", "/b/", {}, "ListObjects", {"Bucket": "b"}),
        ("GET", "/b?list-type=2&prefix=x", {}, "ListObjectsV2", {"Bucket": "b"}),
        ("GET", "/b?versioning", {}, "GetBucketVersioning", {"Bucket": "b"}),
        ("GET", "/b/a/b%20c/", {}, "GetObject", {"Bucket": "b", "Key": "a/b c/"}),
        ("GET", "/b//k", {}, "GetObject", {"Bucket": "b", "Key": "/k"}),
        ("PUT", "/b/k", {}, "PutObject", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/k", {"x-amz-copy-source": "/c/d"}, "CopyObject", {"Bucket": "b", "Key": "k"}),
        ("PUT", "/b/k?partNumber=1&uploadId=u", {}, "UploadPart", {"Bucket": "b", "Key": "k"}),
        (
            "PUT",
            "/b/k?partNumber=1&uploadId=u",
            {"x-amz-copy-source": "/c/d"},
            "UploadPartCopy",
            {"Bucket": "b", "Key": "k"},
        ),
        ("POST", "/b/k?uploads", {}, "CreateMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("POST", "/b/k?uploadId=u", {}, "CompleteMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("DELETE", "/b/k?uploadId=u", {}, "AbortMultipartUpload", {"Bucket": "b", "Key": "k"}),
        ("POST", "/b?delete", {}, "DeleteObjects", {"Bucket": "b"}),
        ("POST", "/b", {"Content-Type": "multipart/form-data; boundary=x"}, "PostObject", {"Bucket": "b"}),
        ("POST", "/b/", {}, "PostObject", {"Bucket": "b"}),
        ("POST", "/", {"Host": "b.s3.localhost:4566"}, "PostObject", {"Bucket": "b"}),
        ("OPTIONS", "/b", {"Origin": "http://x"}, "PreflightRequest", {"Bucket": "b"}),
        ("OPTIONS", "/b/k/l", {"Origin": "http://x"}, "PreflightRequest", {"Bucket": "b", "Key": "k/l"}),
        ("GET", "/b?lifecycle", {}, "GetBucketLifecycleConfiguration", {"Bucket": "b"}),
        ("GET", "/b?analytics&id=1", {}, "GetBucketAnalyticsConfiguration", {"Bucket": "b"}),
        ("GET", "/b?analytics", {}, "ListBucketAnalyticsConfigurations", {"Bucket": "b"}),
        ("GET", "/k/l", {"Host": "b.s3.eu-west-1.amazonaws.com"}, "GetObject", {"Bucket": "b", "Key": "k/l"}),
        ("GET", "/", {"Host": "b.s3.localhost:4566"}, "ListObjects", {"Bucket": "b"}),
    ],
)
def test_s3_s_operations_are_told_apart(
    models: Models, method: str, target: str, fields: dict[str, str], operation: str, labels: dict[str, str]
) -> None:
    assert route(models, head(method, target, fields, "s3")) == ("s3", operation, "rest-xml", labels)


def test_what_names_no_service_is_s3_s(models: Models) -> None:
    assert route(models, head("GET", "/bucket/key"))[:2] == ("s3", "GetObject")


def test_s3_refuses_methods_it_does_not_have_and_paths_it_cannot_read(models: Models) -> None:
    assert refusal(models, head("PATCH", "/b/k", scope="s3")).code == "MethodNotAllowed"
    assert refusal(models, head("GET", "/b/%FF", scope="s3")).code == "InvalidURI"


def test_a_path_that_a_rest_service_does_not_have_is_an_unknown_operation(models: Models) -> None:
    refused = refusal(models, head("GET", "/nonsense", scope="lambda"))

    assert (refused.code, refused.protocol) == ("UnknownOperationException", "rest-json")


@pytest.mark.parametrize(
    ("given", "service"),
    [
        (head(scope="sqs"), "sqs"),
        (head(target="/?X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"), "s3"),
        (head(fields={"Authorization": "AWS AKID:signature"}), None),
        (head(fields={"Authorization": "AWS4-HMAC-SHA256 Credential=AKID"}), None),
        (head(), None),
    ],
)
def test_the_scope_names_the_service(given: Head, service: str | None) -> None:
    assert scope_service(given) == service


def test_old_endpoints_are_known(models: Models) -> None:
    assert candidates(models, head(fields={"Host": "us-west-2.queue.amazonaws.com"})) == ("sqs",)


def test_labels_are_read_by_an_operation_s_own_template(models: Models) -> None:
    operation = models("lambda").operation("GetFunction")

    assert labels_of(operation, head("GET", "/2015-03-31/functions/f")) == {"FunctionName": "f"}
    assert labels_of(operation, head("GET", "/other")) == {}
