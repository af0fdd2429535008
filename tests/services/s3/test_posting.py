"""Browsers' uploads: forms with signed policies, as boto3 makes them and as browsers send them."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
import urllib3
from botocore.config import Config
from tests.clients.raw import Wire
from tests.conftest import Clients
from tests.running import RunningCloud

Fields = Mapping[str, str]


class Answer:
    """An answer to a form: status, headers, the body's text, and its XML elements by name."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status
        self.headers = response.headers
        self.text: str = response.data.decode()
        self.root = ElementTree.fromstring(self.text).tag.rpartition("}")[2] if self.text else ""
        found = ElementTree.fromstring(self.text) if self.text else ()
        self.members = {element.tag.rpartition("}")[2]: element.text for element in found}


@pytest.fixture
def http() -> Any:
    """A plain HTTP client that follows nothing."""
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


@pytest.fixture
def send(http: Any) -> Callable[..., Answer]:
    """A function that posts a form: fields, then the file as (name, content), or as content alone for no name."""

    def posted(url: str, fields: Fields, file: Any = ("file.txt", b"content"), **headers: str) -> Answer:
        parts: list[Any] = list(fields.items())
        if file is not None:
            parts.append(("file", file))
        body, kind = urllib3.encode_multipart_formdata(parts)
        given = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return Answer(http.request("POST", url, body=body, headers=given, redirect=False))

    return posted


@pytest.fixture
def bucket(aws: Clients) -> str:
    """A bucket."""
    aws.s3.create_bucket(Bucket="bucket")
    return "bucket"


def signing(aws: Clients, version: str, **options: Any) -> Any:
    """A client that signs forms in a version."""
    config = Config(signature_version=version, s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    return aws.client("s3", config=config, **options)


def form(client: Any, key: str = "key", fields: Fields | None = None, conditions: Any = None, **more: Any) -> Any:
    """A form that boto3 signed: `url` and `fields`; every field is allowed by its own condition."""
    allowed = [{name: value} for name, value in (fields or {}).items()] if conditions is None else conditions
    return client.generate_presigned_post("bucket", key, Fields=dict(fields or {}), Conditions=allowed, **more)


VERSIONS = pytest.mark.parametrize("version", ["s3", "s3v4"])


@pytest.mark.row("S3-056")
@VERSIONS
def test_a_form_writes_an_object(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version))

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["ETag"] == '"9a0364b9e99bb480dd25e1f0284c8555"'
    assert answer.headers["Location"] == f"{made['url']}/key"
    got = aws.s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ContentType"], got["ServerSideEncryption"]) == (
        b"content",
        "binary/octet-stream",
        "AES256",
    )
    assert (got["ChecksumType"], len(got["ChecksumCRC64NVME"])) == ("FULL_OBJECT", 12)


def test_a_stock_client_signs_forms_in_version_2_in_us_east_1(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    assert "AWSAccessKeyId" in made["fields"]
    assert send(made["url"], made["fields"]).status == 204


def test_the_checksum_of_a_form_is_crc64nvme(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    send(made["url"], made["fields"], ("f", b"abcdef"))

    head = aws.s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head["ChecksumCRC64NVME"], head["ETag"]) == ("Pact6XRTYyA=", '"e80b5017098950fc58aad83c8c14978e"')


def test_a_forms_fields_describe_the_object(aws: Clients, bucket: str, send: Any) -> None:
    fields = {
        "Content-Type": "text/plain",
        "Cache-Control": "no-cache",
        "Content-Disposition": "attachment",
        "Expires": "Wed, 21 Oct 2026 07:28:00 GMT",
        "x-amz-meta-Colour": "grün",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-website-redirect-location": "/elsewhere",
        "tagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>",
    }
    made = form(signing(aws, "s3v4"), fields=fields)

    assert send(made["url"], made["fields"]).status == 204

    head = aws.s3.head_object(Bucket=bucket, Key="key")
    assert (head["ContentType"], head["CacheControl"], head["ContentDisposition"]) == (
        "text/plain",
        "no-cache",
        "attachment",
    )
    assert head["ExpiresString"] == fields["Expires"]
    assert head["StorageClass"] == "STANDARD_IA"
    assert head["WebsiteRedirectLocation"] == "/elsewhere"
    assert "colour" in head["Metadata"]
    assert head["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"] == "1"


def test_the_files_own_type_is_not_the_objects(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    send(made["url"], made["fields"], ("page.html", b"<p>", "text/html"))

    assert aws.s3.head_object(Bucket=bucket, Key="key")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("name", "key"),
    [("a.txt", "up/a.txt"), ("C:\\dir\\b.txt", "up/b.txt"), ("/tmp/c d.txt", "up/c d.txt"), ("", "up/")],
)
def test_the_files_name_stands_in_for_its_variable(aws: Clients, bucket: str, send: Any, name: str, key: str) -> None:
    made = form(aws.s3, "up/${filename}", {"x-amz-meta-name": "${filename}"}, [["starts-with", "$x-amz-meta-name", ""]])

    assert send(made["url"], made["fields"], (name, b"content")).status == 204

    assert aws.s3.get_object(Bucket=bucket, Key=key)["Metadata"] == {"name": key[3:]}


def test_a_file_that_is_a_plain_field_has_no_name(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3, "file-as-field-${filename}")

    assert send(made["url"], made["fields"], "content").status == 204

    assert aws.s3.get_object(Bucket=bucket, Key="file-as-field-${filename}")["Body"].read() == b"content"


# --- answers ---


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("418", 204), ("", 204)])
def test_a_form_chooses_the_status_of_its_answer(aws: Clients, bucket: str, send: Any, asked: str, status: int) -> None:
    made = form(aws.s3, fields={"success_action_status": asked})

    assert send(made["url"], made["fields"]).status == status


