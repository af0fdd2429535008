"""The house rules that no other checker knows: sizes, names, time and chance, globals, operations, fault codes."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tools import where
from tools.sources import ROOT, Source, python_files, relative, services

FILE_LINES = 400
FUNCTION_LINES = 50
BANNED_NAME = re.compile(r"(^|_)(utils?|helpers?|commons?|managers?|misc|stuff|base)(_|$)", re.IGNORECASE)
BANNED_CLASS = re.compile(r"(Utils?|Helpers?|Manager|Misc)(?=[A-Z]|$)")
OUTSIDE_TIME = ("kernel", "engines", "cli", "app.py")
"""What may ask the machine for time and chance: kernel and engines for the cloud, cli and app for themselves."""
TIME_AND_CHANCE = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "sleep", "gmtime", "localtime", "ctime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "asyncio": {"sleep"},
    "uuid": {"uuid1", "uuid4"},
    "os": {"urandom"},
    "random": None,
    "secrets": None,
}
"""Names of each module that are time or chance; None for all of them."""
CHANGERS = {"append", "extend", "insert", "remove", "pop", "popitem", "clear", "update", "setdefault", "add", "discard"}
COMMON_CODES = {
    "AccessDeniedException",
    "InternalFailure",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "MissingParameter",
    "ServiceUnavailable",
    "ThrottlingException",
    "ValidationError",
}
"""Codes that every service may answer: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"""
MUTABLE_KINDS = {"defaultdict", "deque", "OrderedDict", "Counter", "WeakValueDictionary", "WeakKeyDictionary"}


class Finding(NamedTuple):
    """A broken rule and where."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{relative(self.file)}:{self.line}: {self.text}"


Rule = Callable[[Path, ast.Module, str], Iterator[Finding]]


def main() -> int:
    """Print every broken rule; 1 when there are any."""
    findings: list[Finding] = []
    for file in python_files("src", "tests", "tools", "bench"):
        text = file.read_text()
        findings += check_file(file, text, SOURCE_RULES if file.is_relative_to(ROOT / "src") else EVERYWHERE)
    for source in services():
        findings += check_service(source)
    for finding in findings:
        print(finding, file=sys.stderr)
    return 1 if findings else 0


def check_file(file: Path, text: str, rules: tuple[Rule, ...]) -> list[Finding]:
    """What `rules` find in one file."""
    tree = ast.parse(text)
    return [finding for rule in rules for finding in rule(file, tree, text)]


def sizes(file: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Files and functions that one cannot take in at a glance. A function's docstring is not counted."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield Finding(file, 1, f"{lines} lines; at most {FILE_LINES}: divide it by nouns")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = node.body[0] if ast.get_docstring(node) else None
            length = (node.end_lineno or 0) - node.lineno + 1
            length -= (doc.end_lineno or 0) - doc.lineno + 1 if doc else 0
            if length > FUNCTION_LINES:
                yield Finding(file, node.lineno, f"{node.name} has {length} lines; at most {FUNCTION_LINES}")


def names(file: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Names that say nothing."""
    for part in file.relative_to(ROOT).with_suffix("").parts if file.is_relative_to(ROOT) else (file.stem,):
        if BANNED_NAME.search(part):
            yield Finding(file, 1, f"the name {part!r} says nothing: name the noun it holds")
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and BANNED_CLASS.search(node.name):
            yield Finding(file, node.lineno, f"the name {node.name} says nothing: name what it is")


def time_and_chance(file: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Wall clock, sleep and chance outside the layers that own them."""
    if layer(file) in OUTSIDE_TIME:
        return
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=module) | ast.Attribute(attr=module), attr=name):
                pairs = [(module, name)]
            case ast.ImportFrom(module=str(module)):
                pairs = [(module, alias.name) for alias in node.names]
            case _:
                continue
        for module, name in pairs:
            banned = TIME_AND_CHANCE.get(module, set())
            if banned is None or name in banned:
                yield Finding(file, node.lineno, f"{module}.{name}: time and chance come from the kernel's context")


def layer(file: Path) -> str:
    """The package below `orrery` that a file is in, or its own name."""
    return file.relative_to(ROOT / "src/orrery").parts[0] if file.is_relative_to(ROOT / "src/orrery") else file.stem


def module_state(file: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Module-level values that change: several clouds live in one process."""
    held = set()
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                held.add(target.id)
                kind = ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""
                if kind in MUTABLE_KINDS or kind in ("ContextVar", "local", "Lock"):
                    yield Finding(file, statement.lineno, f"{target.id} is state at module level: hang it on the cloud")
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        local = {arg.arg for arg in ast.walk(function) if isinstance(arg, ast.arg)} | {
            name.id for name in ast.walk(function) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                yield Finding(file, node.lineno, "a global that is assigned: hang it on the cloud")
            changed = _changed(node)
            if changed in held - local:
                yield Finding(file, getattr(node, "lineno", 1), f"{changed} is changed: hang it on the cloud")


def _changed(node: ast.AST) -> str | None:
    """The name whose value this node changes in place."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in CHANGERS:
            return name
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
    return None


def docstrings(file: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Modules without a word about what they hold."""
    if tree.body and not ast.get_docstring(tree):
        yield Finding(file, 1, "the module needs a docstring: what is in it, in a sentence")


EVERYWHERE: tuple[Rule, ...] = (sizes, names)
SOURCE_RULES: tuple[Rule, ...] = (sizes, names, time_and_chance, module_state, docstrings)


def check_service(source: Source) -> Iterator[Finding]:
    """Operations without docstring, test or place in AWS's model; fault codes that neither model nor patch knows."""
    known = {operation.function for operation in source.operations()}
    for function in source.service.operations.keys() - known:
        yield Finding(source.files[0], 1, f"{source.name}.{function} is no operation of AWS's model")
    for operation in source.operations():
        if operation.file is None:
            continue
        if not operation.summary:
            yield Finding(operation.file, operation.line, f"{operation.name} needs a docstring")
        if not any(where.tests(operation)):
            yield Finding(operation.file, operation.line, f"no test calls {operation.name}")
    for file in source.files:
        yield from _unknown_codes(source, file, ast.parse(file.read_text()))


def _unknown_codes(source: Source, file: Path, tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        match node.func, node.args, given.get("missing"):
            case ast.Name(id="Fault"), [ast.Constant(value=str(code)), *_], _ if "status" not in given:
                known = code in COMMON_CODES or source.model.error(code) is not None
            case ast.Attribute(attr="table"), _, ast.Tuple(elts=[ast.Constant(value=str(code)), *_]):
                known = source.model.error(code) is not None
            case _:
                continue
        if not known:
            yield Finding(file, node.lineno, f"neither {source.name}'s model nor its patch knows the code {code!r}")


if __name__ == "__main__":
    raise SystemExit(main())
