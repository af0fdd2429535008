"""A small signed client of S3 that can be counted on when the other side goes away."""

import http.client
import json
import re
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class ObjectClient:
    """Calls on the bucket `bucket` over one connection. All raise OSError or HTTPException when the other side has
    gone."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._url = f"http://127.0.0.1:{port}"
        self._signer = S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1")

    def create(self) -> None:
        """Make the bucket."""
        self.call("PUT", "/bucket")

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        self.call("PUT", f"/bucket/{key}", body)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.call("DELETE", f"/bucket/{key}", expected=204)

    def get(self, key: str) -> bytes | None:
        """An object's bytes; None when there is none."""
        status, body = self.ask("GET", f"/bucket/{key}")
        assert status in (200, 404), body
        return body if status == 200 else None

    def keys(self) -> list[str]:
        """All keys of the bucket, up to 1,000."""
        return re.findall(r"<Key>(.*?)</Key>", self.call("GET", "/bucket?list-type=2").decode())

    def scrub(self) -> list[Any]:
        """What is damaged."""
        self._connection.request("GET", "/_orrery/s3/scrub")
        found = json.loads(self._connection.getresponse().read())
        damaged: list[Any] = found["damaged"]
        return damaged

    def call(self, method: str, path: str, body: bytes = b"", expected: int = 200) -> bytes:
        """The answer's body. Raises RuntimeError for another status than expected."""
        status, answer = self.ask(method, path, body)
        if status != expected:
            raise RuntimeError(f"{method} {path} {status} {answer[:300]!r}")
        return answer

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of an answer."""
        request = AWSRequest(method, self._url + path, data=body)
        self._signer.add_auth(request)
        self._connection.request(method, path, body or None, dict(request.headers.items()))
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
