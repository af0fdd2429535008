"""Saved states: the list, saving, loading."""

from orrery.gateway.console.forms import form, read_form
from orrery.gateway.console.markup import Markup, button, field, joined, table, tag
from orrery.gateway.console.page import CONSOLE, elsewhere, page
from orrery.gateway.operated import Saved
from orrery.gateway.operator_routes import Call, Problem, iso
from orrery.kernel.states.trouble import StateFailed

PATH = f"{CONSOLE}/states"


async def states(call: Call) -> object:
    """Every saved state with its form to load it, and the form to save another."""
    saved = await call.cloud.states.list()
    rows: list[tuple[object, ...]] = [
        (each.name, iso(each.created), iso(each.virtual_now), f"{each.bytes:,}", each.version, _load(call, each))
        for each in saved
    ]
    heading = ("Name", "Saved", "Its virtual time", "Bytes", "Version", "Load")
    shown = table(heading, rows, caption="Saved states") if rows else tag("p", "Nothing is saved.")
    return page(
        "Saved states",
        shown,
        tag("h2", "Save"),
        form(
            call.cloud,
            PATH,
            field("Name", "name", required=True, maxlength="64", autocomplete="off"),
            _check("Replace one of this name", "replace"),
            button("Save", name="do", value="save"),
        ),
        here=PATH,
    )


def _load(call: Call, saved: Saved) -> Markup:
    return form(
        call.cloud,
        PATH,
        tag("input", type="hidden", name="name", value=saved.name),
        _check("Everything that is there now goes", "sure", required=True),
        button(f"Load {saved.name}", name="do", value="load"),
    )


def _check(label: str, name: str, *, required: bool = False) -> Markup:
    box = tag("input", type="checkbox", name=name, value="yes", required=required)
    return tag("label", joined(box, tag("span", label)), class_="check")


async def keep(call: Call) -> object:
    """Save or load."""
    given = read_form(call)
    name = given.get("name", "")
    try:
        match given.get("do"):
            case "save":
                await call.cloud.states.save(name, replace="replace" in given)
            case "load" if "sure" in given:
                await call.cloud.states.load(name)
            case "load":
                raise Problem(400, "loading a state replaces everything: say that you are sure")
            case _:
                raise Problem(400, "say what to do: save or load")
    except StateFailed as problem:
        raise Problem(507, str(problem)) from None
    return elsewhere(PATH)
