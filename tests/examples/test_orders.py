"""The example project `examples/orders`, as its readers run it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/orders"
BIN = Path(sys.executable).parent


def clean() -> dict[str, str]:
    """The environment of somebody who has set nothing."""
    ours = ("AWS_", "ORRERY_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}", "PYTHONDONTWRITEBYTECODE": "1"}


def run_tests(folder: str, environ: dict[str, str]) -> tuple[int, str]:
    """Run one folder of the project's tests; pytest's exit code and what it printed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, folder]
    source = str(EXAMPLE.parents[1] / "src")
    environ = environ | {"PYTHONPATH": f"{EXAMPLE}{os.pathsep}{source}"}
    done = subprocess.run(command, cwd=EXAMPLE, env=environ, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def commands(directory: Path) -> Path:
    """`awslocal`, for where the tests run from the sources and not from an installation."""
    directory.mkdir()
    command = directory / "awslocal"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m orrery.cli.awslocal "$@"\n')
    command.chmod(0o700)
    return directory


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """A cloud started with what LocalStack's users have set, its init folder among it."""
    command = [sys.executable, "-m", "orrery.cli.main", "start", "--port", "0", "--init-dir", str(EXAMPLE / "init")]
    environ = clean() | {"PERSISTENCE": "0", "SERVICES": "sqs,s3", "HOME": str(tmp_path)}
    environ["PYTHONPATH"] = str(EXAMPLE.parents[1] / "src")
    environ["PATH"] += f"{os.pathsep}{commands(tmp_path / 'bin')}"
    # Into a file: what it goes on to write must not fill a pipe.
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line == "Ready.\n":
                break
        try:
            assert lines[-1] == "Ready.\n", (tmp_path / "log").read_text()
            assert "ready.d/20-dead-letters.py: orders go to orders-dead after three tries\n" in lines
            assert "SERVICES" in (tmp_path / "log").read_text()
            yield lines[0].split()[-1]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def test_the_suite_of_localstacks_users_passes(endpoint: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    code, printed = run_tests("tests", clean() | keys | {"AWS_ENDPOINT_URL": endpoint})
    assert code == 0, printed


def test_the_suite_of_motos_users_passes() -> None:
    code, printed = run_tests("mocked", clean())
    assert code == 0, printed
