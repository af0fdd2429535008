"""docs/commands.md: the manual of the command line, made of its parsers and of src/orrery/cli/manual.toml."""

import re
from collections.abc import Iterable

from orrery.cli import manual
from orrery.cli.catalogue import COMMANDS
from orrery.cli.helping import WRAPPERS, wrapper
from orrery.cli.manual import Options
from orrery.cli.parser import Parser, every
from tools.generated import table

HEAD = """# Commands

Made from `src/orrery/cli`. `orrery help COMMAND` prints the same page in the terminal, `orrery help` the list below.

| exit code | meaning |
| --- | --- |
{codes}
| 130 | ended by Ctrl-C |

With `--json` a command answers with JSON on standard output, and tells of problems as `{{"message", "exit_code"}}` on
standard error. Work that takes more than a second is reported there meanwhile, when it is a terminal. A command finds
its cloud by `--endpoint`, `ORRERY_ENDPOINT`, `--port`, the file `running.json` in the data directory, or the default
port, in this order. `eval "$(orrery completion bash)"` lets the shell complete all of this.

{contents}
"""


def commands_page() -> str:
    """The whole page."""
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in manual.COMMON_CODES.items())
    parts = [HEAD.format(codes=codes, contents="\n".join(_contents())).rstrip()]
    known: set[str] = set()
    for parser in [*every(), *map(wrapper, WRAPPERS)]:
        parts.append(_section(parser, known))
    return "\n\n".join(parts) + "\n"


def _contents() -> Iterable[str]:
    for group in dict.fromkeys(command.group for command in COMMANDS):
        names = " · ".join(f"[{each.name}](#{_anchor(each.name)})" for each in COMMANDS if each.group == group)
        yield f"- {group}: {names}"
    if WRAPPERS:
        yield "- Wrappers: " + " · ".join(f"[{name}](#{name})" for name in WRAPPERS)


def _anchor(name: str) -> str:
    below = [each.prog for each in every() if each.prog.startswith(f"orrery {name} ")]
    return (below[0] if below else f"orrery {name}").replace(" ", "-")


def _section(parser: Parser, known: set[str]) -> str:
    page = manual.page_of(parser)
    parts = [f"## {parser.prog}", _sentence(parser.description or "")]
    parts.append("```sh\n" + "\n".join(page.usage) + "\n```")
    parts += [_plain(paragraph) for paragraph in page.about]
    parts += [_options(group, known) for group in manual.options_of(parser)]
    if page.examples:
        parts.append("```sh\n" + "\n\n".join(f"# {meaning}\n{command}" for command, meaning in page.examples) + "\n```")
    codes = [(code, meaning) for code, meaning in page.codes if manual.COMMON_CODES.get(code) != meaning]
    parts.append("Exit codes of its own: " + "; ".join(f"{code} {text}" for code, text in codes) + "." if codes else "")
    parts.append(_listed("Environment", page.environment))
    parts.append(_listed("Files", page.files))
    return "\n\n".join(filter(None, parts))


def _options(group: Options, known: set[str]) -> str:
    """A table of options; settings have a page of their own, and a group that was told of already is named only."""
    if group.title == "settings":
        return "Settings are flags too: [Settings](settings.md)."
    if group.title == "which cloud":
        if group.title in known:
            return "It takes `--endpoint`, `--port`, `--data-dir` and `--config`, as [orrery stop](#orrery-stop) does."
        known.add(group.title)
    rows: list[tuple[object, ...]] = [(f"`{form}`", _plain(meaning)) for form, meaning in group.rows]
    return table((group.title, "meaning"), rows)


def _listed(title: str, rows: tuple[tuple[str, str], ...]) -> str:
    return "\n".join([f"{title}:", "", *(f"- `{name}`: {_plain(meaning)}" for name, meaning in rows)]) if rows else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _plain(text: str) -> str:
    """Text whose stars and angle brackets Markdown would take for its own."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*<])", r"\\\1", part) for part in parts)
