"""The program itself, as a process that can be killed, and a small signed client that can be counted on."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SOURCE = Path(__file__).parent.parent.parent / "src"


class Program:
    """`orrery start` on a data directory and a free port."""

    def __init__(self, directory: Path, *flags: str) -> None:
        command = [sys.executable, "-m", "orrery.cli.main", "start", "--port", "0", "--data-dir", str(directory)]
        self._process = subprocess.Popen(
            [*command, "--log-level", "error", *flags],
            env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": ""},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line == "Ready.\n":
                break
        if not self.lines or self.lines[-1] != "Ready.":
            self._process.stdout.close()
            raise RuntimeError(f"the program ended with {self._process.wait()}")
        self.port = int(self.lines[0].rpartition(":")[2])

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def until_waiting(self, count: int) -> None:
        """Return when so many calls wait."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        waiting = -1
        while waiting != count:
            connection.request("GET", "/_orrery/health")
            waiting = json.load(connection.getresponse())["waiting"]
        connection.close()

    def advance(self, seconds: int) -> None:
        """Let virtual time pass."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/_orrery/clock", json.dumps({"advance": seconds}))
        assert connection.getresponse().read()
        connection.close()

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """Tell it to stop, and wait; its exit code."""
        return self._end(signal.SIGTERM)

    def signal_stop(self) -> None:
        """Tell it to stop, without waiting."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end; its exit code."""
        code = self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code

    def _end(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        return self.wait()


class Client:
    """Signed JSON calls to SQS over one connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._signer = SigV4Auth(Credentials("test", "test"), "sqs", "us-east-1")

    def __call__(self, operation: str, **members: Any) -> Mapping[str, Any]:
        """The answer's members. Raises OSError or HTTPException when the other side has gone."""
        self.ask(operation, **members)
        return self.take(operation)

    def ask(self, operation: str, **members: Any) -> None:
        """Send a request without waiting for its answer."""
        url = f"http://127.0.0.1:{self._port}/"
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        request = AWSRequest("POST", url, headers=headers, data=json.dumps(members))
        self._signer.add_auth(request)
        self._connection.request("POST", "/", request.data, dict(request.headers.items()))

    def take(self, operation: str) -> Mapping[str, Any]:
        """The members of the answer to what was asked."""
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{operation} {answer.status} {body!r}")
        return json.loads(body) if body else {}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
