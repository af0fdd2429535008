"""Raw sockets with odd framing: what is no HTTP is refused, what is unusual HTTP is served, and nothing changes."""

import json

import pytest
from tests.clients.raw import FORM, SEND, Jobs, Wire, code, exchange, presigned, raw, signed
from tests.running import RunningCloud

SENDING = b"POST / HTTP/1.1\r\nHost: a\r\n" + b"".join(f"{n}: {v}\r\n".encode() for n, v in SEND.items())


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
        (SENDING + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX-Other: a\x01b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX-Big: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X-Many: x\r\n" * 300 + b"\r\n", 431),
        (b"POST /?" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (SENDING + b"Content-Length: 10000000000\r\n\r\n", 413),
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
