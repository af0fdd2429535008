import subprocess
import sys

import pytest

from orrery.cli.main import MODULES, main

from .conftest import Recorder


def test_where_no_cloud_answers_the_code_is_3_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--endpoint", "http://127.0.0.1:1"]) == 3
    assert "orrery start" in capsys.readouterr().err


def test_a_refusal_is_told_in_the_clouds_words_with_code_1(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers["GET /_orrery/era"] = 403, {"message": "not you"}
    assert main(["era", "--endpoint", recorder.endpoint]) == 1
    assert capsys.readouterr().err == "orrery: not you\n"


def test_what_is_no_orrery_is_told_so(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/era"] = 200, "<html>"
    assert main(["era", "--endpoint", recorder.endpoint]) == 1
    assert "is it Orrery?" in capsys.readouterr().err


def test_without_a_command_the_help_is_shown_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "start" in capsys.readouterr().out


def test_a_bad_setting_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "--port", "high"]) == 2
    assert "port: 'high' (from --port)" in capsys.readouterr().err


def test_every_command_stands_in_the_help_and_is_found_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    shown = capsys.readouterr().out
    for command in [name for names in MODULES.values() for name in names]:
        assert f"    {command} " in shown
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"] if command != "aws" else ["--help"])
        assert ended.value.code == 0


def test_no_command_but_start_loads_the_server() -> None:
    program = (
        "import importlib, sys, orrery.cli.main\n"
        "for name in orrery.cli.main.MODULES: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.startswith(('orrery.app', 'orrery.gateway', 'orrery.kernel',"
        " 'orrery.wire', 'orrery.services', 'orrery.auth', 'orrery.engines', 'botocore', 'boto3', 'msgspec'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
