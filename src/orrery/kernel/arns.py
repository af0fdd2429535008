"""Amazon Resource Names of records, by their tables' declarations, and the way back."""

from typing import Any

import msgspec

from orrery.kernel.core import Core, Work
from orrery.kernel.place import Place
from orrery.kernel.records import Record, Table, table_of


def arn_of(record: Record, place: Place) -> str:
    """The ARN of a record that lives in `place`."""
    table: Table[Any] = table_of(type(record))
    service = table.name.partition(".")[0]
    fields = msgspec.structs.asdict(record)
    region = place.region if table.scope == "region" else ""
    account = place.account if table.scope != "partition" else ""
    return f"arn:{place.partition}:{service}:{region}:{account}:{(table.arn or '{}').format(**fields)}"


def record_of(kernel: Core, ctx: Work, arn: str) -> Record | None:
    """The record an ARN names, None when there is none. Raises ValueError for what is no ARN."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise ValueError(f"{arn!r} is no ARN")
    _, _, service, region, account, resource = parts
    found = kernel.service(service)
    if found is None or account not in ("", ctx.account):
        return None
    tx = ctx.at(account or ctx.account, region or ctx.region)
    for table in found.tables.values():
        key = key_in(table, resource)
        if key is not None:
            record: Record | None = tx.get(table.record, *key)
            return record
    return None


def key_in(table: Table[Any], resource: str) -> tuple[str, ...] | None:
    """The key of the record that a resource part of an ARN names, by the table's declaration."""
    if table.arn is None or "{" not in table.arn:
        return None
    before, _, rest = table.arn.partition("{")
    field, _, after = rest.partition("}")
    if "{" in after or table.key != (field,) or not resource.startswith(before) or not resource.endswith(after):
        return None
    return (resource[len(before) : len(resource) - len(after)],)
