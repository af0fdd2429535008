"""Requests by hand: bytes on a socket, signed or not, and the answers as they come."""

import json
import re
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import Clients
from tests.running import RunningCloud
from tests.wire.signing.signers import at_time

JSON = "application/x-amz-json-1.0"
FORM = "application/x-www-form-urlencoded"
SEND = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": JSON}


class Answer(NamedTuple):
    """One response; field names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """One connection to a cloud."""

    def __init__(self, cloud: RunningCloud) -> None:
        self._socket = socket.create_connection(("127.0.0.1", cloud.port), timeout=30)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._socket.sendall(data)

    def hang_up(self) -> None:
        """Send no more."""
        self._socket.shutdown(socket.SHUT_WR)

    def answer(self) -> Answer | None:
        """The next response, an interim one too; None when the connection ends without one."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                assert not self._buffer
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        start, *lines = head.decode("latin-1").split("\r\n")
        status = int(start.split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            assert self._more(), "the answer was cut off"
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Answer(status, headers, body)

    def over(self) -> bool:
        """Whether the other side closes the connection without a further byte."""
        return not self._buffer and not self._more()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_problem: object) -> None:
        self._socket.close()

    def _more(self) -> bool:
        try:
            data = self._socket.recv(65_536)
        except ConnectionResetError:
            return False
        self._buffer += data
        return bool(data)


def exchange(cloud: RunningCloud, request: bytes) -> Answer:
    """Send one request on a connection of its own; its answer."""
    with Wire(cloud) as wire:
        wire.send(request)
        answer = wire.answer()
    assert answer is not None
    return answer


def signed(
    cloud: RunningCloud,
    body: bytes = b"",
    fields: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    target: str = "/",
    service: str = "sqs",
    at: int | None = None,
) -> dict[str, str]:
    """The header fields of a request signed as the test root; `at` is the signing instant (ms), now by default."""
    made = AWSRequest(method, cloud.url + target, headers=dict(fields or {}), data=body)
    with at_time(cloud.cloud.clock.host_now() if at is None else at):
        SigV4Auth(Credentials("test", "test"), service, "us-east-1").add_auth(made)
    return dict(made.headers.items())


def presigned(cloud: RunningCloud, target: str, *, service: str = "sqs", expires: int = 3600) -> str:
    """The target of a presigned GET."""
    made = AWSRequest("GET", cloud.url + target)
    SigV4QueryAuth(Credentials("test", "test"), service, "us-east-1", expires=expires).add_auth(made)
    return str(made.prepare().url).removeprefix(cloud.url)


def raw(
    cloud: RunningCloud,
    fields: Mapping[str, str | bytes],
    body: bytes = b"",
    *,
    method: str = "POST",
    target: str = "/",
    version: str = "1.1",
    length: bool = True,
) -> bytes:
    """A request's bytes; `length` adds the Content-Length unless `fields` has one."""
    lines = [f"{method} {target} HTTP/{version}".encode(), b"Host: 127.0.0.1:%d" % cloud.port]
    for name, value in fields.items():
        lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1")))
    if length and "Content-Length" not in fields:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


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


def code(answer: Answer) -> str:
    """An error's code and status, from JSON or XML; its answer has a request id."""
    assert answer.headers["x-amzn-requestid"]
    if answer.headers["content-type"] == "text/xml":
        found = re.search(rb"<Code>([^<]*)</Code>", answer.body)
        assert found is not None
        return f"{found[1].decode()} {answer.status}"
    return f"{json.loads(answer.body)['__type'].rpartition('#')[2]} {answer.status}"
