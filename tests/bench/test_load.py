"""The load generator signs as botocore does, reads every framing of an answer and hides no error."""

import hashlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bench.content import etag, key_of, pieces
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SOURCE = Path(__file__).parents[2] / "bench" / "load.c"

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("load") / "load"
    subprocess.run(
        ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(binary), str(SOURCE)], check=True, timeout=120
    )
    return binary


class Peer(BaseHTTPRequestHandler):
    """Answers in another form each time: by length, in chunks, by closing; or refuses."""

    protocol_version = "HTTP/1.1"
    port = 0
    refuse = False
    turn = 0
    kept: dict[str, bytes] = {}
    spoil = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        form, type(self).turn = self.turn % 3, self.turn + 1
        body = b"no such thing" if self.refuse else b'{"MessageId": "1"}'
        self.send_response(418 if self.refuse else 200)
        if form == 0:
            self.send_header("Content-Length", str(len(body)))
        elif form == 1:
            self.send_header("transfer-encoding", "chunked")
            body = b"".join(b"%x\r\n%c\r\n" % (1, byte) for byte in body) + b"0\r\n\r\n"
        else:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.kept[self.path] = body
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        body = bytearray(self.kept[self.path])
        if self.spoil:
            body[-self.spoil] ^= 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def peer() -> Iterator[type[Peer]]:
    class Fresh(Peer):
        kept: dict[str, bytes] = {}

    with ThreadingHTTPServer(("127.0.0.1", 0), Fresh) as server:
        Fresh.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Fresh
        server.shutdown()
        thread.join()


