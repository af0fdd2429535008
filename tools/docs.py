"""The generated parts of docs/: settings, commands, and each service's operations, limits and failures."""

import json
import sys
from pathlib import Path

from orrery.gateway.console.coverage import TABLE as COVERAGE
from orrery.gateway.unread import TABLE
from orrery.localstack_variables import VARIABLES
from orrery.settings import declared
from orrery.testing.hosted import ELSEWHERE
from tools.commands import commands_page
from tools.generated import between, settle, table
from tools.sources import ROOT, Source, relative, services

SETTINGS_PAGE = """# Settings

Made from `src/orrery/settings.py`. Every setting is a flag of `orrery start`, a variable and a key of `orrery.toml` in
the current directory (or of the file that `--config` or `ORRERY_CONFIG` names). A flag wins over a variable, a variable
over the file, the file over [LocalStack's variables](guides/from-localstack.md#variables), those over the default. A
value, a key or a file that cannot be understood stops the start; a variable
`ORRERY_…` that is no setting is warned of. `ORRERY_ENDPOINT` is for the other commands: the cloud they talk to.

```toml
# orrery.toml
port = 4566
clock = "manual"
host-names = ["cloud.example.test"]
sqs-60-second-rules = false
```

{settings}
"""

SETTING_NAMES = '''\
"""The settings of tests' clouds by name, made from `orrery/settings.py` by `make docs`: pytest is told them at every
start, and importing the settings would take longer than all else that the plugin does then."""

SETTINGS = (
{names})
'''


def main(arguments: list[str]) -> int:
    """Write the pages anew, or with `--check` compare them."""
    made = {ROOT / "docs/settings.md": settings_page(), ROOT / "docs/commands.md": commands_page()}
    sources = services()
    made[TABLE] = unread_table(sources)
    made[COVERAGE] = coverage_table(sources)
    made[ROOT / "src/orrery/testing/names.py"] = setting_names()
    guide = ROOT / "docs/guides/from-localstack.md"
    try:
        made[guide] = localstack_page(guide.read_text())
        for source in sources:
            page = ROOT / "docs/services" / f"{source.name}.md"
            made[page] = service_page(source, page)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 1
    return settle(made, check="--check" in arguments)


def localstack_page(text: str) -> str:
    """The guide for those who come from LocalStack, its table of variables made anew."""
    rows: list[tuple[object, ...]] = [
        (f"`{each.name}`", each.told if each.read else f"no effect; warned of: {each.told}") for each in VARIABLES
    ]
    return between(text, "variables", table(("variable", "what it becomes"), rows))


def unread_table(sources: list[Source]) -> str:
    """services/unread.json: the members that nothing reads, which the gateway names or refuses."""
    table = {source.name: {each.name: each.unread for each in source.operations() if each.unread} for source in sources}
    return json.dumps(table, indent=1) + "\n"


def coverage_table(sources: list[Source]) -> str:
    """gateway/console/coverage.json: the operations of every service by how much of each is done."""
    table = {}
    for source in sources:
        operations = source.operations()
        table[source.name] = (
            source.model.metadata["serviceFullName"],
            [each.name for each in operations if each.state == "full"],
            {each.name: each.unread for each in operations if each.state == "partial"},
            [each.name for each in operations if each.state == "absent"],
        )
    return json.dumps(table, indent=1) + "\n"


def settings_page() -> str:
    """docs/settings.md."""
    rows: list[tuple[object, ...]] = [
        (
            f"`{each.flag}`",
            f"`{each.variable}`",
            f"`{each.form}`",
            f"`{each.default}`" if each.default else "",
            each.doc,
        )
        for each in declared()
    ]
    return SETTINGS_PAGE.format(settings=table(("flag", "variable", "values", "default", "meaning"), rows))


def setting_names() -> str:
    """testing/names.py: the settings that pytest's ini file may name for the clouds of tests."""
    names = [name for each in declared() if (name := each.name.replace("-", "_")) not in ELSEWHERE]
    return SETTING_NAMES.format(names="".join(f'    "{name}",\n' for name in names))


def service_page(source: Source, page: Path) -> str:
    """The page of a service, its generated parts made anew. Raises ValueError when it lacks a marker."""
    if not page.exists():
        raise ValueError(f"{relative(page)} is missing: every service has a page")
    text = page.read_text()
    try:
        text = between(text, "operations", _operations(source))
        if source.service.limits:
            text = between(text, "limits", _limits(source))
        if source.service.failures:
            text = between(text, "failures", _failures(source))
    except ValueError as problem:
        raise ValueError(f"{relative(page)}: {problem}") from None
    return text


def _operations(source: Source) -> str:
    operations = source.operations()
    rows: list[tuple[object, ...]] = []
    for each in operations:
        remark = each.summary
        if each.unread:
            remark += f" Without effect: {', '.join(f'`{member}`' for member in each.unread)}."
        rows.append((each.name, each.state, remark))
    counts = {state: sum(each.state == state for each in operations) for state in ("full", "partial", "absent")}
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    return f"{len(operations)} operations: {told}.\n\n{table(('operation', 'state', 'what it does'), rows)}"


def _limits(source: Source) -> str:
    rows: list[tuple[object, ...]] = [
        (f"`{each.name}`", each.today, each.eras.get("notes2020", each.today), each.doc)
        for each in source.service.limits.values()
    ]
    return table(("limit", "today", "notes2020", "meaning"), rows)


def _failures(source: Source) -> str:
    rows: list[tuple[object, ...]] = [
        (f"`{each.name}`", " ".join(f"`{key}={value}`" for key, value in each.parameters.items()), each.doc)
        for each in source.service.failures.values()
    ]
    return table(("failure", "settings", "what happens"), rows)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
