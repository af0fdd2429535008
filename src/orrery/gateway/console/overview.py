"""The console's first page."""

from datetime import timedelta

from orrery import __version__
from orrery.gateway.console.clock import clock_section
from orrery.gateway.console.markup import facts, link, tag
from orrery.gateway.console.page import CONSOLE, HOME, page, section
from orrery.gateway.console.requests import request_table
from orrery.gateway.console.services import service_table
from orrery.gateway.operator_routes import Call
from orrery.gateway.selection import ALL

LAST = 10


async def overview(call: Call) -> object:
    """Status, clock, services, the last requests."""
    cloud = call.cloud
    health, doctor = cloud.health(), cloud.doctor()
    status: list[tuple[str, object]] = [
        ("Version", __version__),
        ("Endpoint", f"{call.head.scheme}://{call.head.host}"),
        ("Up for", str(timedelta(seconds=int(health.get("uptime_seconds", 0))))),
        ("Data directory", health.get("data_directory", "")),
        ("Store", f"{doctor.get('store', '')}, {doctor.get('store_bytes', 0):,} bytes"),
        ("Durability", health.get("durability", "")),
        ("Authorisation", health.get("auth", "")),
        ("Requests", f"{health.get('requests', 0):,}"),
        ("Waiting", health.get("waiting", 0)),
        ("Process", health.get("pid", "")),
    ]
    last = list(reversed(cloud.requests(LAST, ALL)))
    return page(
        "Overview",
        section("Status", facts(status), id="status"),
        clock_section(call),
        section("Services", service_table(call), id="services"),
        section(
            "Last requests",
            tag("div", request_table(last), id="stream", data_refresh="2"),
            tag("p", link(f"{CONSOLE}/requests", "All that are remembered, with filters")),
            id="requests",
        ),
        here=HOME,
    )
