"""One way of refusing a request: what a family of services answers to one problem."""

from types import MappingProxyType
from typing import NamedTuple


class Refusal(NamedTuple):
    """One answer. `message` is a template over the problem's details; `members` pairs member with detail."""

    code: str
    status: int
    message: str
    source: str
    members: tuple[tuple[str, str], ...] = ()


Table = MappingProxyType[str, Refusal]
