"""What the files around the product say, read as the tools that use them read it."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from orrery.settings import Loaded, load

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/orrery"


def project() -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def yaml_of(path: Path) -> dict[str, Any]:
    """A YAML file, its plain values as text: what is a switch to YAML 1.1 is a word to those who read it."""
    found: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    return found


class Dockerfile:
    """The image's build file, as instructions in order."""

    def __init__(self) -> None:
        text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
        lines = text.replace("\\\n", " ").splitlines()
        self.instructions = [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines) if word]
        last = max(index for index, (word, _) in enumerate(self.instructions) if word == "FROM")
        self.final = self.instructions[last:]

    def one(self, word: str) -> str:
        """What the final stage's only instruction of this kind says."""
        [found] = [rest for each, rest in self.final if each == word]
        return found

    def variables(self) -> dict[str, str]:
        """What containers find in their environment."""
        return dict(pair.split("=", 1) for word, rest in self.final if word == "ENV" for pair in rest.split())

    def health(self) -> list[str]:
        """The program that asks for the container's health, with its arguments."""
        words: list[str] = json.loads(self.one("HEALTHCHECK").partition("CMD ")[2])
        return words


def settings_of(variables: dict[str, str]) -> Loaded:
    """The settings that these variables give. A name that is no setting is among the warnings."""
    return load({}, {name: value for name, value in variables.items() if name.startswith("ORRERY_")}, None, CHART)
