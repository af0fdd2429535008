import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.packaging.files import ROOT, project, yaml_of

from orrery.settings import Settings, declared


@pytest.fixture
def action() -> dict[str, Any]:
    return yaml_of(ROOT / "action.yml")


def step(action: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [each for each in action["runs"]["steps"] if each["name"] == name]
    return dict(found)


def test_inputs_are_declared_and_used_and_outputs_written(action: dict[str, Any]) -> None:
    text = (ROOT / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(action["inputs"])
    written = re.findall(r'echo "(\w+)=\$', (ROOT / "deploy/action/start.sh").read_text())
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.start.outputs.{name} }}}}"
        assert name in written


def test_defaults_are_the_clouds_and_a_python_it_takes(action: dict[str, Any]) -> None:
    defaults = {name: each["default"] for name, each in action["inputs"].items()}
    settings = Settings()
    assert (defaults["port"], defaults["region"]) == (str(settings.port), settings.region)
    assert defaults["data-dir"] == settings.data_dir
    assert f">={defaults['python-version']}" >= project()["requires-python"]


def test_variables_that_a_cloud_reads_are_its_settings(action: dict[str, Any]) -> None:
    known = {setting.variable for setting in declared()}
    given = {name for each in action["runs"]["steps"] for name in each.get("env", {}) if name.startswith("ORRERY_")}
    assert given
    assert given <= known


def test_steps_run_scripts_that_are_there_with_the_variables_they_read(action: dict[str, Any]) -> None:
    for name in ("Install", "Start"):
        each = step(action, name)
        path = ROOT / each["run"].strip('"').removeprefix("$CHECKOUT/")
        assert os.access(path, os.X_OK)
        runner = {"RUNNER_TEMP", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT"}
        read = set(re.findall(r"\$\{?([A-Z_]{3,})\b", path.read_text())) - runner
        assert read <= set(each["env"]), f"{path.name} reads {read - set(each['env'])}"


def started(place: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the step that starts the cloud does on a runner whose files are in `place`."""
    programs = place / "orrery/venv/bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "orrery").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m orrery.cli.main "$@"\n')
    (programs / "orrery").chmod(0o755)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORRERY_"))}
    runner = {"RUNNER_TEMP": str(place), "GITHUB_ENV": str(place / "env"), "GITHUB_OUTPUT": str(place / "output")}
    given = {"ORRERY_PORT": "0", "ORRERY_REGION": "eu-west-1", "ORRERY_DATA_DIR": str(place / "data"), "FLAGS": ""}
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    environ = own | runner | given | variables | {"PYTHONPATH": path, "HOME": str(place)}
    script = ROOT / "deploy/action/start.sh"
    return subprocess.run([script], env=environ, cwd=place, capture_output=True, text=True, timeout=60, check=False)


def written(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_later_steps_find_the_cloud_that_was_started_with_the_flags(tmp_path: Path) -> None:
    done = started(tmp_path, FLAGS="  --clock manual\n--strict ")
    assert done.returncode == 0, done.stderr
    variables, outputs = written(tmp_path / "env"), written(tmp_path / "output")
    orrery = [sys.executable, "-m", "orrery.cli.main"]
    environ = os.environ | variables | {"PYTHONPATH": str(ROOT / "src")}
    shown = subprocess.run([*orrery, "clock"], env=environ, capture_output=True, text=True, check=False)
    stopped = subprocess.run([*orrery, "stop"], env=environ, capture_output=True, text=True, check=False)
    assert "manual" in shown.stdout
    assert stopped.returncode == 0, stopped.stderr
    assert outputs["endpoint"] == variables["AWS_ENDPOINT_URL"] == variables["ORRERY_ENDPOINT"]
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert "Ready." in Path(outputs["log"]).read_text()


def test_a_cloud_that_cannot_start_fails_the_step_and_tells_later_ones_nothing(tmp_path: Path) -> None:
    done = started(tmp_path, FLAGS="--clock sideways")
    assert done.returncode != 0
    assert "sideways" in done.stderr
    assert not (tmp_path / "env").exists()
