"""The clock and its crank."""

from orrery.gateway.console.forms import form, read_form
from orrery.gateway.console.markup import Markup, button, choice, facts, field
from orrery.gateway.console.page import CONSOLE, HOME, alert, elsewhere, section
from orrery.gateway.operator_routes import INSTANT_MAX, Call, Problem, iso
from orrery.wire.http import Answer

UNITS = {"seconds": 1000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
MODES = {"real": "runs at a rate", "manual": "stands until it is advanced", "autojump": "leaps to what is due next"}


def clock_section(call: Call) -> Markup:
    """Virtual time, and the forms that change it."""
    state = call.cloud.clock()
    fired = call.query.get("fired", "")
    told = [
        ("Virtual time", iso(state["now"])),
        ("Host's time", iso(state["host"])),
        ("Mode", f"{state['mode']}: {MODES.get(state['mode'], '')}"),
        ("Rate", f"{state['rate']:g} virtual seconds a second"),
    ]
    return section(
        "Clock",
        alert(f"The clock was advanced; jobs that ran: {fired}.") if fired.isdecimal() else None,
        facts(told),
        form(
            call.cloud,
            f"{CONSOLE}/clock",
            field("Advance by", "length", 1, type="number", min="0", step="any", required=True),
            choice("Unit", "unit", {unit: unit for unit in UNITS}, "hours"),
            button("Advance", name="do", value="advance"),
        ),
        form(
            call.cloud,
            f"{CONSOLE}/clock",
            choice("Mode", "mode", {mode: mode for mode in MODES}, state["mode"]),
            field("Rate", "rate", f"{state['rate']:g}", type="number", min="0.001", step="any", required=True),
            button("Change", name="do", value="mode"),
        ),
        id="clock",
    )


async def turn(call: Call) -> object:
    """The crank was turned."""
    given = read_form(call)
    match given.get("do"):
        case "advance":
            fired = await call.cloud.advance(_length(call, given))
            return _back(f"?fired={fired}")
        case "mode":
            if given.get("mode") not in MODES:
                raise Problem(400, f"the clock has no mode {given.get('mode')!r}")
            call.cloud.set_clock(given["mode"], _number(given, "rate"))
            return _back("")
    raise Problem(400, "say what to do: advance or mode")


def _length(call: Call, given: dict[str, str]) -> int:
    unit = UNITS.get(given.get("unit", ""))
    if unit is None:
        raise Problem(400, f"{given.get('unit')!r} is none of {', '.join(UNITS)}")
    length = _number(given, "length") * unit
    if not 0 <= length <= INSTANT_MAX - call.cloud.clock()["now"]:
        raise Problem(400, "the length must not be below 0, and end within the year 9999: the clock never goes back")
    return round(length)


def _number(given: dict[str, str], name: str) -> float:
    try:
        return float(given.get(name, ""))
    except ValueError:
        raise Problem(400, f"{name} must be a number") from None


def _back(query: str) -> Answer:
    return elsewhere(f"{HOME}{query}#clock")
