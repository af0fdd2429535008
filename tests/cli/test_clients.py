import os
import stat
import sys
from pathlib import Path

import pytest

from orrery.cli import clients
from orrery.cli.main import main
from orrery.cli.remote import Remote

from .conftest import Recorder

PEM = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"


def test_env_prints_what_clients_need_with_a_file_for_the_certificate(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    recorder.answers["GET /_orrery/ca"] = 200, PEM
    assert main(["env", "--endpoint", recorder.endpoint]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"export AWS_ENDPOINT_URL='{recorder.endpoint}'" in lines
    assert "export AWS_ACCESS_KEY_ID='test'" in lines
    assert "export AWS_SECRET_ACCESS_KEY='test'" in lines
    [bundle] = [line for line in lines if "AWS_CA_BUNDLE" in line]
    assert Path(bundle.split("'")[1]).read_text() == PEM


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("fish", "set -gx AWS_REGION 'us-east-1';"),
        ("powershell", "$env:AWS_REGION = 'us-east-1'"),
        ("dotenv", "AWS_REGION=us-east-1"),
        ("bash", "export AWS_REGION='us-east-1'"),
        ("json", '  "AWS_ACCESS_KEY_ID": "test",'),
    ],
)
def test_env_speaks_other_shells(recorder: Recorder, capsys: pytest.CaptureFixture[str], shell: str, line: str) -> None:
    main(["env", "--shell", shell, "--endpoint", recorder.endpoint])
    by_option = capsys.readouterr().out
    main(["env", shell, "--endpoint", recorder.endpoint])
    assert line in by_option.splitlines()
    assert capsys.readouterr().out == by_option


def test_env_takes_its_variables_away_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "fish", "--unset"]) == 0
    assert "set -e AWS_ENDPOINT_URL;" in capsys.readouterr().out.splitlines()


def test_env_works_before_a_cloud_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "--endpoint", "http://127.0.0.1:1"]) == 0
    printed = capsys.readouterr()
    assert "AWS_ENDPOINT_URL" in printed.out
    assert "AWS_CA_BUNDLE" not in printed.out
    assert "no certificate to trust" in printed.err


def test_env_for_tls_names_the_host_in_the_certificate(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    main(["env", "--tls", "--endpoint", recorder.endpoint])
    port = recorder.server_address[1]
    assert f"AWS_ENDPOINT_URL='https://localhost:{port}'" in capsys.readouterr().out


def test_the_certificate_is_printed(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/ca"] = 200, PEM
    assert main(["ca", "--endpoint", recorder.endpoint]) == 0
    assert capsys.readouterr().out == PEM


def test_aws_runs_the_cli_with_the_clouds_endpoint_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "aws"
    program.write_text('#!/bin/sh\necho "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $*" >seen\nexit 9\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    cloud = "http://127.0.0.1:4999"
    monkeypatch.setenv("ORRERY_ENDPOINT", cloud)
    assert main(["aws", "sqs", "list-queues", "--endpoint", "x"]) == 9
    assert Path("seen").read_text() == f"{cloud} test --endpoint-url {cloud} sqs list-queues --endpoint x\n"


def test_settings_that_would_lead_clients_elsewhere_are_left_out() -> None:
    remote = Remote("http://127.0.0.1:4566", "test", "test", "us-east-1")
    environ = {
        "PATH": os.defpath,
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "t",
        "AWS_ENDPOINT_URL_SQS": "https://sqs.us-east-1.amazonaws.com",
        "AWS_REGION": "eu-west-3",
    }
    environment = clients.client_environment(remote, environ, own_keys=False)
    assert environment == {
        "PATH": os.defpath,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-3",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_a_profile_that_was_asked_for_keeps_its_keys() -> None:
    remote = Remote("http://127.0.0.1:4566", "test", "test", "us-east-1")
    environment = clients.client_environment(remote, {"AWS_PROFILE": "ada"}, own_keys=True)
    assert environment["AWS_PROFILE"] == "ada"
    assert "AWS_ACCESS_KEY_ID" not in environment