def test_status_201_tells_where_the_object_is(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3, "dir/a b.txt", {"success_action_status": "201"})

    answer = send(made["url"], made["fields"])

    assert answer.root == "PostResponse"
    assert answer.members == {
        "Location": f"{made['url']}/dir%2Fa%20b.txt",
        "Bucket": bucket,
        "Key": "dir/a b.txt",
        "ETag": '"9a0364b9e99bb480dd25e1f0284c8555"',
    }
    assert answer.headers["Location"] == answer.members["Location"]


@pytest.mark.parametrize("field", ["success_action_redirect", "redirect"])
@pytest.mark.parametrize("query", ["", "?page=1"])
def test_a_form_can_send_its_browser_elsewhere(aws: Clients, bucket: str, send: Any, field: str, query: str) -> None:
    target = f"http://localhost.test/done{query}"
    made = form(aws.s3, "a/b", {field: target, "success_action_status": "201"})

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.text) == (303, "")
    place = urlsplit(answer.headers["Location"])
    told = parse_qs(place.query)
    assert place._replace(query="").geturl() == "http://localhost.test/done"
    assert (told["bucket"], told["key"], told["etag"]) == ([bucket], ["a/b"], ['"9a0364b9e99bb480dd25e1f0284c8555"'])
    assert ("page" in told) == bool(query)


@pytest.mark.parametrize("target", ["nowhere", "javascript:alert(1)", "http://", "http://[", "http://a b/", "//a"])
def test_an_address_that_is_none_is_as_if_it_were_not_there(aws: Clients, bucket: str, send: Any, target: str) -> None:
    made = form(aws.s3, fields={"success_action_redirect": target})

    assert send(made["url"], made["fields"]).status == 204


# --- policies ---


@pytest.mark.row("S3-056")
@VERSIONS
def test_a_file_must_be_as_large_as_the_policy_says(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version), conditions=[["content-length-range", 5, 10]])

    large = send(made["url"], made["fields"], ("f", b"a" * 12))
    small = send(made["url"], made["fields"], ("f", b"a"))
    fit = send(made["url"], made["fields"], ("f", b"a" * 10))

    assert (large.status, large.members["Code"], large.members["Message"]) == (
        400,
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
    )
    assert (large.members["ProposedSize"], large.members["MaxSizeAllowed"]) == ("12", "10")
    assert (small.status, small.members["Code"], small.members["Message"]) == (
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
    )
    assert (small.members["ProposedSize"], small.members["MinSizeAllowed"]) == ("1", "5")
    assert fit.status == 204
    assert aws.s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == 10


def test_a_file_that_is_refused_leaves_what_was_there(aws: Clients, bucket: str, send: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"before")
    made = form(aws.s3, conditions=[["content-length-range", 0, 100]])

    assert send(made["url"], made["fields"], ("f", b"a" * 300_000)).status == 400

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"before"


