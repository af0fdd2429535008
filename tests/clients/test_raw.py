"""Raw sockets with malformed requests: AWS's clear error, nothing changed, and the same cloud serves on."""

import json
from urllib.parse import quote

import pytest
from tests.clients.raw import FORM, SEND, Jobs, code, exchange, presigned, raw, signed
from tests.running import RunningCloud

MINUTE = 60_000
EMPTY_BATCH = "AWS.SimpleQueueService.EmptyBatchRequest 400"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"QueueUrl": ', None),
        (b'{"QueueUrl": 5, "MessageBody', None),
        (b"\x00\xff\xfe", None),
        (b'{"MessageBody": "\xff\xfe"}', None),
        (b'{"MessageBody": "\\ud800"}', None),
        (b"[1, 2]", "Start of list found where not expected"),
        (b"5", "Expected structure or null"),
        (b"[" * 100_000, None),
        (b'{"QueueUrl":' + b'{"a":' * 5_000, None),
        (b"\x1f\x8bgarbage", "The request body is not valid gzip data."),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_broken_json_is_a_serialization_exception(jobs: Jobs, body: bytes, message: str | None) -> None:
    answer = jobs.json(body)

    assert code(answer) == "SerializationException 400"
    assert json.loads(answer.body).get("message") == message


@pytest.mark.parametrize("value", [5, True, ["x"], {"a": "b"}])
def test_a_member_of_the_wrong_type_is_a_serialization_exception(jobs: Jobs, value: object) -> None:
    answer = jobs.json(json.dumps({"QueueUrl": jobs.url, "MessageBody": value}).encode())

    assert code(answer) == "SerializationException 400"


def test_an_empty_body_misses_its_parameters(jobs: Jobs) -> None:
    assert code(jobs.json(b"")) == "MissingRequiredParameterException 400"
    assert code(jobs.json(b"{}")) == "MissingRequiredParameterException 400"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("AmazonSQS.Nope", "UnknownOperationException 400"),
        ("AmazonSQS.", "UnknownOperationException 400"),
        ("AmazonSQS.sendmessage", "UnknownOperationException 400"),
        ("Nope.SendMessage", "UnknownOperationException 404"),
        ("SendMessage", "UnknownOperationException 404"),
        ("", "UnknownOperationException 404"),
        (None, "UnknownOperationException 404"),
    ],
)
def test_a_target_that_nobody_offers_is_an_unknown_operation(jobs: Jobs, target: str | None, expected: str) -> None:
    assert code(jobs.json(fields={"X-Amz-Target": target})) == expected


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", FORM, "", None])
def test_a_target_with_another_content_type_is_an_unknown_operation(jobs: Jobs, content_type: str | None) -> None:
    answer = jobs.json(fields={"Content-Type": content_type})

    assert code(answer) == "UnknownOperationException 404"
    assert "application/x-amz-json-1.0" in json.loads(answer.body)["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_a_target_with_another_method_is_an_unknown_operation(jobs: Jobs, method: str) -> None:
    assert code(jobs.json(method=method)) == "UnknownOperationException 404"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"Action=Nope&Version=2012-11-05", "InvalidAction 400"),
        (b"Action=sendmessage&Version=2012-11-05", "InvalidAction 400"),
        (b"Version=2012-11-05", "UnknownOperationException 404"),
        (b"", "UnknownOperationException 404"),
        (b"\xff\xfe%%%zz=&&&=;=", "UnknownOperationException 404"),
        (b'{"QueueUrl": "x"}', "UnknownOperationException 404"),
        (b"Action=SendMessage", "MissingParameter 400"),
        (b"Action=SendMessage&MessageBody=x&DelaySeconds=soon&QueueUrl={url}", "MalformedInput 400"),
        (b"Action=SendMessage&MessageBody=%00&QueueUrl={url}", "InvalidMessageContents 400"),
        (b"Action=SendMessage&MessageBody=x&" + b"A." * 1000 + b"B=1&QueueUrl={url}", "MalformedQueryString 400"),
        (b"Action=SendMessage&" + b"a=1&" * 100_001, "MalformedQueryString 400"),
        (b"Action=SendMessageBatch&SendMessageBatchRequestEntry.999999999.Id=x&QueueUrl={url}", "MissingParameter 400"),
        (b"Action=SendMessageBatch&SendMessageBatchRequestEntry.x.Id=x&QueueUrl={url}", EMPTY_BATCH),
        (
            b"Action=SetQueueAttributes&Attribute.1.Name=%FF&Attribute.1.Value=x&QueueUrl={url}",
            "InvalidAttributeName 400",
        ),
        (b"Action=CreateQueue&QueueName=%FF%FE", "InvalidParameterValue 400"),
        (b"Action=GetQueueUrl&QueueName=%FF%FE", "AWS.SimpleQueueService.NonExistentQueue 400"),
    ],
    ids=lambda value: value[:40].decode("latin-1").strip() if isinstance(value, bytes) else "",
)
def test_garbage_in_a_form_has_its_error(jobs: Jobs, body: bytes, expected: str) -> None:
    assert code(jobs.query(body.replace(b"{url}", quote(jobs.url).encode()))) == expected


