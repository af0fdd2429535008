"""The repository as the tools see it: its services with their operations, its tests with their marks."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import orrery.services
from orrery.kernel.service import Service
from orrery.wire.model import Model, load_model

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of AWS's model, with the function that performs it where there is one."""

    service: str
    name: str
    function: str
    file: Path | None
    line: int
    summary: str
    unread: tuple[str, ...]

    @property
    def state(self) -> str:
        """`full`, `partial` (members of the request that nothing reads) or `absent`."""
        if self.file is None:
            return "absent"
        return "partial" if self.unread else "full"


_HELD = ("x-amz-checksum-", "x-amz-sdk-checksum-", "content-md5", "content-length")
"""Fields that say something of the body, which is held against them as it comes (gateway/checked_body.py)."""


class Source:
    """One service: its declarations, its model, its files."""

    def __init__(self, service: Service, files: tuple[Path, ...]) -> None:
        self.service = service
        self.files = files
        self.name = service.name

    @cached_property
    def model(self) -> Model:
        """AWS's model of the service, patched as the cloud uses it."""
        return load_model(self.name)

    def operations(self) -> list[Operation]:
        """Every operation of the model, in alphabetical order."""
        names = {aws: function for function, aws in self.model.by_function.items()}
        return [self._operation(name, names[name]) for name in sorted(names)]

    def _operation(self, name: str, function: str) -> Operation:
        performed = self.service.operations.get(function)
        if performed is None:
            return Operation(self.name, name, function, None, 0, "", ())
        source = Path(inspect.getsourcefile(inspect.unwrap(performed)) or "")
        line = inspect.unwrap(performed).__code__.co_firstlineno
        summary = (inspect.getdoc(performed) or "").partition("\n")[0]
        return Operation(self.name, name, function, source, line, summary, self._unread(name, function))

    def _unread(self, name: str, function: str) -> tuple[str, ...]:
        """Members of the request that no line of the service reads and that are not declared to mean nothing here."""
        operation = self.model.operation(name)
        members = list(operation.input.members) if operation.input is not None else []
        inert = set(self.service.inert.get(function, ()))
        if operation.paginator is not None:  # the kernel turns the pages
            inert.update(operation.paginator.input_token, (operation.paginator.limit_key or "",))
        if "httpChecksum" in operation.raw and operation.input is not None:  # the gateway holds the body to them
            inert.update(
                member.name
                for member in operation.input.members.values()
                if member.location == "header" and (member.location_name or "").lower().startswith(_HELD)
            )
        return tuple(member for member in members if member not in self.words and member not in inert)

    @cached_property
    def words(self) -> frozenset[str]:
        """Attribute names and strings in the service's files."""
        found: set[str] = set()
        for file in self.files:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Attribute):
                    found.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
        return frozenset(found)


def services() -> list[Source]:
    """Every service under `orrery.services`, by name."""
    found = []
    for entry in pkgutil.iter_modules(orrery.services.__path__):
        modules = [importlib.import_module(f"orrery.services.{entry.name}")]
        if entry.ispkg:
            inner = pkgutil.walk_packages(modules[0].__path__, f"orrery.services.{entry.name}.")
            modules += [importlib.import_module(each.name) for each in inner]
        declared = [value for module in modules for value in vars(module).values() if isinstance(value, Service)]
        own = next((service for service in declared if service.name == entry.name), None)
        if own is not None:
            files = tuple(Path(module.__file__) for module in modules if module.__file__)
            found.append(Source(own, files))
    return found


def python_files(*folders: str) -> Iterator[Path]:
    """The Python files of these folders of the repository, in order; not those of the peers that are measured."""
    peers = ROOT / "bench" / "peers"
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if peers not in path.parents)


@dataclass(frozen=True, slots=True)
class Marked:
    """A test that carries the mark `row`, and the rows it names."""

    file: Path
    line: int
    test: str
    rows: tuple[str, ...]


def marked_tests() -> list[Marked]:
    """Every test with a `row` mark: on itself, its class, its module (`pytestmark`) or one of its parameters."""
    found = []
    for file in python_files("tests"):
        tree = ast.parse(file.read_text())
        found += list(_marked_in(file, tree.body, _module_rows(tree)))
    return found


def _marked_in(file: Path, body: list[ast.stmt], outer: tuple[str, ...]) -> Iterator[Marked]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _marked_in(file, node.body, outer + _rows(*node.decorator_list))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            rows = outer + _rows(*node.decorator_list)
            if rows:
                yield Marked(file, node.lineno, node.name, tuple(dict.fromkeys(rows)))


def _module_rows(tree: ast.Module) -> tuple[str, ...]:
    rows: tuple[str, ...] = ()
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            rows += _rows(node.value)
    return rows


def _rows(*nodes: ast.AST) -> tuple[str, ...]:
    """The ids in every `pytest.mark.row(...)` within the nodes."""
    rows: list[str] = []
    for node in nodes:
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.row":
                rows += [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return tuple(rows)


def relative(path: Path) -> str:
    """A path as seen from the repository's root."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