@pytest.mark.row("S3-056")
@pytest.mark.parametrize(
    ("condition", "failed"),
    [
        (["eq", "$success_action_redirect", "http://a/b"], '["eq", "$success_action_redirect", "http://a/b"]'),
        (["eq", "success_action_redirect", "http://a/"], '["eq", "success_action_redirect", "http://a/"]'),
        (["eq", "$success_action_redirect", "HTTP://a/"], '["eq", "$success_action_redirect", "HTTP://a/"]'),
        (["starts-with", "$success_action_redirect", "https"], '["starts-with", "$success_action_redirect", "https"]'),
        (["content-length-range", "test", "10"], '["content-length-range", "test", "10"]'),
    ],
)
@VERSIONS
def test_a_condition_that_fails_is_told(
    aws: Clients, bucket: str, send: Any, version: str, condition: Any, failed: str
) -> None:
    fields = {"success_action_redirect": "http://a/"}
    made = form(signing(aws, version), fields=fields, conditions=[*({k: v} for k, v in fields.items()), condition])

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"]) == (403, "AccessDenied")
    assert answer.members["Message"] == f"Invalid according to Policy: Policy Condition failed: {failed}"


@pytest.mark.row("S3-056")
def test_a_form_reaches_only_the_keys_and_bucket_it_was_signed_for(aws: Clients, bucket: str, send: Any) -> None:
    aws.s3.create_bucket(Bucket="other")
    made = form(signing(aws, "s3v4"), "user/${filename}")

    other_key = send(made["url"], {**made["fields"], "key": "root"})
    other_bucket = send(made["url"].replace("/bucket", "/other"), made["fields"])
    pretended = send(made["url"].replace("/bucket", "/other"), {**made["fields"], "bucket": "bucket"})

    assert other_key.members["Message"] == (
        'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/"]'
    )
    assert other_bucket.members["Message"] == (
        'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "bucket"]'
    )
    assert pretended.status == 403
    assert "Contents" not in aws.s3.list_objects_v2(Bucket="other")


def test_a_field_without_a_condition_is_refused(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    answer = send(made["url"], {**made["fields"], "Content-Type": "text/html", "x-ignore-this": "1"})

    assert answer.members["Message"] == "Invalid according to Policy: Extra input fields: content-type"


@VERSIONS
def test_a_policy_that_is_no_policy_is_refused(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version), conditions=[{"acl": "private", "key": "key"}])

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (
        400,
        "InvalidPolicyDocument",
        "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
    )


@VERSIONS
def test_a_policy_that_was_changed_does_not_match(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version))

    answer = send(made["url"], {**made["fields"], "policy": "invalid"})

    assert (answer.status, answer.members["Code"]) == (403, "SignatureDoesNotMatch")
    assert answer.members["StringToSign"] == "invalid"
    assert {"AWSAccessKeyId", "SignatureProvided", "StringToSignBytes"} <= answer.members.keys()
    assert "CanonicalRequest" not in answer.members


@pytest.mark.row("S3-056")
@VERSIONS
def test_a_form_lives_until_its_policy_expires(aws: Clients, bucket: str, clock: Any, send: Any, version: str) -> None:
    made = form(signing(aws, version), ExpiresIn=600)

    first = send(made["url"], made["fields"])
    clock.advance(599)
    last = send(made["url"], made["fields"])
    clock.advance(2)
    dead = send(made["url"], made["fields"])

    assert (first.status, last.status) == (204, 204)
    assert (dead.status, dead.members["Message"]) == (403, "Invalid according to Policy: Policy expired.")


# --- who signs ---


@pytest.mark.row("S3-056")
@pytest.mark.parametrize(("version", "missing"), [("s3", "AWSAccessKeyId"), ("s3v4", "X-Amz-Algorithm")])
def test_a_form_that_lacks_a_signing_field_is_told_which(
    aws: Clients, bucket: str, send: Any, version: str, missing: str
) -> None:
    made = form(signing(aws, version))
    fields = {name: value for name, value in made["fields"].items() if name.lower() != missing.lower()}

    answer = send(made["url"], fields)

    assert (answer.status, answer.members["Code"]) == (400, "InvalidArgument")
    assert answer.members["Message"] == (
        f"Bucket POST must contain a field named '{missing}'.  If it is specified, please check the order of the "
        "fields."
    )
    assert (answer.members["ArgumentName"], answer.members["ArgumentValue"]) == (missing, None)


@pytest.mark.parametrize("kept", [{"key"}, {"key", "policy"}])
@VERSIONS
def test_a_form_that_nobody_signed_is_refused(
    aws: Clients, bucket: str, send: Any, version: str, kept: set[str]
) -> None:
    made = form(signing(aws, version))

    answer = send(made["url"], {name: value for name, value in made["fields"].items() if name in kept})

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (403, "AccessDenied", "Access Denied")


def test_a_signature_without_a_policy_is_told(aws: Clients, bucket: str, send: Any) -> None:
    made = form(signing(aws, "s3v4"))
    fields = {name: value for name, value in made["fields"].items() if name != "policy"}

    assert send(made["url"], fields).members["ArgumentName"] == "policy"


