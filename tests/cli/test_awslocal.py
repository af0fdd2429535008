import os
import sys
from pathlib import Path

import pytest

from orrery.cli.awslocal import main

CLOUD = "http://127.0.0.1:4999"


@pytest.fixture(autouse=True)
def _aws_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `aws` in PATH that keeps what it was given, and none beside this Python."""
    program = tmp_path / "bin/aws"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\necho "$AWS_ACCESS_KEY_ID/$AWS_SECRET_ACCESS_KEY $AWS_DEFAULT_REGION ${AWS_PROFILE-none} $*" >seen\n'
        "exit 9\n"
    )
    program.chmod(0o755)
    for name in [name for name in os.environ if name.startswith(("AWS_", "LOCALSTACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("ORRERY_ENDPOINT", CLOUD)


def seen() -> str:
    return Path("seen").read_text().strip()


def test_the_aws_cli_in_path_gets_endpoint_keys_and_region_and_its_exit_code_is_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert main(["s3", "ls", "--debug"]) == 9
    assert seen() == f"test/test us-east-1 none --endpoint-url {CLOUD} s3 ls --debug"


def test_keys_and_region_that_are_set_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111122223333")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    main(["sts", "get-caller-identity"])
    assert seen().startswith("111122223333/secret eu-west-1 none ")


def test_an_endpoint_and_a_profile_of_its_own_are_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    main(["--profile", "ada", "--endpoint-url=http://other", "s3", "ls"])
    assert seen() == "/ us-east-1 work --profile ada --endpoint-url=http://other s3 ls"


@pytest.mark.parametrize(
    ("variable", "value", "endpoint"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4700", "http://127.0.0.1:4700"),
        ("LOCALSTACK_HOST", "cloud.test", "http://cloud.test:4566"),
        ("LOCALSTACK_HOST", "cloud.test:80", "http://cloud.test:80"),
    ],
)
def test_the_cloud_is_named_by_the_variables_that_users_have(
    variable: str, value: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORRERY_ENDPOINT")
    monkeypatch.setenv(variable, value)
    main(["s3", "ls"])
    assert f"--endpoint-url {endpoint} " in seen()


def test_without_the_aws_cli_the_way_to_one_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["s3", "ls"]) == 127
    assert "pip install awscli" in capsys.readouterr().err
