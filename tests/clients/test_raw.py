"""Raw sockets with malformed requests: AWS's clear error, nothing changed, and the same cloud serves on."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.clients.raw import FORM, JSON, Answer, Wire, exchange, presigned, raw, signed
from tests.conftest import Clients
from tests.running import RunningCloud

SEND = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": JSON}
MINUTE = 60_000


class Jobs:
    """A queue with one message, which has to be all there is at the end."""

    def __init__(self, cloud: RunningCloud, aws: Clients) -> None:
        self.cloud = cloud
        self.sqs = aws.sqs
        self.url: str = self.sqs.create_queue(QueueName="jobs")["QueueUrl"]
        self.sqs.send_message(QueueUrl=self.url, MessageBody="kept")
        self.body = json.dumps({"QueueUrl": self.url, "MessageBody": "new"}).encode()
        self.before = self.state()

    def state(self) -> Any:
        """What the cloud shows of itself; the client that asks is a stock one."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return attributes, self.sqs.list_queues()["QueueUrls"], self.sqs.list_queue_tags(QueueUrl=self.url).get("Tags")

    def json(self, body: bytes | None = None, **changes: Any) -> Answer:
        """Ask by JSON, rightly signed: `fields` replace header fields (None: leave out), the rest is `signed`'s."""
        body = self.body if body is None else body
        fields = {**SEND, **changes.pop("fields", {})}
        fields = {name: value for name, value in fields.items() if value is not None}
        where = {name: changes[name] for name in ("method", "target") if name in changes}
        return exchange(self.cloud, raw(self.cloud, signed(self.cloud, body, fields, **changes), body, **where))

    def query(self, body: bytes) -> Answer:
        """Ask by Query, rightly signed."""
        return exchange(self.cloud, raw(self.cloud, signed(self.cloud, body, {"Content-Type": FORM}), body))


@pytest.fixture
def jobs(cloud: RunningCloud, aws: Clients) -> Iterator[Jobs]:
    """A queue that is held against what it was after each test."""
    queue = Jobs(cloud, aws)
    yield queue
    assert queue.state() == queue.before


def code(answer: Answer) -> str:
    """An error's code and status, from JSON or XML; its answer has a request id."""
    assert answer.headers["x-amzn-requestid"]
    if answer.headers["content-type"] == "text/xml":
        found = re.search(rb"<Code>([^<]*)</Code>", answer.body)
        assert found is not None
        return f"{found[1].decode()} {answer.status}"
    return f"{json.loads(answer.body)['__type'].rpartition('#')[2]} {answer.status}"


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
        (b"[" * 100_000, "The request is nested too deeply."),
        (b'{"QueueUrl":' + b'{"a":' * 5_000, "The request is nested too deeply."),
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
        (b"Action=SendMessage&MessageBody=%FF%FE&QueueUrl={url}", "InvalidMessageContents 400"),
        (b"Action=SendMessage&MessageBody=\xff\xfe&QueueUrl={url}", "InvalidMessageContents 400"),
        (b"Action=SendMessage&MessageBody=%00&QueueUrl={url}", "InvalidMessageContents 400"),
        (b"Action=SendMessage&MessageBody=x&" + b"A." * 1000 + b"B=1&QueueUrl={url}", "MalformedQueryString 400"),
        (b"Action=SendMessage&" + b"a=1&" * 100_001, "MalformedQueryString 400"),
        (b"Action=SendMessageBatch&SendMessageBatchRequestEntry.999999999.Id=x&QueueUrl={url}", "MissingParameter 400"),
        (b"Action=SendMessageBatch&SendMessageBatchRequestEntry.x.Id=x&QueueUrl={url}", "MalformedInput 400"),
        (
            b"Action=SetQueueAttributes&Attribute.1.Name=%FF&Attribute.1.Value=x&QueueUrl={url}",
            "InvalidAttributeName 400",
        ),
        (b"Action=CreateQueue&QueueName=%FF%FE", "InvalidParameterValue 400"),
        (b"Action=GetQueueUrl&QueueName=%FF%FE", "AWS.SimpleQueueService.NonExistentQueue 400"),
        (b"Action=TagQueue&Tag.1.Key=%FF&Tag.1.Value=%FE&QueueUrl={url}", "InvalidParameterValue 400"),
    ],
    ids=lambda value: value[:40].decode("latin-1").strip() if isinstance(value, bytes) else "",
)
def test_garbage_in_a_form_has_its_error(jobs: Jobs, body: bytes, expected: str) -> None:
    assert code(jobs.query(body.replace(b"{url}", quote(jobs.url).encode()))) == expected


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


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x00\x01\x02\x03\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 505),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\x05hello", 400),
        (b"POST / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX-Other: a\x01b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX-Big: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X-Many: x\r\n" * 300 + b"\r\n", 431),
        (b"POST /?" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000000\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n"
            b"Content-Type: application/x-amz-json-1.0\r\n\r\n",
            413,
        ),
    ],
    ids=lambda value: repr(value[:50]) if isinstance(value, bytes) else "",
)
def test_what_is_no_http_is_refused_and_the_connection_closed(
    cloud: RunningCloud, jobs: Jobs, request_bytes: bytes, status: int
) -> None:
    with Wire(cloud) as wire:
        wire.send(request_bytes)
        answer = wire.answer()

        assert answer is not None
        assert answer.status == status
        assert wire.over()


