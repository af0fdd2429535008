"""The services: what Orrery does of each, and what each keeps, from its tables' declarations."""

from urllib.parse import urlencode

from orrery.gateway.console.coverage import Coverage, coverage
from orrery.gateway.console.markup import Markup, button, field, joined, link, table, tag
from orrery.gateway.console.page import CONSOLE, page, section
from orrery.gateway.operated import Kept
from orrery.gateway.operator_routes import Call, Problem

PATH = f"{CONSOLE}/services"
ROWS = 20
MOST = 500
ACCOUNT, REGION = "000000000000", "us-east-1"


def service_table(call: Call) -> Markup:
    """Every service with how much of it is there."""
    known = coverage()
    used = call.cloud.services()
    rows: list[tuple[object, ...]] = []
    for name in sorted(used):
        covered = known.get(name, Coverage(name, [], {}, []))
        rows.append(
            (
                link(f"{PATH}/{name}", covered.title),
                len(covered.full),
                len(covered.partial),
                len(covered.absent),
                "used" if used[name] else "not used yet",
            )
        )
    return table(("Service", "Full", "Partial", "Absent", "Since the start"), rows, caption="Operations by service")


async def services(call: Call) -> object:
    """All services."""
    note = "Full: every member of the request has its effect. Partial: some have none. Absent: answered 501."
    return page("Services", service_table(call), tag("p", note), here=PATH)


async def service(call: Call) -> object:
    """One service: its tables with their first rows in a place, then its operations."""
    name = call.path.rpartition("/")[2]
    if name not in call.cloud.services():
        raise Problem(404, f"Orrery offers no service {name!r}.")
    account, region = call.query.get("account") or ACCOUNT, call.query.get("region") or REGION
    limit = call.query.get("limit") or str(ROWS)
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST:
        raise Problem(400, f"limit must be a whole number from 1 to {MOST}")
    covered = coverage().get(name, Coverage(name, [], {}, []))
    place = tag(
        "form",
        field("Account", "account", account, pattern="[0-9]{12}"),
        field("Region", "region", region),
        field("Rows", "limit", limit, type="number", min="1", max=str(MOST)),
        button("Show"),
        method="get",
        action=f"{PATH}/{name}",
    )
    shown = [_records(each, int(limit)) for each in call.cloud.tables(name, account, region, int(limit))]
    requests = f"{CONSOLE}/requests?{urlencode({'service': name})}"
    return page(
        covered.title,
        tag("p", link(requests, "Its requests")),
        section("What it keeps", place, *shown, id="tables"),
        section("What it does", *_operations(covered), id="operations"),
        here=PATH,
    )


def _records(kept: Kept, limit: int) -> Markup:
    """One table with its first rows."""
    facts = f"Key: {', '.join(kept.key)}. Unique in a {kept.scope}."
    if kept.indexes:
        facts += f" Indexes: {', '.join(kept.indexes)}."
    rows = [tuple(row) for row in kept.rows]
    shown = table(tuple(kept.fields), rows, caption=f"First rows of {kept.name}") if rows else tag("p", "It is empty.")
    more = tag("p", f"Only the first {limit} are shown.") if len(rows) >= limit else None
    return joined(tag("h3", kept.name), tag("p", kept.doc) if kept.doc else None, tag("p", facts), shown, more)


def _operations(covered: Coverage) -> list[Markup]:
    rows: list[tuple[object, ...]] = [
        *((name, "full", "") for name in covered.full),
        *((name, "partial", f"Without effect: {', '.join(members)}") for name, members in covered.partial.items()),
        *((name, "absent", "") for name in covered.absent),
    ]
    counts = f"{len(covered.full)} full, {len(covered.partial)} partial, {len(covered.absent)} absent."
    return [tag("p", counts), table(("Operation", "State", "Remark"), sorted(rows), caption="Operations")]