def test_a_stranger_cannot_post_into_the_bucket(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.at(account="111122223333").s3)

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"]) == (403, "AccessDenied")


@pytest.mark.row("S3-125")
def test_a_new_region_takes_no_forms_of_version_2(aws: Clients, send: Any) -> None:
    place = aws.at(region="eu-central-1")
    place.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    old, new = (form(signing(place, version)) for version in ("s3", "s3v4"))

    answer = send(old["url"], old["fields"])

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (
        400,
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    )
    assert send(new["url"], new["fields"]).status == 204


def test_a_page_of_another_origin_cannot_post_with_test_keys(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    assert send(made["url"], made["fields"], origin="http://evil.example").status == 403
    assert send(made["url"], made["fields"], origin="http://localhost:3000").status == 204


# --- forms that are none ---


def test_a_bucket_must_be_there(aws: Clients, bucket: str, send: Any) -> None:
    client = signing(aws, "s3v4")
    made = client.generate_presigned_post("missing-bucket", "key")

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"]) == (404, "NoSuchBucket")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_is_of_its_own_type(aws: Clients, bucket: str, http: Any, kind: str) -> None:
    made = form(aws.s3)
    body = "&".join(f"{name}={value}" for name, value in made["fields"].items())

    answer = Answer(http.request("POST", made["url"], body=body, headers={"Content-Type": kind}))

    assert (answer.status, answer.members["Code"]) == (412, "PreconditionFailed")
    assert answer.members["Condition"] == "Bucket POST must be of the enclosure-type multipart/form-data"


@pytest.mark.parametrize(
    ("fields", "argument"),
    [({"acl": "private"}, "key"), ({"key": ""}, "key"), ({"key": "a\rb", "Expires": "a\nb"}, "expires")],
)
def test_a_form_needs_a_key_and_values_of_one_line(
    aws: Clients, bucket: str, send: Any, fields: Fields, argument: str
) -> None:
    made = form(signing(aws, "s3v4"), "${filename}", conditions=[["starts-with", "$Expires", ""]])
    signed = {name: value for name, value in made["fields"].items() if name != "key"}

    answer = send(made["url"], {**signed, **fields})

    assert (answer.status, answer.members["Code"], answer.members["ArgumentName"]) == (400, "InvalidArgument", argument)


def test_a_form_needs_one_file(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    answer = send(made["url"], made["fields"], None)

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (
        400,
        "InvalidArgument",
        "POST requires exactly one file upload per request.",
    )
    assert (answer.members["ArgumentName"], answer.members["ArgumentValue"]) == ("file", "0")


def test_a_forms_fields_are_bounded(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    answer = send(made["url"], {**made["fields"], "x-ignore-much": "x" * 20_480})

    assert (answer.status, answer.members["Code"]) == (400, "MaxPostPreDataLengthExceeded")
    assert answer.members["MaxPostPreDataLengthBytes"] == "20480"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("x-amz-checksum-sha256", "", "InvalidRequest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==", "BadDigest"),
        ("Content-MD5", "nonsense", "InvalidDigest"),
        ("acl", "public-read", "AccessControlListNotSupported"),
        ("x-amz-storage-class", "NONE", "InvalidStorageClass"),
        ("tagging", "<Tagging>", "MalformedXML"),
        ("x-amz-server-side-encryption", "aws:kms", "NotImplemented"),
    ],
)
def test_fields_are_judged_like_the_headers_of_a_put(
    aws: Clients, bucket: str, send: Any, field: str, value: str, code: str
) -> None:
    made = form(aws.s3, fields={field: value})

    assert send(made["url"], made["fields"]).members["Code"] == code
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)


def test_a_checksum_that_is_right_is_kept(aws: Clients, bucket: str, send: Any) -> None:
    value = "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M="
    fields = {"x-amz-checksum-sha256": value, "x-amz-checksum-algorithm": "SHA256"}
    made = form(aws.s3, fields=fields)

    assert send(made["url"], made["fields"]).status == 204

    assert aws.s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["ChecksumSHA256"] == value


# --- bodies that are long or broken off ---


def test_a_long_file_comes_through_whole(aws: Clients, bucket: str, send: Any) -> None:
    content = bytes(range(256)) * 20_000
    made = form(aws.s3)

    assert send(made["url"], made["fields"], ("f", content)).status == 204

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == content


