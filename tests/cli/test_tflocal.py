import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Clients
from tests.running import RunningCloud

from orrery.cli.tflocal import FILE, main

from .conftest import Recorder

CONFIGURATION = 'provider "aws" {\n  region = "eu-west-1"\n}\n'


@pytest.fixture
def project(tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory with a configuration, a cloud, and a `terraform` that keeps what it saw."""
    program = tmp_path / "bin/terraform"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = version ]; then echo \'{"terraform_version": "1.11.4"}\'; exit; fi\n'
        'echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_REGION $*" >seen\n'
        f'cat "${{DIR:-.}}/{FILE}" >override 2>/dev/null\n'
        "exit 9\n"
    )
    program.chmod(0o755)
    recorder.answers["GET /_orrery/health"] = 200, {}
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ORRERY_ENDPOINT", recorder.endpoint)
    for name in [name for name in os.environ if name.startswith(("AWS_", "TF_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    return tmp_path


def test_terraform_runs_with_the_override_beside_it_which_goes_afterwards(project: Path, recorder: Recorder) -> None:
    assert main(["apply", "-auto-approve"]) == 9
    assert (project / "seen").read_text() == f"{recorder.endpoint} test us-east-1 apply -auto-approve\n"
    assert f'sqs = "{recorder.endpoint}"' in " ".join((project / "override").read_text().split())
    assert not (project / FILE).exists()


def test_keys_and_region_that_are_set_stay(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111122223333")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    main(["plan"])
    assert " 111122223333 eu-west-3 plan" in (project / "seen").read_text()
    assert 'access_key = "111122223333"' in (project / "override").read_text()


def test_commands_that_touch_no_cloud_run_without_an_override(project: Path) -> None:
    assert main(["fmt", "-check"]) == 9
    assert (project / "override").read_text() == ""


def test_another_directory_and_another_name_and_another_program_are_respected(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "deep").mkdir()
    (project / "deep/main.tf").write_text(CONFIGURATION)
    (project / "bin/terraform").rename(project / "bin/tofu-1.8")
    monkeypatch.setenv("DIR", "deep")
    monkeypatch.setenv("TF_CMD", "tofu-1.8")
    assert main(["-chdir=deep", "plan"]) == 9
    assert "provider" in (project / "override").read_text()
    assert main(["-chdir=nowhere", "plan"]) == 1


def test_a_file_that_tflocal_did_not_make_is_never_touched(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / FILE).write_text("# mine\n")
    assert main(["plan"]) == 1
    assert "Move it away" in capsys.readouterr().err
    assert (project / FILE).read_text() == "# mine\n"


def test_a_file_left_by_a_crash_is_replaced_and_one_at_work_is_waited_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    mark = "# Made by tflocal of Orrery, process {}; it goes when Terraform has ended.\n"
    (project / FILE).write_text(mark.format(child.pid) + "rubbish")
    assert main(["plan"]) == 9
    (project / FILE).write_text(mark.format(os.getppid()))
    assert main(["plan"]) == 1
    assert "is at work" in capsys.readouterr().err


def test_a_dry_run_writes_the_file_and_runs_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRY_RUN", "1")
    assert main(["plan"]) == 0
    assert 'provider "aws"' in (project / FILE).read_text()
    assert not (project / "seen").exists()


def test_without_a_cloud_or_without_terraform_it_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TF_CMD", "no-such-program")
    assert main(["plan"]) == 127
    assert "TF_CMD" in capsys.readouterr().err
    monkeypatch.delenv("TF_CMD")
    monkeypatch.setenv("ORRERY_ENDPOINT", "http://127.0.0.1:1")
    assert main(["plan"]) == 3
    assert not (project / FILE).exists()


def test_init_makes_the_bucket_of_the_backend(
    project: Path, cloud: RunningCloud, aws: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORRERY_ENDPOINT", cloud.url)
    backend = 'terraform {\n  backend "s3" {\n    bucket = "states"\n    region = "eu-west-1"\n  }\n}\n'
    (project / "state.tf").write_text(backend)
    assert main(["init"]) == 9
    assert aws.s3.get_bucket_location(Bucket="states")["LocationConstraint"] == "eu-west-1"
    assert main(["init"]) == 9  # and is content with one that is there


def test_told_to_end_it_tells_terraform_and_cleans_up(project: Path) -> None:
    (project / "bin/terraform").write_text(
        "#!/bin/sh\ntrap 'echo ended >told; exit 5' TERM\necho ready\nwhile :; do sleep 0.05; done\n"
    )
    command = [sys.executable, "-m", "orrery.cli.tflocal", "apply"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrapper:
        assert wrapper.stdout is not None
        assert wrapper.stdout.readline() == "ready\n"
        assert (project / FILE).exists()
        wrapper.send_signal(signal.SIGTERM)
        assert wrapper.wait(30) == 5
    assert (project / "told").read_text() == "ended\n"
    assert not (project / FILE).exists()