def test_what_is_no_utf8_in_a_form_is_stored_as_the_replacement_character(cloud: RunningCloud, jobs: Jobs) -> None:
    url = jobs.sqs.create_queue(QueueName="other")["QueueUrl"]
    form = b"Action=SendMessage&MessageBody=a%FFb\xfec&QueueUrl=" + quote(url).encode()

    answer = jobs.query(form)
    message = jobs.sqs.receive_message(QueueUrl=url)["Messages"][0]
    jobs.sqs.delete_queue(QueueUrl=url)

    assert answer.status == 200
    assert message["Body"] == "a\ufffdb\ufffdc"


@pytest.mark.row("SDK-005")
def test_the_unsigned_are_told_so_in_both_protocols(cloud: RunningCloud, jobs: Jobs) -> None:
    by_json = exchange(cloud, raw(cloud, SEND, jobs.body))
    by_query = exchange(cloud, raw(cloud, {"Content-Type": FORM}, b"Action=ListQueues&Version=2012-11-05"))

    assert code(by_json) == "MissingAuthenticationToken 403"
    assert by_json.headers["x-amzn-query-error"] == "MissingAuthenticationToken;Sender"
    assert code(by_query) == "MissingAuthenticationToken 403"


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("AWS4-HMAC-SHA256", "IncompleteSignature 400"),
        ("AWS4-HMAC-SHA256 Credential=test/{day}/us-east-1/sqs/aws4_request", "IncompleteSignature 400"),
        ("AWS4-HMAC-SHA256 Credential=test, SignedHeaders=host, Signature=0", "IncompleteSignature 400"),
        ("Bearer token", "IncompleteSignature 400"),
        ("Basic dGVzdDp0ZXN0", "IncompleteSignature 400"),
        ("AWS test:c2lnbmF0dXJl", "IncompleteSignature 400"),
        (b"\xff\xfe\x80", "IncompleteSignature 400"),
        ("", "IncompleteSignature 400"),
        ("{right}0", "SignatureDoesNotMatch 403"),
        ("{right:-4}0000", "SignatureDoesNotMatch 403"),
    ],
)
def test_half_a_signature_is_refused(
    cloud: RunningCloud, jobs: Jobs, authorization: str | bytes, expected: str
) -> None:
    fields: dict[str, str | bytes] = dict(signed(cloud, jobs.body, SEND))
    right = str(fields["Authorization"])
    if isinstance(authorization, str):
        day = str(fields["X-Amz-Date"])[:8]
        authorization = authorization.replace("{day}", day).replace("{right}", right).replace("{right:-4}", right[:-4])

    answer = exchange(cloud, raw(cloud, {**fields, "Authorization": authorization}, jobs.body))

    assert code(answer) == expected


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    "change",
    [
        {"X-Amz-Date": "19990101T000000Z"},
        {"X-Amz-Target": "AmazonSQS.PurgeQueue"},
        {"Content-Type": "application/x-amz-json-1.1"},
        {"Authorization": "/sns/"},
        {"Authorization": "/eu-west-1/"},
        {"Authorization": "=ghost/"},
    ],
    ids=lambda change: " ".join(next(iter(change.items()))),
)
def test_what_was_signed_cannot_be_changed(cloud: RunningCloud, jobs: Jobs, change: dict[str, str]) -> None:
    fields = signed(cloud, jobs.body, SEND)
    for name, value in change.items():
        if name == "Authorization":
            old = {"/sns/": "/sqs/", "/eu-west-1/": "/us-east-1/", "=ghost/": "=test/"}[value]
            value = fields[name].replace(old, value)
        fields[name] = value

    answer = exchange(cloud, raw(cloud, fields, jobs.body))

    assert code(answer) in ("SignatureDoesNotMatch 403", "InvalidClientTokenId 403")


