import http.server
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.packaging.files import ROOT, Dockerfile, project, settings_of

from orrery.gateway.operator_routes import find
from orrery.settings import Settings

ENTRYPOINT = ROOT / "deploy/image/docker-entrypoint.sh"


@pytest.fixture
def image() -> Dockerfile:
    return Dockerfile()


def test_the_images_variables_are_settings_that_can_be_used(image: Dockerfile) -> None:
    loaded = settings_of(image.variables())
    assert loaded.warnings == ()
    assert loaded.settings.host == ("0.0.0.0", "::")
    assert not loaded.settings.trust_test_keys


def test_a_container_has_drained_before_docker_kills_it(image: Dockerfile) -> None:
    assert image.one("STOPSIGNAL") == "SIGTERM"
    assert settings_of(image.variables()).settings.drain_timeout < 10


def test_the_port_is_the_clouds_own(image: Dockerfile) -> None:
    assert image.one("EXPOSE") == str(Settings().port)


def test_the_cloud_runs_as_nobody_in_particular_and_owns_its_volume_alone(image: Dockerfile) -> None:
    user, group = image.one("USER").split(":")
    assert int(user) > 0
    assert image.one("VOLUME") == image.variables()["ORRERY_DATA_DIR"]
    made = " ".join(rest for word, rest in image.final if word == "RUN")
    assert f"-o {user} -g {group} -m 0700 {image.one('VOLUME')}" in made
    assert f"useradd --uid {user} --gid {group}" in made


def test_only_wheels_of_the_pinned_requirements_go_in_and_nothing_unseen(image: Dockerfile) -> None:
    installs = [rest for word, rest in image.instructions if word == "RUN" and " install " in rest and "pip" in rest]
    assert installs
    assert all("--no-deps" in rest for rest in installs)
    assert all("--only-binary=:all:" in rest for rest in installs if "-r requirements/product.txt" in rest)


def test_what_is_copied_is_there_and_let_through(image: Dockerfile) -> None:
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = []
    for word, rest in image.instructions:
        if word == "COPY" and "--from=" not in rest:
            copied += [source for source in rest.split()[:-1] if not source.startswith("--")]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert sorted(copied) == sorted(let_through)


def test_the_base_has_a_python_that_the_project_takes(image: Dockerfile) -> None:
    [argument] = [rest for word, rest in image.instructions if word == "ARG"]
    least = project()["requires-python"].removeprefix(">=")
    assert tuple(map(int, argument.removeprefix("PYTHON=").split("."))) >= tuple(map(int, least.split(".")))


def test_the_label_has_the_projects_version(image: Dockerfile) -> None:
    assert f'org.opencontainers.image.version="{project()["version"]}"' in image.one("LABEL")


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[str]]]:
    """A server that answers with `status`: its port, and the paths it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1], asked
        server.shutdown()
        thread.join()


def healthy(image: Dockerfile, port: int) -> bool:
    program, *arguments = image.health()
    assert program == "python"
    done = subprocess.run(
        [sys.executable, *arguments], env={"ORRERY_PORT": str(port)}, capture_output=True, check=False
    )
    return done.returncode == 0


def test_a_container_is_healthy_when_its_cloud_says_so_at_its_port(image: Dockerfile) -> None:
    with answering(200) as (port, asked):
        assert healthy(image, port)
    assert [find(path) is not None for path in asked] == [True]
    assert not healthy(image, port)
    with answering(500) as (port, _):
        assert not healthy(image, port)


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        ([], "orrery start"),
        (["--clock", "manual"], "orrery start --clock manual"),
        (["orrery", "doctor"], "orrery doctor"),
        (["echo", "a b"], "a b"),
    ],
)
def test_a_container_starts_a_cloud_with_the_flags_it_is_given_or_another_program(
    tmp_path: Path, arguments: list[str], runs: str
) -> None:
    stand_in = tmp_path / "orrery"
    stand_in.write_text('#!/bin/sh\necho "orrery $*"\n')
    stand_in.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run([ENTRYPOINT, *arguments], env={"PATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == runs


def test_the_entry_point_is_where_testcontainers_for_java_calls_it(image: Dockerfile) -> None:
    assert image.one("ENTRYPOINT") == '["/usr/local/bin/docker-entrypoint.sh"]'
    assert any(
        re.search(r"docker-entrypoint\.sh /usr/local/bin/docker-entrypoint\.sh$", rest) for _, rest in image.final
    )
    assert ENTRYPOINT.stat().st_mode & stat.S_IXOTH
