"""The load generator signs as botocore does, reads every framing of an answer and hides no error."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
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

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def peer() -> Iterator[type[Peer]]:
    class Fresh(Peer):
        pass

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
