"""Pages of other origins: what browsers ask beforehand, what rules a bucket has, what its answers tell."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import urllib3
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud

VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
LOCAL = "http://localhost:4200"
RULE = {"AllowedOrigins": [LOCAL], "AllowedMethods": ["GET", "PUT"], "MaxAgeSeconds": 3000, "AllowedHeaders": ["*"]}

Ask = Callable[..., Any]


class Answer:
    """An answer: status, what it tells of other origins, and the elements of an error by name."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status
        self.body: bytes = response.data
        self.headers = response.headers
        self.shared = {
            name.lower().removeprefix("access-control-"): value
            for name, value in response.headers.items()
            if name.lower().startswith("access-control-") or name.lower() == "vary"
        }
        error = self.status >= 400 and self.body
        self.members = {child.tag: child.text for child in ElementTree.fromstring(self.body)} if error else {}

    @property
    def error(self) -> tuple[int, str | None, str | None]:
        """Status, code and message."""
        return self.status, self.members["Code"], self.members["Message"]


@pytest.fixture
def ask(cloud: RunningCloud) -> Any:
    """A function that sends a request as a browser does: method, path or URL, origin, further fields."""
    with urllib3.PoolManager(retries=False) as http:

        def asked(method: str, path: str, origin: str | None = None, **fields: str) -> Answer:
            headers = {name.replace("_", "-"): value for name, value in fields.items()}
            if origin is not None:
                headers["Origin"] = origin
            url = path if path.startswith("http") else f"{cloud.url}{path}"
            return Answer(http.request(method, url, headers=headers))

        yield asked


def preflight(
    ask: Ask, origin: str | None, method: str | None = "GET", path: str = "/bucket/key", **fields: str
) -> Any:
    """What a browser asks before a request."""
    if method is not None:
        fields["access_control_request_method"] = method
    return ask("OPTIONS", path, origin, **fields)


def put(aws: Clients, *rules: Any) -> None:
    """Give the bucket rules."""
    aws.s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": list(rules)})


# --- questions ---


@pytest.mark.row("S3-063")
@pytest.mark.parametrize("path", ["/bucket", "/bucket/key", "/missing", "/missing/key"])
def test_a_question_without_an_origin_is_none(ask: Ask, bucket: str, path: str) -> None:
    answer = preflight(ask, None, path=path)

    assert answer.error == (400, "BadRequest", "Insufficient information. Origin request header needed.")


@pytest.mark.row("S3-063")
def test_a_bucket_that_is_not_there_is_told(ask: Ask, bucket: str) -> None:
    answer = preflight(ask, LOCAL, path="/missing-bucket")

    assert answer.error == (403, "AccessForbidden", "CORSResponse: Bucket not found")
    assert (answer.members["Method"], answer.members["ResourceType"]) == ("OPTIONS", "BUCKET")


