"""Members of requests that an operation takes but nothing reads: said to the caller, or refused, never swallowed.

The table `services/unread.json` is made from the sources by `make docs` and checked with them; it also makes the
`partial` of the service pages.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from orrery.wire.fault import Fault
from orrery.wire.model import Operation

TABLE = Path(__file__).parent.parent / "services" / "unread.json"

Table = Mapping[str, Mapping[str, tuple[str, ...]]]


def load_unread() -> Table:
    """Service → operation → members that nothing reads."""
    return msgspec.json.decode(TABLE.read_bytes(), type=dict[str, dict[str, tuple[str, ...]]])


def given_unread(table: Table, operation: Operation, values: Any) -> tuple[str, ...]:
    """The members of a request that were given and that nothing reads."""
    unread = table.get(operation.model.name, {}).get(operation.name)
    if not unread:
        return ()
    return tuple(name for name in unread if _given(getattr(values, name)))


def refusal(operation: Operation, names: tuple[str, ...]) -> Fault:
    """What `--strict` answers to a request that uses such members."""
    return Fault(
        "NotImplemented",
        f"{operation.model.name}.{operation.name} does nothing here with {', '.join(names)}, and --strict is on",
        status=501,
    )


def _given(value: Any) -> bool:
    """Whether a member stood in the request: absent scalars are None, absent lists `()`, absent maps read-only."""
    return value is not None and type(value) not in (tuple, MappingProxyType)