def test_a_form_that_does_not_end_writes_nothing(aws: Clients, bucket: str, http: Any) -> None:
    made = form(aws.s3)
    body, kind = urllib3.encode_multipart_formdata([*made["fields"].items(), ("file", ("f", b"content"))])

    answer = Answer(http.request("POST", made["url"], body=body[:-6], headers={"Content-Type": kind}))

    assert (answer.status, answer.members["Code"]) == (400, "MalformedPOSTRequest")
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)


def raw(cloud: RunningCloud, made: Any, content: bytes, *more: str) -> tuple[bytes, bytes]:
    """The head of a request with a form, and the form."""
    body, kind = urllib3.encode_multipart_formdata([*made["fields"].items(), ("file", ("f", content))])
    path = urlsplit(made["url"]).path
    lines = (f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{cloud.port}", f"Content-Type: {kind}", *more)
    return ("\r\n".join(lines).format(length=len(body)) + "\r\n\r\n").encode(), body


def test_a_form_may_come_in_chunks_as_small_as_bytes(aws: Clients, cloud: RunningCloud, bucket: str) -> None:
    head, body = raw(cloud, form(aws.s3), b"content", "Transfer-Encoding: chunked")
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)

    with Wire(cloud) as wire:
        wire.send(head + chunks + b"0\r\n\r\n")
        answer = wire.answer()

    assert answer is not None
    assert answer.status == 204
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"


def test_a_client_that_waits_is_asked_for_its_form(aws: Clients, cloud: RunningCloud, bucket: str) -> None:
    head, body = raw(cloud, form(aws.s3), b"content", "Expect: 100-continue", "Content-Length: {length}")

    with Wire(cloud) as wire:
        wire.send(head)
        told = wire.answer()
        wire.send(body)
        answer = wire.answer()

    assert told is not None and answer is not None
    assert (told.status, answer.status) == (100, 204)


@pytest.mark.parametrize("place", [0.02, 0.5, 0.999])
def test_a_client_that_hangs_up_in_its_form_leaves_nothing(
    aws: Clients, cloud: RunningCloud, bucket: str, place: float
) -> None:
    head, body = raw(cloud, form(aws.s3), b"x" * 1_000_000, "Content-Length: {length}")

    with Wire(cloud) as wire:
        wire.send(head + body[: int(len(body) * place)])
        wire.hang_up()
        wire.over()

    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
    assert cloud.problems == []


def test_a_form_that_is_refused_early_is_answered_however_much_is_to_come(
    aws: Clients, cloud: RunningCloud, bucket: str
) -> None:
    made = form(aws.s3)
    made["fields"]["policy"] = "invalid"
    head, body = raw(cloud, made, b"x" * 1000, "Content-Length: 1073741824")

    with Wire(cloud) as wire:
        wire.send(head + body)
        answer = wire.answer()

    assert answer is not None
    assert (answer.status, b"SignatureDoesNotMatch" in answer.body) == (403, True)


# --- without signatures ---


def test_under_open_any_key_signs_but_the_policy_holds(harness: Any, send: Any) -> None:
    running = harness.start(auth="open")
    try:
        aws = Clients(running)
        aws.s3.create_bucket(Bucket="bucket")
        stranger = aws.client("s3", aws_access_key_id="AKIANOBODY", aws_secret_access_key="unknown")
        made = form(stranger, conditions=[["content-length-range", 0, 10]])

        assert send(made["url"], made["fields"]).status == 204
        assert send(made["url"], made["fields"], ("f", b"x" * 11)).members["Code"] == "EntityTooLarge"
        assert send(made["url"], {"key": "plain"}).status == 204
        assert [one["Key"] for one in aws.s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["key", "plain"]
    finally:
        running.stop()


@pytest.mark.parametrize("name", ["x-amz-meta-a\n evil", "x-amz-meta-a:b", "x-amz-meta-a b", "x-amz-meta-ü"])
def test_a_field_whose_name_no_header_can_have_is_refused(harness: Any, http: Any, name: str) -> None:
    cloud = harness.start(auth="open")
    try:
        s3 = Clients(cloud).s3
        s3.create_bucket(Bucket="bucket")
        fields: list[Any] = [("key", "key"), ("AWSAccessKeyId", "test"), ("NAME", "value"), ("file", ("f", b"content"))]
        body, kind = urllib3.encode_multipart_formdata(fields)
        body = body.replace(b"NAME", name.encode())

        answer = Answer(http.request("POST", f"{cloud.url}/bucket", body=body, headers={"Content-Type": kind}))

        assert (answer.status, answer.members["Code"]) == (400, "InvalidArgument")
        assert "Contents" not in s3.list_objects_v2(Bucket="bucket")
    finally:
        cloud.stop()
