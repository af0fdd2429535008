"""Paths of other emulators, as tools and tests written for those call them: `/_localstack/…` and `/moto-api/…`.

What has a meaning here is served; the rest is answered 501, with the name of what does the same here.
"""

from collections.abc import Mapping

from orrery import __version__
from orrery.gateway.operator_routes import Call, Handler, Problem, iso, reset, wanted

_STAGES = ("BOOT", "START", "READY", "SHUTDOWN")


async def localstack_health(call: Call) -> object:
    """The form in which LocalStack's health is read: a state by service."""
    states = {name: "running" if used else "available" for name, used in call.cloud.services().items()}
    return {"services": dict(sorted(states.items())), "edition": "orrery", "version": __version__}


async def localstack_act(call: Call) -> object:
    """{"action": "kill"} ends the cloud. {"action": "restart"} it cannot do by itself."""
    action = wanted(call.values(), "action", str)
    if action == "kill":
        call.cloud.stop()
        return {"status": "ok"}
    if action == "restart":
        raise Problem(
            501,
            "Orrery does not restart itself: POST /_localstack/state/reset forgets everything, `orrery stop` and "
            "`orrery start` end and begin it",
        )
    raise Problem(400, f"there is no action {action!r}; there are kill and restart")


async def localstack_info(call: Call) -> object:
    """The form in which LocalStack's info is read."""
    facts = call.cloud.health()
    return {
        "version": __version__,
        "edition": "orrery",
        "is_license_activated": False,
        "server_time_utc": iso(call.cloud.clock()["now"])[:-5],
        "uptime": int(facts.get("uptime_seconds", 0)),
    }


async def localstack_init(call: Call) -> object:
    """Which stages of the start are over, and how the scripts of all stages, or of one, stand."""
    prepared = call.cloud.prepared()
    stage = call.path.removeprefix("/_localstack/init").strip("/").upper()
    if not stage:
        return prepared
    if stage not in _STAGES:
        raise Problem(404, f"there is no stage {stage.lower()!r}; there are boot, start, ready and shutdown")
    scripts = [script for script in prepared["scripts"] if script["stage"] == stage]
    return {"completed": prepared["completed"][stage], "scripts": scripts}


async def localstack_diagnose(call: Call) -> object:
    """What can be told of a cloud for a report, under the names that LocalStack's tools read as far as it is there."""
    return {
        "version": {"orrery": __version__},
        "info": await localstack_info(call),
        "services": dict(sorted(call.cloud.services().items())),
        "init": call.cloud.prepared(),
        "orrery": {"health": call.cloud.health(), "doctor": call.cloud.doctor()},
    }


async def moto_seed(call: Call) -> object:
    """?a=N: ids made from now on follow from N; the same calls give the same ids."""
    text = call.query.get("a", "")
    if not text.removeprefix("-").isdecimal() or len(text) > 20:
        raise Problem(400, "give a whole number: /moto-api/seed?a=42")
    call.cloud.seed(int(text))
    return {"status": "ok"}


def _absent(what: str) -> Mapping[str, Handler]:
    """Handlers that say `what` there is instead of a path."""

    async def absent(call: Call) -> object:
        raise Problem(501, f"Orrery does not offer {call.path}: {what}")

    return dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), absent)


PEER_ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "/_localstack/health": {"GET": localstack_health, "POST": localstack_act},
    "/_localstack/info": {"GET": localstack_info},
    "/_localstack/init": {"GET": localstack_init},
    "/_localstack/init/*": {"GET": localstack_init},
    "/_localstack/diagnose": {"GET": localstack_diagnose},
    "/_localstack/state/reset": {"POST": reset},
    "/_localstack/state/*/reset": {"POST": reset},
    "/_localstack/state/**": _absent("`orrery state` saves and loads states, at /_orrery/states"),
    "/_localstack/pods/**": _absent("`orrery state` saves, exports and loads states, at /_orrery/states"),
    "/_localstack/config": _absent("settings are given at the start; `orrery doctor` shows what is in use"),
    "/_localstack/plugins": _absent("there are no plugins"),
    "/_localstack/usage": _absent("nothing is counted for anybody; `orrery requests` shows the last requests"),
    "/_localstack/chaos/**": _absent("`orrery fail` asks for failures, at /_orrery/failures"),
    "/_localstack/aws/**": _absent("what services show of themselves is at /_orrery/SERVICE/… and /_aws/SERVICE/…"),
    "/moto-api/reset": {"POST": reset},
    "/moto-api/seed": {"POST": moto_seed},
    "/moto-api/reset-auth": _absent("who may do what is checked from the first request on; the setting is auth"),
    "/moto-api/data.json": _absent("ask the services themselves, or `orrery state export` for all that is kept"),
    "/moto-api/config": _absent("settings are given at the start; `orrery doctor` shows what is in use"),
    "/moto-api/state-manager/**": _absent("states change with the cloud's clock: POST /_orrery/clock turns it"),
    "/moto-api/recorder/**": _absent(
        "`orrery requests` shows the last requests, `orrery state` saves and loads states"
    ),
    "/moto-api/static/**": _absent("answers cannot be given beforehand; `orrery fail` asks for failures"),
    "/moto-api/proxy/**": _absent("nothing is passed on to AWS"),
    "/moto-api": _absent("the console is at /_orrery/"),
}
"""Handlers by path and method, as of `operator_routes.find`."""
