"""The console's paths. Its pages are read-only but for forms with the console's token; errors are pages too."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from orrery.gateway.console.clock import turn
from orrery.gateway.console.overview import overview
from orrery.gateway.console.page import CONSOLE, alert, asset, page
from orrery.gateway.console.requests import explain, stream
from orrery.gateway.console.services import service, services
from orrery.gateway.console.states import keep, states
from orrery.gateway.operator_routes import Call, Handler, Problem

_HERE: Final = Path(__file__).parent


async def style(call: Call) -> object:
    """The style sheet."""
    return asset((_HERE / "console.css").read_bytes(), b"text/css; charset=utf-8")


async def script(call: Call) -> object:
    """What refreshes the stream of requests; pages work without it."""
    return asset((_HERE / "console.js").read_bytes(), b"text/javascript; charset=utf-8")


def _as_page(handler: Handler) -> Handler:
    """The handler, whose refusals are pages."""

    async def shown(call: Call) -> object:
        try:
            return await handler(call)
        except Problem as problem:
            return page("That did not work", alert(str(problem)), status=problem.status)
        except LookupError as problem:
            return page("Not found", alert(str(problem.args[0] if problem.args else problem)), status=404)
        except ValueError as problem:
            return page("That did not work", alert(str(problem)), status=400)

    return shown


CONSOLE_ROUTES: Final[Mapping[str, Mapping[str, Handler]]] = {
    path: {method: _as_page(handler) for method, handler in handlers.items()}
    for path, handlers in {
        "/_orrery": {"GET": overview},
        f"{CONSOLE}/clock": {"POST": turn},
        f"{CONSOLE}/requests": {"GET": stream},
        f"{CONSOLE}/requests/*": {"GET": explain},
        f"{CONSOLE}/services": {"GET": services},
        f"{CONSOLE}/services/*": {"GET": service},
        f"{CONSOLE}/states": {"GET": states, "POST": keep},
        f"{CONSOLE}/console.css": {"GET": style},
        f"{CONSOLE}/console.js": {"GET": script},
    }.items()
}
