"""The forms a setting can take: each parser turns text into a value, or raises ValueError saying what to give."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

MEMORY = ":memory:"
"""The data directory that keeps nothing."""


@dataclass(frozen=True, slots=True)
class ClockMode:
    """How the virtual clock runs: mode `real`, `manual`, `autojump` or `rate`; `rate` is virtual seconds a second."""

    mode: str
    rate: float = 1.0


def text(value: str) -> str:
    """Any text."""
    return value


def choice(*allowed: str) -> Callable[[str], str]:
    """One of the words `allowed`."""

    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"choose one of {', '.join(allowed)}")
        return value

    return parse


def switch(value: str) -> bool:
    """On or off, true or false, yes or no, 1 or 0."""
    meaning = {
        "on": True,
        "true": True,
        "yes": True,
        "1": True,
        "off": False,
        "false": False,
        "no": False,
        "0": False,
    }
    if value.lower() not in meaning:
        raise ValueError("choose on or off")
    return meaning[value.lower()]


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", value) or not low <= int(value) <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(value)

    return parse


_SIZE_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def size(low: int, high: int) -> Callable[[str], int]:
    """A number of bytes from `low` to `high`: 65536, 64K, 8M, 1GiB; units are powers of 1,024."""

    def parse(value: str) -> int:
        found = re.fullmatch(r"([0-9]{1,12})([KMG]?)(?:i?B)?", value, re.IGNORECASE)
        number = int(found[1]) * _SIZE_UNITS[found[2].upper()] if found else -1
        if not low <= number <= high:
            raise ValueError(f"give a number of bytes from {low} to {high}, as 65536, 64K or 8M")
        return number

    return parse


def bytes_or_off(high: int) -> Callable[[str], int]:
    """A number of bytes up to `high`, 0 for `off`."""
    bounded = size(0, high)
    return lambda value: 0 if value == "off" else bounded(value)


def clock(value: str) -> ClockMode:
    """A mode of the clock: real, manual, autojump or rate=N."""
    if value in ("real", "manual", "autojump"):
        return ClockMode(value)
    found = re.fullmatch(r"rate=([0-9]{1,9}(?:\.[0-9]{1,6})?)", value)
    if not found or float(found[1]) <= 0:
        raise ValueError("choose real, manual, autojump or rate=N with N virtual seconds a second, above 0")
    return ClockMode("rate", float(found[1]))


def names(value: str) -> tuple[str, ...]:
    """Host names, or `*.domain`, separated by commas or white space; in lower case."""
    given = tuple(name for name in re.split(r"[,\s]+", value.lower()) if name)
    for name in given:
        if not re.fullmatch(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*", name):
            raise ValueError(f"{name!r} is not a host name or *.domain")
    return given


def endpoint(value: str) -> str:
    """A host name or address with or without scheme and port, in lower case; "" for none."""
    found = re.fullmatch(
        r"((https?://)?([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?)?/?", value, re.IGNORECASE
    )
    if not found:
        raise ValueError("give NAME, NAME:PORT or http[s]://NAME:PORT")
    return (found[1] or "").lower()


def origins(value: str) -> tuple[str, ...]:
    """Origins separated by commas or white space, in lower case: scheme, host and port, one `*` in each at most."""
    given = tuple(origin.rstrip("/") for origin in re.split(r"[,\s]+", value.lower()) if origin)
    for origin in given:
        plain = origin in ("*", "null") or re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/*]*\*?[^/*]*", origin)
        if not plain:
            raise ValueError(f"{origin!r} is no origin, as http://localhost:3000, nor *")
    return given


def field_names(value: str) -> tuple[str, ...]:
    """Names of header fields separated by commas or white space, in lower case; `*` for all."""
    given = tuple(name for name in re.split(r"[,\s]+", value.lower()) if name)
    for name in given:
        if not re.fullmatch(r"\*|[a-z0-9!#$%&'+.^_`|~-]+", name):
            raise ValueError(f"{name!r} is no header's name")
    return given


def addresses(value: str) -> tuple[str, ...]:
    """One or more addresses separated by commas or white space."""
    given = tuple(address.strip("[]") for address in re.split(r"[,\s]+", value) if address)
    if not given:
        raise ValueError("give at least one address")
    return given


def path(value: str) -> str:
    """A directory made absolute, or `:memory:`."""
    if not value:
        raise ValueError("give a directory, or :memory: to keep nothing")
    return value if value == MEMORY else str(Path(value).expanduser().absolute())


def file(value: str) -> str:
    """A path made absolute; empty for none."""
    return str(Path(value).expanduser().absolute()) if value else ""


def directory(value: str) -> str:
    """A directory made absolute, or none."""
    return str(Path(value).expanduser().absolute()) if value else ""


def default_data_dir(environ: Mapping[str, str]) -> str:
    """`orrery` in the user's data directory (`XDG_DATA_HOME`, else `~/.local/share`)."""
    base = environ.get("XDG_DATA_HOME") or ""
    if not base.startswith("/"):
        base = str(Path(environ.get("HOME") or "/var/lib") / ".local/share")
    return str(Path(base) / "orrery")


def show(value: object) -> str:
    """A parsed value in the form in which one would write it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, ClockMode):
        return f"rate={value.rate:g}" if value.mode == "rate" else value.mode
    return str(value)