@pytest.mark.row("S3-063")
@pytest.mark.parametrize(("path", "kind"), [("/bucket", "BUCKET"), ("/bucket/a/key", "OBJECT")])
def test_a_bucket_without_rules_shares_nothing(ask: Ask, bucket: str, path: str, kind: str) -> None:
    answer = preflight(ask, LOCAL, "PUT", path)

    assert answer.error == (403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
    assert (answer.members["Method"], answer.members["ResourceType"]) == ("PUT", kind)
    assert answer.shared == {}


@pytest.mark.parametrize(("method", "named"), [(None, "null"), ("PATCH", "PATCH"), ("get", "get")])
def test_a_question_must_name_a_method(aws: Clients, ask: Ask, bucket: str, method: str | None, named: str) -> None:
    put(aws, RULE)

    answer = preflight(ask, LOCAL, method)

    assert answer.error == (400, "BadRequest", f"Invalid Access-Control-Request-Method: {named}")


@pytest.mark.row("S3-063")
def test_an_origin_of_the_rules_is_named(aws: Clients, ask: Ask, bucket: str) -> None:
    put(aws, RULE)

    answer = preflight(ask, LOCAL, access_control_request_headers="Content-Type, x-amz-date")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.shared == {
        "allow-origin": LOCAL,
        "allow-methods": "GET, PUT",
        "allow-headers": "content-type, x-amz-date",
        "allow-credentials": "true",
        "max-age": "3000",
        "vary": VARY,
    }
    assert preflight(ask, LOCAL, path="/bucket").status == 200


@pytest.mark.row("S3-063")
@pytest.mark.parametrize(("path", "kind"), [("/bucket", "BUCKET"), ("/bucket/key", "OBJECT")])
@pytest.mark.parametrize(
    ("origin", "method", "fields"),
    [
        ("http://localhost:4201", "GET", ""),
        ("https://localhost:4200", "GET", ""),
        (LOCAL, "DELETE", ""),
        (LOCAL, "GET", "x-other"),
    ],
)
def test_what_no_rule_allows_is_forbidden(
    aws: Clients, ask: Ask, bucket: str, path: str, kind: str, origin: str, method: str, fields: str
) -> None:
    put(aws, {**RULE, "AllowedHeaders": ["x-amz-*"]})

    answer = preflight(ask, origin, method, path, access_control_request_headers=fields)

    assert answer.error == (403, "AccessForbidden", NOT_ALLOWED)
    assert (answer.members["Method"], answer.members["ResourceType"]) == (method, kind)


@pytest.mark.row("S3-063")
def test_where_everybody_may_ask_nobody_is_named(aws: Clients, ask: Ask, bucket: str) -> None:
    put(aws, {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["ETag", "x-amz-id-2"]})

    assert preflight(ask, "http://random.example").shared == {
        "allow-origin": "*",
        "allow-methods": "GET",
        "expose-headers": "ETag, x-amz-id-2",
        "vary": VARY,
    }


@pytest.mark.parametrize(
    ("pattern", "origin", "status"),
    [
        ("http://*.origin.com", "http://test.origin.com", 200),
        ("http://*.origin.com", "http://a.b.origin.com", 200),
        ("http://*.origin.com", "http://origin.com", 403),
        ("http://*.origin.com", "https://test.origin.com", 403),
        ("http://*.origin.com", "http://test.origin.com.evil.example", 403),
        ("http://test.*", "http://test.origin.com", 200),
        ("http://test.origin.com", "http://testxorigin.com", 403),
        ("null", "null", 200),
    ],
)
def test_one_star_in_an_origin_stands_for_anything(
    aws: Clients, ask: Ask, bucket: str, pattern: str, origin: str, status: int
) -> None:
    put(aws, {"AllowedOrigins": ["http://other.example", pattern], "AllowedMethods": ["GET"]})

    answer = preflight(ask, origin)

    assert answer.status == status
    assert answer.shared.get("allow-origin") == (origin if status == 200 else None)


def test_the_first_rule_that_fits_counts(aws: Clients, ask: Ask, bucket: str) -> None:
    put(aws, {**RULE, "AllowedMethods": ["PUT"]}, {**RULE, "MaxAgeSeconds": 1}, {**RULE, "MaxAgeSeconds": 2})

    assert preflight(ask, LOCAL, "GET").shared["max-age"] == "1"
    assert preflight(ask, LOCAL, "PUT").shared["max-age"] == "3000"


def test_names_of_fields_have_no_case_and_may_hold_a_star(aws: Clients, ask: Ask, bucket: str) -> None:
    put(aws, {**RULE, "AllowedHeaders": ["X-Amz-*", "content-type"]})

    assert preflight(ask, LOCAL, access_control_request_headers="x-amz-meta-a,Content-TYPE").status == 200


# --- answers ---


@pytest.mark.row("S3-063")
def test_every_answer_tells_a_page_that_may_read_it(aws: Clients, ask: Ask, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"test-cors")
    put(aws, RULE)
    link = aws.s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
    told = {
        "allow-origin": LOCAL,
        "allow-methods": "GET, PUT",
        "allow-credentials": "true",
        "max-age": "3000",
        "vary": VARY,
    }

    got, denied, missing = (
        ask("GET", link, LOCAL),
        ask("GET", "/bucket/key", LOCAL),
        ask("GET", aws.s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "none"}), LOCAL),
    )

    assert (got.status, got.body, got.shared) == (200, b"test-cors", told)
    assert (denied.status, denied.shared) == (403, told)
    assert (missing.status, missing.shared) == (404, told)


