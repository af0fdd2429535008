import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


class Recorder(ThreadingHTTPServer):
    """Answers every request with what `answers` holds for "METHOD /path", and remembers what it was asked.

    `scripts` hold answers that are given first, each once.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, Any]] = {}
        self.scripts: dict[str, list[Any]] = {}
        self.asked: list[tuple[str, Any]] = []
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Recorder

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.asked.append((f"{self.command} {self.path}", json.loads(body) if body else None))
        asked = f"{self.command} {self.path.partition('?')[0]}"
        status, shown = self.server.answers.get(asked, (404, {}))
        if self.server.scripts.get(asked):
            status, shown = 200, self.server.scripts[asked].pop(0)
        content = shown.encode() if isinstance(shown, str) else json.dumps(shown).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names http.server calls

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A server on loopback in place of a cloud."""
    server = Recorder()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_cloud_of_the_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands see neither the settings nor the running cloud of whoever runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # programs that are started find the same sources
    for name in (
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
        "ORRERY_ENDPOINT",
        "ORRERY_PORT",
        "ORRERY_DATA_DIR",
        "XDG_STATE_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
