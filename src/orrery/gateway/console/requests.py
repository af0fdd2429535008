"""The stream of requests, and one request's life."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from orrery.gateway.console.markup import Markup, button, facts, field, joined, link, table, tag
from orrery.gateway.console.page import CONSOLE, alert, page, section
from orrery.gateway.operator_routes import Call, Problem, iso
from orrery.gateway.selection import read_selection
from orrery.gateway.stages import STAGES

PATH = f"{CONSOLE}/requests"

FILTERS = {
    "service": ("Service", "sqs,s3"),
    "operation": ("Operation", "Send*"),
    "status": ("Status", "4xx"),
    "error": ("Error", "* for any"),
    "account": ("Account", "000000000000"),
    "since": ("Since", "10m or 2030-01-01"),
}
MOST = 500
BODIES = ("request_headers", "request_body", "response_headers", "response_body")


async def stream(call: Call) -> object:
    """The last of the requests that are wanted, newest first."""
    limit = call.query.get("limit") or "100"
    if not limit.isdecimal() or int(limit) > MOST:
        raise Problem(400, f"limit must be a whole number up to {MOST}")
    wrong = None
    try:
        wanted = read_selection(call.query, call.cloud.clock()["now"])
    except ValueError as problem:
        wrong, wanted = str(problem), None
    found = [] if wanted is None else list(reversed(call.cloud.requests(int(limit), wanted)))
    inputs = [
        field(label, name, call.query.get(name, ""), placeholder=example) for name, (label, example) in FILTERS.items()
    ]
    most = field("At most", "limit", limit, type="number", min="1", max=str(MOST))
    return page(
        "Requests",
        alert(wrong) if wrong else None,
        tag("form", *inputs, most, button("Filter"), link(PATH, "All"), method="get", action=PATH, role="search"),
        tag("div", request_table(found), id="stream", data_refresh="2"),
        here=PATH,
        status=400 if wrong else 200,
    )


def request_table(found: list[Mapping[str, Any]]) -> Markup:
    """Requests as a table, each with the way to its life."""
    if not found:
        return tag("p", "No request that is remembered is of this kind.")
    rows: list[tuple[object, ...]] = [
        (
            iso(each["time"]),
            link(f"{PATH}/{quote(each['id'], safe='')}", each["operation"]),
            each["status"],
            f"{each['milliseconds']:.1f}",
            each["account"],
            each.get("error", ""),
        )
        for each in found
    ]
    return table(("Time", "Operation", "Status", "ms", "Account", "Error"), rows, caption="Requests, newest first")


async def explain(call: Call) -> object:
    """All that is known of one request."""
    found = call.cloud.request(call.path.rpartition("/")[2])
    if found is None:
        raise Problem(404, "This request is not remembered, or there never was one of this id.")
    told: list[tuple[str, object]] = [
        (name.replace("_", " "), iso(value) if name == "time" else value)
        for name, value in found.items()
        if name not in BODIES and name != "stages"
    ]
    return page(
        f"{found['operation']}: {found['status']}",
        section("What is known", facts(told), id="facts"),
        _stages(found.get("stages", {})),
        *_bodies(found),
        tag("p", link(PATH, "All requests")),
    )


def _stages(stages: Mapping[str, float]) -> Markup | None:
    if not stages:
        return None
    whole = sum(stages.values()) or 1
    rows: list[tuple[object, ...]] = [
        (
            name,
            f"{length:.3f}",
            tag("meter", f"{length / whole:.0%}", min="0", max="1", value=f"{length / whole:.4f}", aria_label=name),
            STAGES.get(name, ""),
        )
        for name, length in stages.items()
    ]
    shown = table(("Stage", "ms", "Part", "What happens"), rows, caption="How long each stage took")
    return section("Its life", shown, id="stages")


def _bodies(found: Mapping[str, Any]) -> list[Markup]:
    if "request_body" not in found:
        return [
            tag("p", "Heads and bodies are shown when the cloud is started with ", tag("code", "--log-bodies 4K"), ".")
        ]
    shown = []
    for kind in ("request", "response"):
        fields = "".join(f"{name}: {value}\n" for name, value in found[f"{kind}_headers"].items())
        content = joined(tag("pre", fields, tabindex="0"), tag("pre", found.get(f"{kind}_body", ""), tabindex="0"))
        shown.append(section("The request" if kind == "request" else "The answer", content, id=kind))
    return shown
