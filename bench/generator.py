"""The load generator (load.c): build it, run it, read what it counted."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.pinning import on_core

HERE = Path(__file__).parent
SOURCE = HERE / "load.c"
BINARY = HERE / "bin" / "load"


class GeneratorError(Exception):
    """The generator could not be built, or did not run to its end; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Answers of one kind: how many, how many a second, and their latencies in microseconds."""

    count: int
    rate: float
    mean_us: float
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the generator counted. `rate` is good answers a second; `error` shows the first bad one."""

    scenario: str
    connections: int
    seconds: float
    requests: int
    rate: float
    errors: int
    empty: int
    lost: int
    reconnects: int
    error: str
    kinds: dict[str, Latency] = field(default_factory=dict)
    generator: float = 0
    """The share of its core that the generator used: near 1, it is itself what was measured."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Which objects are put or got: a ring of `keys` numbers from `first` on in steps of `stride`, below `path`.

    A key is two digits, a slash and eight: its number's rest by a hundred, and the number. `payload` signs the
    body's SHA-256; `extra` is one more header, "name:value"; `etag` is what every answer to a put must say.
    """

    path: str
    size: int
    keys: int = 1000
    first: int = 0
    stride: int = 1
    payload: bool = False
    extra: str = ""
    etag: str = ""

    def words(self) -> list[object]:
        """As the generator's command line says it."""
        words: list[object] = ["--path", self.path, "--size", self.size, "--keys", self.keys]
        words += ["--first", self.first, "--stride", self.stride, "--etag", self.etag]
        words += ["--extra", self.extra] if self.extra else []
        return [*words, "--payload"] if self.payload else words


def build() -> Path:
    """Compile load.c with the machine's C compiler where the binary is missing or older than its sources."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if compiler is None:
        raise GeneratorError("no C compiler: install one, or name it in CC")
    sources = [SOURCE, *sorted((HERE / "load").glob("*.h"))]
    if not BINARY.exists() or BINARY.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        BINARY.parent.mkdir(exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", str(BINARY), str(SOURCE)], check=True, timeout=120)
    return BINARY


class Generator:
    """The built generator, bound to one server's port and to one core."""

    def __init__(self, port: int, core: int | None = None) -> None:
        self.port = port
        self.core = core

    def _run(self, words: Sequence[object], timeout: float) -> subprocess.CompletedProcess[str]:
        command = [str(build()), "--port", str(self.port), *(str(word) for word in words)]
        with on_core(self.core):
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
            )
        with process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise GeneratorError(f"still running after {timeout:.0f} s: {' '.join(command)}") from None
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def load(
        self,
        scenario: str,
        connections: int,
        *,
        seconds: float,
        warmup: float | None = None,
        requests: int = 0,
        queue_url: str = "",
        size: int = 300,
        more: Sequence[object] = (),
    ) -> Load:
        """Run a scenario for at most `seconds`, and for at most `requests` requests where that is not 0.

        `more` are further words of its command line: of `Objects`, or of a request that is asked again and again.
        """
        words: list[object] = ["--scenario", scenario, "--connections", connections, "--seconds", seconds]
        words += ["--requests", requests, "--queue-url", queue_url, "--size", size, "--json", *more]
        if warmup is not None:
            words += ["--warmup", warmup]
        done = self._run(words, seconds + (warmup or 0) + 30)
        if done.returncode not in (0, 3):
            raise GeneratorError(done.stderr.strip() or f"exit code {done.returncode}")
        told: dict[str, Any] = json.loads(done.stdout)
        return Load(
            scenario=scenario,
            connections=connections,
            seconds=told["seconds"],
            requests=told["requests"],
            rate=told["rate"],
            errors=told["errors"],
            empty=told["empty"],
            lost=told["lost"],
            reconnects=told["reconnects"],
            error=told["first_error"],
            kinds={name: Latency(**values) for name, values in told["kinds"].items()},
            generator=told["generator"],
        )

    def call(self, target: str, values: dict[str, Any], *, seconds: float = 20) -> dict[str, Any]:
        """One signed JSON 1.0 call; its answer's members. Raises GeneratorError when it is not 2xx."""
        words = ["--scenario", "call", "--connections", 1, "--seconds", seconds]
        done = self._run([*words, "--target", target, "--body", json.dumps(values)], seconds + 5)
        if done.returncode:
            raise GeneratorError(f"{target}: {done.stderr.strip()}: {done.stdout.strip()[:500]}")
        answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
        return answer

    def rest(self, method: str, path: str, query: str = "", body: str = "", *, seconds: float = 20) -> str:
        """One signed request to S3; its answer's body. Raises GeneratorError when it is not 2xx."""
        words = ["--scenario", "rest", "--once", "--connections", 1, "--seconds", seconds, "--method", method]
        done = self._run([*words, "--path", path, "--query", query, "--body", body], seconds + 5)
        if done.returncode:
            raise GeneratorError(f"{method} {path}: {done.stderr.strip()}: {done.stdout.strip()[:500]}")
        return done.stdout

    def request(self, what: str) -> bytes:
        """The bytes of one signed request: of a scenario, or `AmazonSQS.ListQueues` and the like without members."""
        words = ["--scenario", "call", "--target", what] if "." in what else ["--scenario", what]
        command = [str(build()), "--port", str(self.port), *words, "--print"]
        return subprocess.run(command, capture_output=True, check=True, timeout=10).stdout
