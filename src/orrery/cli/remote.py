"""The running cloud as the command line sees it: an endpoint that answers the operator interface over HTTP."""

import errno
import hashlib
import http.client
import ipaddress
import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from orrery import running
from orrery.cli.signature import sign
from orrery.cli.trouble import NotRunning, Refused, WrongUsage
from orrery.settings import Loaded

TIMEOUT = 600.0
"""Seconds to wait for an answer: advancing the clock by years runs everything that falls due."""

PIECE = 1 << 20
"""Bytes of a file sent or received at once."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A cloud's endpoint, `http://127.0.0.1:4566`, with root's keys; requests to other machines are signed."""

    endpoint: str
    key_id: str
    secret: str
    region: str
    pid: int | None = None
    patience: float = TIMEOUT

    def get(self, path: str, **query: str | None) -> Any:
        """The decoded JSON answer to GET `path` with the query's members that are not None."""
        return self._json("GET", path, query, None)

    def post(self, path: str, values: Mapping[str, Any]) -> Any:
        """The decoded JSON answer to POST `path` with `values` as its body."""
        return self._json("POST", path, {}, values)

    def delete(self, path: str, **query: str | None) -> Any:
        """The decoded JSON answer to DELETE `path`."""
        return self._json("DELETE", path, query, None)

    def text(self, path: str) -> str:
        """The answer to GET `path` as text."""
        return self._exchange("GET", path, b"").decode()

    def download(self, target: str, file: IO[bytes], counted: Callable[[int], None]) -> None:
        """Write the answer to GET `target` into a file as it comes. Raises Refused when it is broken off."""
        connection = self._connection()
        try:
            connection.request("GET", target, headers=self._signed("GET", target, b""))
            answer = connection.getresponse()
            if answer.status >= 400:
                raise Refused(_message(self.endpoint, answer.status, answer.read()))
            while piece := answer.read(PIECE):
                file.write(piece)
                counted(len(piece))
        except (OSError, http.client.HTTPException) as problem:
            raise self._silent(problem) from None
        finally:
            connection.close()

    def upload(self, target: str, file: BufferedReader, counted: Callable[[int], None]) -> Any:
        """The decoded JSON answer to POST `target` with a file as its body, which is read twice where it is signed."""
        digest = "" if self.loopback else hashlib.file_digest(file, "sha256").hexdigest()
        size = file.seek(0, os.SEEK_END)
        file.seek(0)

        def pieces() -> Iterator[bytes]:
            while piece := file.read(PIECE):
                yield piece
                counted(len(piece))

        connection = self._connection()
        try:
            headers = self._signed("POST", target, digest) | {"content-length": str(size)}
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent: the answer says why
                connection.request("POST", target, pieces(), headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise self._silent(problem) from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(_message(self.endpoint, answer.status, content))
        return json.loads(content)

    @property
    def loopback(self) -> bool:
        """True when the endpoint is on this machine, where no signature is needed."""
        host = urlsplit(self.endpoint).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def _json(self, method: str, path: str, query: Mapping[str, str | None], values: object) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        target = path + ("?" + urlencode(given) if given else "")
        body = b"" if values is None else json.dumps(values).encode()
        answer = self._exchange(method, target, body)
        try:
            return json.loads(answer) if answer else {}
        except ValueError:
            raise Refused(f"{self.endpoint}{path} did not answer with JSON; is it Orrery?") from None

    def _exchange(self, method: str, target: str, body: bytes) -> bytes:
        headers = {"accept": "application/json", **self._signed(method, target, body)}
        if body:
            headers["content-type"] = "application/json"
        connection = self._connection()
        try:
            connection.request(method, target, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise self._silent(problem) from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(_message(self.endpoint, answer.status, content))
        return content

    def _signed(self, method: str, target: str, body: bytes | str) -> dict[str, str]:
        """The fields that sign a request to another machine; on this one none is needed."""
        if self.loopback:
            return {}
        now, url = datetime.now(UTC), self.endpoint + target
        return sign(method, url, body, key_id=self.key_id, secret=self.secret, region=self.region, now=now)

    def _silent(self, problem: Exception) -> Exception:
        """What it means that a connection failed; a full disk on this side is nobody's but its own problem."""
        if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
            return problem
        if isinstance(problem, TimeoutError):
            waited = f"{self.endpoint} has not answered within {self.patience:g} seconds"
            return Refused(f"{waited}; what was asked may still be done")
        return NotRunning(f"no cloud answers at {self.endpoint} ({problem})")

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.endpoint)
        host = parts.hostname or "127.0.0.1"
        if parts.scheme == "https":
            trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
            return http.client.HTTPSConnection(host, parts.port, timeout=self.patience, context=trusted)
        return http.client.HTTPConnection(host, parts.port, timeout=self.patience)


def _message(endpoint: str, status: int, content: bytes) -> str:
    try:
        decoded = json.loads(content)
        return str(decoded.get("message") or decoded.get("Message") or decoded)
    except (ValueError, AttributeError):
        told = " ".join(content[:200].decode(errors="replace").split())
        return f"{endpoint} answered with HTTP {status}, not as Orrery does; is it another program? It says: {told}"


def _check(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if not whole:
        raise WrongUsage(f"the endpoint {endpoint!r} is no URL of a cloud; give it as http://127.0.0.1:4566")


def locate(loaded: Loaded, endpoint: str | None, *, patience: float = TIMEOUT) -> Remote:
    """The cloud to talk to: `endpoint`, ORRERY_ENDPOINT, a `--port` on this machine, the cloud that the data
    directory's file names, or the one at the settings' port; the first of these that is given.

    Raises NotRunning when `--data-dir` names a directory that no cloud uses: another at the port is not meant.
    """
    settings = loaded.settings
    pid = None
    endpoint = endpoint or os.environ.get("ORRERY_ENDPOINT")
    if not endpoint and loaded.sources["port"] != "--port" and not settings.in_memory:
        found = running.find(Path(settings.data_dir))
        if found is not None:
            endpoint, pid = found.endpoint, found.pid
        elif loaded.sources["data-dir"] == "--data-dir":
            raise NotRunning(f"no cloud runs with the data directory {settings.data_dir}")
    if not endpoint:
        endpoint = f"http://127.0.0.1:{settings.port}"
    if "://" not in endpoint:
        endpoint = f"http://{endpoint}"
    _check(endpoint)
    key_id, secret = settings.root_key_id or "test", settings.root_secret or "test"
    return Remote(endpoint.rstrip("/"), key_id, secret, settings.region, pid, patience)