@pytest.mark.row("SDK-005")
def test_a_body_that_was_not_signed_is_refused(cloud: RunningCloud, jobs: Jobs) -> None:
    fields = signed(cloud, jobs.body, SEND)

    other = exchange(cloud, raw(cloud, fields, jobs.body.replace(b"new", b"old")))
    none = exchange(cloud, raw(cloud, fields, b""))
    claimed = exchange(
        cloud, raw(cloud, {**fields, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}, jobs.body.replace(b"new", b"old"))
    )

    assert [code(answer) for answer in (other, none, claimed)] == ["SignatureDoesNotMatch 403"] * 3


@pytest.mark.row("CLK-003")
@pytest.mark.parametrize(
    ("minutes", "told"), [(-16, "Signature expired: "), (16, "Signature not yet current: ")], ids=["late", "early"]
)
def test_forged_dates_are_refused_in_both_protocols(cloud: RunningCloud, jobs: Jobs, minutes: int, told: str) -> None:
    at = cloud.cloud.clock.host_now() + minutes * MINUTE
    form = b"Action=ListQueues&Version=2012-11-05"

    by_json = exchange(cloud, raw(cloud, signed(cloud, jobs.body, SEND, at=at), jobs.body))
    by_query = exchange(cloud, raw(cloud, signed(cloud, form, {"Content-Type": FORM}, at=at), form))

    assert [code(by_json), code(by_query)] == ["SignatureDoesNotMatch 403"] * 2
    assert told.encode() in by_json.body
    assert told.encode() in by_query.body


@pytest.mark.parametrize(
    "change",
    [{"X-Amz-Date": "yesterday"}, {"X-Amz-Date": "20260230T000000Z"}, {"X-Amz-Date": ""}, {"X-Amz-Date": None}],
)
def test_a_date_that_is_none_is_an_incomplete_signature(
    cloud: RunningCloud, jobs: Jobs, change: dict[str, str | None]
) -> None:
    fields = {**signed(cloud, jobs.body, SEND), **change}

    answer = exchange(
        cloud, raw(cloud, {name: value for name, value in fields.items() if value is not None}, jobs.body)
    )

    assert code(answer) == "IncompleteSignature 400"


def test_a_presigned_get_of_a_query_action_is_served_and_a_changed_or_old_one_is_not(
    cloud: RunningCloud, jobs: Jobs
) -> None:
    url = presigned(cloud, "/?Action=GetQueueUrl&QueueName=jobs&Version=2012-11-05")
    sends = presigned(cloud, "/000000000000/jobs?Action=GetQueueAttributes&AttributeName.1=QueueArn")

    right = exchange(cloud, raw(cloud, {}, method="GET", target=url))
    by_path = exchange(cloud, raw(cloud, {}, method="GET", target=sends))
    changed = exchange(cloud, raw(cloud, {}, method="GET", target=url.replace("=jobs", "=jobz")))
    purging = exchange(cloud, raw(cloud, {}, method="GET", target=url.replace("GetQueueUrl", "DeleteQueue")))
    cloud.clock.advance(3602)
    old = exchange(cloud, raw(cloud, {}, method="GET", target=url))

    assert (right.status, jobs.url.encode() in right.body) == (200, True)
    assert (by_path.status, b"arn:aws:sqs:us-east-1:000000000000:jobs" in by_path.body) == (200, True)
    assert [code(answer) for answer in (changed, purging, old)] == ["SignatureDoesNotMatch 403"] * 3
