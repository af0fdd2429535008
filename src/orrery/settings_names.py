"""How settings are called: their flags and variables, and what documents tell of each."""

from dataclasses import dataclass


def variable_of(name: str) -> str:
    """The environment variable of the setting `name`: `data-dir` -> `ORRERY_DATA_DIR`."""
    return "ORRERY_" + name.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as documents and the command line see it."""

    name: str
    form: str
    doc: str
    default: str
    secret: bool

    @property
    def flag(self) -> str:
        """The command line's flag, `--data-dir`."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable, `ORRERY_DATA_DIR`."""
        return variable_of(self.name)
