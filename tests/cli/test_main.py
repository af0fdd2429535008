import json
import subprocess
import sys

import pytest

from orrery import __version__
from orrery.cli.main import main

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


def test_another_program_is_told_from_a_cloud(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/era"] = 404, "<h1>Not  here</h1>"
    assert main(["era", "--endpoint", recorder.endpoint]) == 1
    assert "is it another program? It says: <h1>Not here</h1>" in capsys.readouterr().err


@pytest.mark.parametrize("endpoint", ["http://x:abc", "ftp://x", "http://", "http://[::1", "x:0"])
def test_an_endpoint_that_is_no_url_is_wrong_usage(endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--endpoint", endpoint]) == 2
    assert "http://127.0.0.1:4566" in capsys.readouterr().err


def test_without_a_command_the_help_is_shown_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "start" in capsys.readouterr().out


def test_a_bad_setting_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "--port", "high"]) == 2
    assert "port: 'high' (from --port)" in capsys.readouterr().err


def test_an_unknown_command_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clok"]) == 2
    assert capsys.readouterr().err == "orrery: there is no command 'clok'; did you mean clock?\nTry: orrery help\n"


def test_an_unknown_option_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--ednpoint", "x"]) == 2
    assert "there is no option '--ednpoint'; did you mean --endpoint?" in capsys.readouterr().err


def test_asked_for_json_problems_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json", "--endpoint", "http://127.0.0.1:1"]) == 3
    problem = json.loads(capsys.readouterr().err)
    assert problem["exit_code"] == 3
    assert "no cloud answers" in problem["message"]


def test_a_data_directory_that_no_cloud_uses_is_not_taken_for_the_cloud_at_the_usual_port(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["stop", "--data-dir", "elsewhere"]) == 3
    assert "no cloud runs with the data directory" in capsys.readouterr().err


def loaded_by(program: str, *unwanted: str) -> str:
    program += f"\nimport sys; print([name for name in sys.modules if name.startswith({unwanted!r})])"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_the_version_loads_neither_parser_nor_settings() -> None:
    program = "import orrery.cli.main as main; main.main(['--version'])"
    assert loaded_by(program, "argparse", "http", "orrery.settings", "tomllib") == f"orrery {__version__}\n[]"


def test_no_command_but_start_loads_the_server() -> None:
    program = "import importlib, orrery.cli.dispatch, orrery.cli.catalogue as catalogue\n"
    program += "for each in catalogue.COMMANDS: importlib.import_module(each.module)"
    server = ("app", "cloud", "gateway", "kernel", "wire", "services", "auth", "engines")
    unwanted = [f"orrery.{name}" for name in server] + ["botocore", "boto3", "msgspec"]
    assert loaded_by(program, *unwanted) == "[]"