def run(load: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [str(load), *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_its_hashes_give_the_known_answers(load: Path) -> None:
    assert run(load, "--self-test").stdout == "good\n"


@pytest.mark.parametrize("scenario", ["echo", "send", "receive-delete", "fifo-batch", "identity", "longpoll"])
def test_its_signatures_are_botocores(load: Path, scenario: str) -> None:
    printed = run(
        load, "--scenario", scenario, "--print", "--queue-url", "http://h/1/q", "--secret-key", "S3/x+y"
    ).stdout
    head, _, body = printed.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    authorization = headers.pop("authorization")
    signed = re.findall(r"SignedHeaders=([^,]+)", authorization)[0].split(";")
    assert set(signed) == set(headers) - {"content-length"}
    assert int(headers["content-length"]) == len(body)

    request = AWSRequest("POST", f"http://{headers['host']}/", {k: headers[k] for k in signed}, body.encode())
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials("test", "S3/x+y"), "sts" if scenario == "identity" else "sqs", "us-east-1")
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert authorization.endswith(f"Signature={expected}")


def test_no_two_requests_are_the_same(load: Path) -> None:
    first, second = (run(load, "--scenario", "identity", "--print").stdout for _ in range(2))
    assert first != second


def test_every_framing_of_an_answer_is_read(load: Path, peer: type[Peer]) -> None:
    words = ["--scenario", "send", "--port", peer.port, "--connections", 1, "--requests", 30, "--json"]
    told = json.loads(run(load, *words).stdout)
    assert (told["requests"], told["errors"], told["kinds"]["send"]["count"]) == (30, 0, 30)
    assert told["reconnects"] == 10


def test_an_answer_that_is_not_2xx_is_an_error_and_is_shown(load: Path, peer: type[Peer]) -> None:
    peer.refuse = True
    done = run(load, "--scenario", "send", "--port", peer.port, "--connections", 2, "--requests", 30, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 3
    assert (told["requests"], told["errors"], told["statuses"]) == (0, 30, {"418": 30})
    assert told["first_error"] == "no such thing"


def test_an_answer_without_its_content_is_an_error(load: Path, peer: type[Peer]) -> None:
    done = run(load, "--scenario", "identity", "--port", peer.port, "--requests", 3, "--json")
    assert json.loads(done.stdout)["wrong"] == 3


OBJECT = ["--path", "/bench/a-b/", "--size", 1_000, "--keys", 3]


@pytest.mark.parametrize(
    "words",
    [
        ["--scenario", "put", *OBJECT],
        ["--scenario", "put", *OBJECT, "--payload", "--extra", "x-amz-checksum-crc32:AAAAAA=="],
        ["--scenario", "put", *OBJECT, "--extra", "x-amz-meta-one:1"],
        ["--scenario", "get", *OBJECT],
        ["--scenario", "rest", "--path", "/bench", "--query", "delimiter=%2F&list-type=2"],
        ["--scenario", "rest", "--method", "PUT", "--path", "/bench", "--body", "<a/>"],
    ],
)
def test_its_signatures_of_objects_are_botocores(load: Path, words: list[object]) -> None:
    printed = run(load, *words, "--print", "--secret-key", "S3/x+y").stdout
    head, _, body = printed.partition("\n\n")
    first, *lines = head.splitlines()
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    authorization = headers.pop("authorization")
    signed = re.findall(r"SignedHeaders=([^,]+)", authorization)[0].split(";")
    assert set(signed) == set(headers) - {"content-length"}

    request = AWSRequest(method, f"http://{headers['host']}{target}", {k: headers[k] for k in signed}, body.encode())
    request.context["timestamp"] = headers["x-amz-date"]
    auth = S3SigV4Auth(Credentials("test", "S3/x+y"), "s3", "us-east-1")
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert authorization.endswith(f"Signature={expected}")
    payload = {"put": b"".join(pieces(1_000))}.get(str(words[1]), body.encode())
    assert headers["x-amz-content-sha256"] in ("UNSIGNED-PAYLOAD", hashlib.sha256(payload).hexdigest())
    assert int(headers.get("content-length", 0)) == len(payload)


def test_objects_are_put_and_got_whole(load: Path, peer: type[Peer]) -> None:
    size = 9_000_000
    words = ["--port", peer.port, "--connections", 2, "--requests", 6, "--keys", 3, "--path", "/b/", "--size", size]
    put = json.loads(run(load, "--scenario", "put", *words, "--etag", etag(size), "--json").stdout)
    got = json.loads(run(load, "--scenario", "get", *words, "--stride", 2, "--json").stdout)

    assert (put["kinds"]["put"]["count"], put["errors"]) == (6, 0)
    assert (got["kinds"]["get"]["count"], got["errors"]) == (6, 0)
    assert sorted(peer.kept) == [f"/b/{key_of(number)}" for number in range(3)]
    assert peer.kept["/b/02/00000002"] == b"".join(pieces(size))


@pytest.mark.parametrize(("size", "spoil"), [(100, 1), (100, 100), (300_000, 1), (9_000_000, 1)])
def test_an_object_with_other_bytes_is_an_error(load: Path, peer: type[Peer], size: int, spoil: int) -> None:
    words = ["--port", peer.port, "--connections", 1, "--requests", 1, "--path", "/b/", "--size", size, "--json"]
    run(load, "--scenario", "put", *words)
    peer.spoil = spoil
    told = json.loads(run(load, "--scenario", "get", *words).stdout)
    assert (told["wrong"], told["requests"]) == (1, 0)
    assert told["first_error"] == "the object's bytes are not what was put"


def test_an_object_of_another_length_or_etag_is_an_error(load: Path, peer: type[Peer]) -> None:
    words = ["--port", peer.port, "--connections", 1, "--requests", 1, "--path", "/b/", "--json"]
    put = json.loads(run(load, "--scenario", "put", *words, "--size", 10, "--etag", '"other"').stdout)
    got = json.loads(run(load, "--scenario", "get", *words, "--size", 11).stdout)
    assert (put["wrong"], got["wrong"]) == (1, 1)


def test_one_request_of_rest_prints_what_was_answered(load: Path, peer: type[Peer]) -> None:
    words = ["--scenario", "rest", "--port", peer.port, "--path", "/b", "--once"]
    run(load, *words, "--method", "PUT", "--body", "<a/>")
    assert peer.kept["/b"] == b"<a/>"
    assert run(load, *words).stdout == "<a/>\n"
