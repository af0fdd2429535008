"""The settings file, `orrery.toml`: where it is looked for, and its keys as text, as flags and variables give them."""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path


class SettingsError(Exception):
    """A setting that cannot be used; the message names it, its value and where the value came from."""


def read_file(
    file: Path | None, environ: Mapping[str, str], directory: Path, known: Collection[str]
) -> tuple[Path | None, dict[str, str]]:
    """The file's path, None without one, and its values by setting; `known` are the settings there are.

    It is `file`, else the one that ORRERY_CONFIG names, else `orrery.toml` in `directory` if it is there. Raises
    SettingsError for a file that cannot be read and for keys that are no settings.
    """
    chosen = file or (Path(environ["ORRERY_CONFIG"]) if environ.get("ORRERY_CONFIG") else None)
    path = chosen or directory / "orrery.toml"
    try:
        with path.open("rb") as opened:
            content = tomllib.load(opened)
    except FileNotFoundError:
        if chosen:
            raise SettingsError(f"the settings file {path} does not exist") from None
        return None, {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(f"the settings file {path} cannot be read: {problem}") from None
    written = {}
    for key, value in content.items():
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            raise SettingsError(f"{path}: there is no setting {key!r}" + (f"; {close[0]!r}?" if close else ""))
        written[key] = _as_text(key, value, path)
    return path, written


def _as_text(key: str, value: object, path: Path) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case str() | int() | float():
            return str(value)
        case list() if all(isinstance(item, str) for item in value):
            return ",".join(value)
    raise SettingsError(f"{path}: {key} must be a string, a number, true, false or a list of strings")
