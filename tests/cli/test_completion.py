import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orrery.cli.completion import SCRIPTS
from orrery.cli.main import main

from .conftest import Recorder


def offered(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The words that `orrery __complete` offers for what follows `orrery`, its last word unfinished."""
    assert main(["__complete", *words]) == 0
    return [line.partition("\t")[0] for line in capsys.readouterr().out.splitlines()]


def test_commands_are_completed_with_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["__complete", "sta"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "start\trun a cloud, in the foreground or (--detach) in the background",
        "status\tsay what runs, and where",
        "state\tsave the whole cloud, load it again, fork it",
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["help", "era"], ["era"]),
        (["s3", ""], ["scrub"]),
        (["sqs", "why", "--re"], ["--region"]),
        (["requests", "--o"], ["--operation"]),
        (["clock", "f"], ["freeze"]),
        (["clock", "freeze", ""], []),
        (["limits", "s"], ["set"]),
        (["env", "p"], ["powershell"]),
        (["env", "--shell", "d"], ["dotenv"]),
        (["logs", "--level", "w"], ["warning"]),
        (["logs", "--level", "error", "--fol"], ["--follow"]),
        (["start", "--det"], ["--detach"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["start", "--data-dir", "x"], []),
        (["nothing", ""], []),
    ],
)
def test_what_may_come_next_is_offered(words: list[str], found: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert offered(capsys, *words) == found


def test_words_of_the_aws_cli_are_its_own_completers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    assert offered(capsys, "aws", "sqs", "li") == []
    completer = tmp_path / "aws_completer"
    completer.write_text('#!/bin/sh\necho "$COMP_LINE" "$COMP_POINT"\n')
    completer.chmod(0o755)
    assert offered(capsys, "aws", "sqs", "li") == ["aws sqs li 10"]


def test_names_that_the_cloud_knows_are_asked_of_it(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORRERY_ENDPOINT", recorder.endpoint)
    recorder.answers["GET /_orrery/failures"] = 200, {"failures": [{"name": "sqs.duplicate"}, {"name": "sqs.shuffle"}]}
    assert offered(capsys, "fail", "set", "sqs.d") == ["sqs.duplicate"]
    assert offered(capsys, "fail", "--account", "1", "clear", "") == ["sqs.duplicate", "sqs.shuffle"]


def test_without_a_cloud_no_name_is_offered_and_nothing_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORRERY_ENDPOINT", "http://127.0.0.1:1")
    assert offered(capsys, "limits", "set", "") == []


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_a_script_asks_the_command_itself(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "orrery __complete" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_by_the_script(tmp_path: Path) -> None:
    command = tmp_path / "orrery"
    command.write_text('#!/bin/sh\nprintf "freeze\\tstand still\\nresume\\n"; echo "$@" >asked\n')
    command.chmod(0o755)
    script = f"""
PATH={tmp_path}:$PATH
{SCRIPTS["bash"]}
COMP_WORDS=(orrery clock "") COMP_CWORD=2
_orrery
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == ["freeze", "resume"]
    assert (tmp_path / "asked").read_text() == "__complete clock \n"
