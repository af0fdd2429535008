"""What a saved state says of itself: a small file beside its store and its bodies."""

import re
from pathlib import Path
from typing import Final

import msgspec

from orrery.kernel.states.trouble import UnusableState
from orrery.kernel.store.opening import Adapter

FORMAT: Final = 1
"""The format of saved states that this code writes, and the newest it reads."""

FILE: Final = "manifest.json"

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A saved state. `created` is the host's time, `virtual_now` the cloud's, both when it was taken; `bytes` is what
    its store and bodies take on a disk of their own; `store` the adapter that keeps it."""

    format: int
    release: str
    created: int
    virtual_now: int
    store: Adapter
    bytes: int


class _Format(msgspec.Struct):
    """The one thing that every format says in the same way."""

    format: int
    release: str = "unknown"


def check_name(name: str) -> str:
    """The name, if a state may be called by it. Raises UnusableState."""
    if not NAME.fullmatch(name):
        raise UnusableState(
            f"{name!r} is no name for a state: it begins with a letter or digit and has up to 64 letters, digits, "
            "dots, hyphens and underscores"
        )
    return name


def encode(manifest: Manifest) -> bytes:
    """The manifest as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode(content: bytes, whose: str) -> Manifest:
    """The manifest that a file holds. Raises UnusableState for a damaged one and for that of a newer format."""
    try:
        form = msgspec.json.decode(content, type=_Format)
        if form.format > FORMAT:
            raise UnusableState(
                f"{whose} was saved by a newer Orrery ({form.release}, format {form.format}; this one reads up to "
                f"{FORMAT}). Load it with that release, or a later one."
            )
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as problem:
        raise UnusableState(f"{whose} is damaged: its manifest cannot be read ({problem})") from problem


def read(state: Path) -> Manifest:
    """The manifest of the state in a directory. Raises UnusableState."""
    try:
        content = (state / FILE).read_bytes()
    except OSError as problem:
        raise UnusableState(f"{state.name} is damaged: its manifest cannot be read ({problem.strerror})") from problem
    return decode(content, state.name)
