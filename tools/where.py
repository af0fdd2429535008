"""`make where op=sqs.CreateQueue`: file and line of an operation, its tables, its tests, its page."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.sources import ROOT, Operation, Source, python_files, relative, services


def main(arguments: list[str]) -> int:
    """Print where each named operation is; without a name, all that are built. 1 when one does not exist."""
    sources = services()
    if not arguments:
        for source in sources:
            for operation in source.operations():
                if operation.file is not None:
                    print(f"{source.name}.{operation.name:32} {relative(operation.file)}:{operation.line}")
        return 0
    return max(_show(sources, name) for name in arguments)


def _show(sources: list[Source], wanted: str) -> int:
    service, _, name = wanted.partition(".")
    source = next((each for each in sources if each.name == service.lower()), None)
    if source is None:
        print(
            f"{wanted}: no service {service!r}; there are {', '.join(each.name for each in sources)}", file=sys.stderr
        )
        return 1
    plain = name.replace("_", "").lower()
    operation = next((each for each in source.operations() if each.name.lower() == plain), None)
    if operation is None:
        print(f"{wanted}: AWS's model of {service} has no such operation", file=sys.stderr)
        return 1
    for label, places in _places(source, operation):
        for place in places:
            print(f"{label:10} {place}")
            label = ""
    return 0


def _places(source: Source, operation: Operation) -> Iterator[tuple[str, list[str]]]:
    built = f"{relative(operation.file)}:{operation.line}" if operation.file else "not built: answers 501"
    yield operation.name, [built]
    yield "tables", list(_tables(source, operation))
    yield "tests", list(tests(operation))
    page = ROOT / "docs/services" / f"{source.name}.md"
    yield "page", [f"{relative(page)}:{_line(page, operation.name)}"] if page.exists() else []


def _tables(source: Source, operation: Operation) -> Iterator[str]:
    """Where the tables are declared that the operation's file names."""
    if operation.file is None:
        return
    text = operation.file.read_text()
    for name in source.service.tables:
        if not re.search(rf"\b{name}\b", text):
            continue
        for file in source.files:
            line = _line(file, f"class {name}(")
            if line:
                yield f"{relative(file)}:{line}  {name}"


def tests(operation: Operation) -> Iterator[str]:
    """The first place in each test file that calls the operation, by boto3's name (which may be quoted or handed on) or
    by AWS's."""
    for file in python_files("tests"):
        called = re.compile(rf"\b{operation.function}[(\"]|\.{operation.function}\b|\b{operation.name}\b")
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if called.search(line):
                yield f"{relative(file)}:{number}"
                break


def _line(file: Path, text: str) -> int:
    return next((number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line), 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
