import importlib
import re
import tomllib
from pathlib import Path, PurePath

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from tests.packaging.files import ROOT, project

import orrery

PACKAGE = ROOT / "src/orrery"


def files() -> list[Path]:
    return [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def matches(path: Path, pattern: str) -> bool:
    """Whether setuptools takes a file of the package for one of `pattern`, where `**/` is any folders or none."""
    own = PurePath(path.relative_to(PACKAGE))
    if pattern.startswith("**/"):
        return own.match(pattern.removeprefix("**/"))
    return str(own) == pattern


def test_every_file_of_the_package_that_is_not_python_goes_into_the_wheel() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["orrery"]
    data = [path for path in files() if path.suffix != ".py"]
    assert {"catalog.json", "model.patch.json", "unread.json", "py.typed"} <= {path.name for path in data}
    assert [path for path in data if not any(matches(path, pattern) for pattern in patterns)] == []


def test_every_folder_with_python_is_a_package_that_goes_into_the_wheel() -> None:
    folders = {folder for path in files() for folder in path.parents if folder.is_relative_to(PACKAGE)}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize(("name", "target"), project()["scripts"].items())
def test_the_commands_are_functions_of_the_package(name: str, target: str) -> None:
    module, _, function = target.partition(":")
    assert callable(getattr(importlib.import_module(module), function)), name


def test_the_package_knows_its_version() -> None:
    assert orrery.__version__ == project()["version"]


def test_pinned_requirements_are_what_the_project_asks_for() -> None:
    pins = {}
    for line in (ROOT / "requirements/product.txt").read_text().splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+)==([^;\s]+)", line):
            pins[found[1].lower()] = Version(found[2])
    asked = [Requirement(text) for text in [*project()["dependencies"], *project()["optional-dependencies"]["rocksdb"]]]
    assert [str(each) for each in asked if pins[each.name.lower()] not in each.specifier] == []