def test_a_body_that_is_cut_off_is_never_served(cloud: RunningCloud, jobs: Jobs) -> None:
    fields = signed(cloud, jobs.body, SEND)
    with Wire(cloud) as wire:
        wire.send(raw(cloud, {**fields, "Content-Length": str(len(jobs.body) + 1)}, jobs.body))
        wire.hang_up()

        assert wire.answer() is None


def test_header_fields_that_are_no_utf8_are_no_matter(cloud: RunningCloud, jobs: Jobs) -> None:
    body = json.dumps({"QueueName": "jobs"}).encode()
    fields = signed(cloud, body, {**SEND, "X-Amz-Target": "AmazonSQS.GetQueueUrl"})

    answer = exchange(cloud, raw(cloud, {**fields, "X-Other": b"\xff\xfe\x80", "User-Agent": b"\xe9"}, body))

    assert answer.status == 200


def test_old_http_is_served_and_the_connection_closed(cloud: RunningCloud, jobs: Jobs) -> None:
    body = json.dumps({"QueueName": "jobs"}).encode()
    fields = signed(cloud, body, {**SEND, "X-Amz-Target": "AmazonSQS.GetQueueUrl"})
    with Wire(cloud) as wire:
        wire.send(raw(cloud, fields, body, version="1.0"))
        answer = wire.answer()

        assert answer is not None
        assert json.loads(answer.body) == {"QueueUrl": jobs.url}
        assert wire.over()


def test_pipelined_requests_of_both_protocols_are_answered_in_order_the_bad_ones_among_them(
    cloud: RunningCloud, jobs: Jobs
) -> None:
    body = json.dumps({"QueueName": "jobs"}).encode()
    asks = {**SEND, "X-Amz-Target": "AmazonSQS.GetQueueUrl"}
    form = b"Action=ListQueues&Version=2012-11-05"
    who = b"Action=GetCallerIdentity&Version=2011-06-15"
    requests = [
        raw(cloud, signed(cloud, body, asks), body),
        raw(cloud, signed(cloud, form, {"Content-Type": FORM}), form),
        raw(cloud, signed(cloud, b"{", asks), b"{"),
        raw(cloud, SEND, jobs.body),
        raw(cloud, signed(cloud, who, {"Content-Type": FORM}, service="sts"), who),
        raw(cloud, {}, method="GET", target=presigned(cloud, "/?Action=ListQueues&Version=2012-11-05")),
        raw(cloud, signed(cloud, body, asks), body),
    ]
    with Wire(cloud) as wire:
        wire.send(b"".join(requests))
        answers = [wire.answer() for _ in requests]

    assert [answer.status if answer else 0 for answer in answers] == [200, 200, 400, 403, 200, 200, 200]
    assert b"<ListQueuesResponse" in answers[1].body  # type: ignore[union-attr]
    assert b"<Arn>arn:aws:iam::000000000000:root</Arn>" in answers[4].body  # type: ignore[union-attr]
    assert answers[0].body == answers[6].body  # type: ignore[union-attr]


def test_a_body_in_chunks_and_one_that_waits_for_100_continue_are_served(cloud: RunningCloud, jobs: Jobs) -> None:
    body = json.dumps({"QueueName": "jobs"}).encode()
    fields = signed(cloud, body, {**SEND, "X-Amz-Target": "AmazonSQS.GetQueueUrl"})
    with Wire(cloud) as wire:
        chunks = b"5\r\n%b\r\n%x;name=value\r\n%b\r\n0\r\nTrailer: x\r\n\r\n" % (body[:5], len(body) - 5, body[5:])
        wire.send(raw(cloud, {**fields, "Transfer-Encoding": "chunked"}, length=False) + chunks)
        in_chunks = wire.answer()
        wire.send(raw(cloud, {**fields, "Expect": "100-continue", "Content-Length": str(len(body))}))
        go_on = wire.answer()
        wire.send(body)
        expected = wire.answer()

    assert go_on is not None
    assert go_on.status == 100
    for answer in (in_chunks, expected):
        assert answer is not None
        assert json.loads(answer.body) == {"QueueUrl": jobs.url}


def test_who_waits_for_100_continue_with_a_target_that_is_unknown_is_refused_before_the_body(
    cloud: RunningCloud, jobs: Jobs
) -> None:
    fields = signed(cloud, jobs.body, {**SEND, "X-Amz-Target": "AmazonSQS.Nope"})
    with Wire(cloud) as wire:
        wire.send(raw(cloud, {**fields, "Expect": "100-continue", "Content-Length": str(len(jobs.body))}))
        answer = wire.answer()

    assert answer is not None
    assert code(answer) == "UnknownOperationException 400"


def test_signed_chunks_are_s3s_alone_and_mean_nothing_to_sqs(cloud: RunningCloud, jobs: Jobs) -> None:
    chunked = b"%x;chunk-signature=%b\r\n%b\r\n0;chunk-signature=%b\r\n\r\n"
    body = chunked % (len(jobs.body), b"0" * 64, jobs.body, b"0" * 64)
    fields = {**SEND, "Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": str(len(jobs.body))}
    streaming = {**fields, "X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}

    honest = exchange(cloud, raw(cloud, signed(cloud, body, fields), body))
    claimed = exchange(cloud, raw(cloud, {**signed(cloud, body, fields), **streaming}, body))
    unhashed = exchange(cloud, raw(cloud, signed(cloud, body, streaming), body))

    assert code(honest) == "SerializationException 400"
    assert code(claimed) == "SerializationException 400"
    assert code(unhashed) in ("SignatureDoesNotMatch 403", "SerializationException 400")
