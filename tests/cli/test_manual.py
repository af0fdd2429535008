import re
import shlex

import pytest

from orrery.cli import manual
from orrery.cli.catalogue import COMMANDS
from orrery.cli.helping import WRAPPERS
from orrery.cli.main import main
from orrery.cli.parser import build, every, leaf

PAGES = sorted(manual.pages())


def words_of(parser_name: str) -> list[str]:
    return parser_name.removeprefix("orrery ").split()


def test_every_command_has_a_page_and_every_page_a_command() -> None:
    commands = {" ".join(words_of(parser.prog)) for parser in every()}
    assert commands == set(PAGES) - set(WRAPPERS)
    assert set(WRAPPERS) <= set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_tells_usage_description_examples_and_exit_codes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", *name.split()]) == 0
    shown = capsys.readouterr().out
    assert "Usage:\n" in shown
    assert "Examples:\n" in shown
    assert "Exit codes:\n" in shown
    page = manual.pages()[name]
    assert page.about
    assert ("3", "no cloud runs") not in page.codes or page.environment
    assert max(map(len, shown.splitlines())) <= 130


@pytest.mark.parametrize("name", [name for name in PAGES if name not in ("aws", *WRAPPERS)])
def test_every_example_can_be_parsed(name: str) -> None:
    commands = [found for command, _ in manual.pages()[name].examples for found in _orrery_words(command)]
    assert commands
    for words in commands:
        options = build(words[0]).parse_args(words)
        assert callable(options.run)
        assert leaf(build(words[0]), words).prog == f"orrery {name}"


def _orrery_words(command: str) -> list[list[str]]:
    inner = re.search(r"\$\((orrery .*?)\)", command)
    text = re.split(r" [|>] ", inner[1] if inner else command)[0]
    return [shlex.split(text)[1:]]


def test_every_option_says_what_it_is_for() -> None:
    for parser in every():
        for group in manual.options_of(parser):
            for form, meaning in group.rows:
                assert meaning, f"{parser.prog} {form}"


def test_every_command_that_talks_to_a_cloud_takes_json() -> None:
    for parser in every():
        if parser.prog != "orrery aws":
            assert "--json" in parser._option_string_actions, parser.prog


def test_help_lists_every_command_and_knows_commands_within_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n  {command.name} " in listed for command in COMMANDS)
    assert main(["help", "s3"]) == 0
    assert "  scrub  " in capsys.readouterr().out
    assert main(["help", "s3", "scrup"]) == 2
    assert "did you mean scrub?" in capsys.readouterr().err
    assert main(["help", "stats"]) == 2
    assert "did you mean status?" in capsys.readouterr().err


def test_the_option_help_shows_the_same_page(capsys: pytest.CaptureFixture[str]) -> None:
    main(["help", "clock"])
    page = capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["clock", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == page
