"""What a service keeps, for people: its tables by their declarations, with the first rows of a place."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from orrery.gateway.operated import Kept
from orrery.gateway.secrets import OUT, is_secret, without_secrets
from orrery.kernel.kernel import Kernel
from orrery.kernel.records import Record, Table
from orrery.kernel.service import Service

WIDTH: Final = 120
"""Characters of a field that are shown."""


def kept_by(kernel: Kernel, service: Service, account: str, region: str, limit: int) -> list[Kept]:
    """Every table of a service with at most `limit` rows; secrets and what is long are left out."""
    tx = kernel.read(kernel.place(account, region))
    return [
        Kept(
            name=table.name,
            doc=_doc(table.record),
            scope=table.scope,
            key=table.key,
            indexes=tuple(index.name for index in table.indexes),
            fields=table.record.__struct_fields__,
            rows=[_row(record) for record in tx.list(table.record, limit=limit)],
        )
        for table in _tables(service)
    ]


def _tables(service: Service) -> list[Table[Any]]:
    return [service.tables[name] for name in sorted(service.tables)]


def _doc(record: type[Record]) -> str:
    """The first sentence of what the record says of itself."""
    told = inspect.cleandoc(record.__dict__.get("__doc__") or "").partition("\n\n")[0].replace("\n", " ")
    first, dot, _ = told.partition(". ")
    return first + dot.strip()


def _row(record: Record) -> list[str]:
    return [_shown(name, getattr(record, name)) for name in record.__struct_fields__]


def _shown(name: str, value: Any) -> str:
    if is_secret(name) and value:
        return OUT
    plain = without_secrets(_lengths(msgspec.to_builtins(value, builtin_types=(bytes,), str_keys=True)))
    text = plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}…"


def _lengths(value: Any) -> Any:
    """The value with bytes told by their length."""
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {key: _lengths(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_lengths(each) for each in value]
    return value