@pytest.mark.row("S3-063")
def test_other_answers_tell_nothing(aws: Clients, ask: Ask, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"test-cors")
    link = aws.s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
    without_rules = ask("GET", link, LOCAL)
    put(aws, RULE)

    answers = [without_rules, ask("GET", link), ask("GET", link, "http://localhost:1"), ask("HEAD", link, LOCAL)]

    assert [answer.shared for answer in answers] == [{}] * 4
    assert [answer.status for answer in answers] == [200, 200, 200, 403]


def test_a_page_that_the_rules_let_in_still_cannot_use_the_test_keys(aws: Clients, ask: Ask, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"secret")
    put(aws, {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]})
    link = aws.s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})

    answer = ask("GET", link, "http://evil.example")

    assert (answer.status, answer.shared["allow-origin"]) == (403, "*")


# --- rules ---


def test_rules_are_kept_replaced_and_forgotten(aws: Clients, bucket: str) -> None:
    full = {**RULE, "ID": "first", "ExposeHeaders": ["ETag"]}
    put(aws, RULE)
    put(aws, full, {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]})

    assert aws.s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [
        full,
        {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]},
    ]
    aws.s3.delete_bucket_cors(Bucket=bucket)
    with pytest.raises(ClientError) as gone:
        aws.s3.get_bucket_cors(Bucket=bucket)
    assert gone.value.response["Error"]["Code"] == "NoSuchCORSConfiguration"


def test_rules_go_with_their_bucket(aws: Clients, ask: Ask, bucket: str) -> None:
    put(aws, RULE)
    aws.s3.delete_bucket(Bucket=bucket)
    aws.s3.create_bucket(Bucket=bucket)

    assert preflight(ask, LOCAL).status == 403


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        (
            {"AllowedMethods": ["PATCH"]},
            "InvalidRequest",
            "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
        ),
        (
            {"AllowedOrigins": ["*example*.com"]},
            "InvalidRequest",
            'AllowedOrigin "*example*.com" can not have more than one wildcard.',
        ),
        (
            {"AllowedHeaders": ["*-*"]},
            "InvalidRequest",
            'AllowedHeader "*-*" can not have more than one wildcard.',
        ),
        (
            {"ExposeHeaders": ["*"]},
            "InvalidRequest",
            'ExposeHeader "*" contains wildcard. We currently do not support wildcard for ExposeHeader.',
        ),
        ({"ExposeHeaders": ["a b"]}, "InvalidRequest", 'ExposeHeader "a b" contains invalid character.'),
        ({"ID": "x" * 256}, "InvalidRequest", "ID length should not exceed allowed limit of 255"),
        ({"AllowedMethods": []}, "MalformedXML", None),
        ({"AllowedOrigins": []}, "MalformedXML", None),
    ],
)
def test_a_rule_that_s3_does_not_take_is_refused(
    aws: Clients, bucket: str, rule: Any, code: str, message: str | None
) -> None:
    with pytest.raises(ClientError) as refused:
        put(aws, RULE, {**RULE, **rule})

    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert message is None or error["Message"] == message
    with pytest.raises(ClientError):
        aws.s3.get_bucket_cors(Bucket=bucket)


@pytest.mark.parametrize(("count", "code"), [(100, None), (101, "InvalidRequest"), (0, "MalformedXML")])
def test_a_bucket_has_up_to_a_hundred_rules(aws: Clients, bucket: str, count: int, code: str | None) -> None:
    if code is None:
        put(aws, *[RULE] * count)
        assert len(aws.s3.get_bucket_cors(Bucket=bucket)["CORSRules"]) == count
        return
    with pytest.raises(ClientError) as refused:
        put(aws, *[RULE] * count)
    assert refused.value.response["Error"]["Code"] == code
