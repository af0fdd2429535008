"""HTML that is escaped by construction: text becomes markup only through `tag`, which escapes it."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

VOID: Final = frozenset({"br", "input", "link", "meta"})

Attribute = str | int | float | bool | None


class Markup(str):
    """HTML that needs no escaping."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: Attribute) -> Markup:
    """An element. Children that are not Markup are escaped, None is left out. `class_` loses its underscore, others
    become hyphens; an attribute that is True stands without value, False and None are left out."""
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(*children)}</{name}>")


def joined(*children: object) -> Markup:
    """Several pieces, each escaped unless it is Markup."""
    return Markup("".join(_text(child) for child in children if child is not None))


def link(target: str, text: object, **attributes: Attribute) -> Markup:
    """A link."""
    return tag("a", text, href=target, **attributes)


def table(heading: tuple[str, ...], rows: Iterable[Sequence[object]], *, caption: str) -> Markup:
    """A table; `caption` says to everybody what it holds."""
    head = tag("tr", *(tag("th", each, scope="col") for each in heading))
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    shown = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", shown, class_="wide", tabindex="0", role="region", aria_label=caption)


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names with what they are."""
    return tag("dl", *(joined(tag("dt", name), tag("dd", value)) for name, value in pairs))


def field(label: str, name: str, value: object = "", **attributes: Attribute) -> Markup:
    """An input with its label."""
    return tag("label", tag("span", label), tag("input", name=name, value=str(value), **attributes))


def choice(label: str, name: str, options: dict[str, str], chosen: str = "") -> Markup:
    """A list to choose from, by value and text."""
    made = [tag("option", text, value=value, selected=value == chosen) for value, text in options.items()]
    return tag("label", tag("span", label), tag("select", *made, name=name))


def button(text: str, **attributes: Attribute) -> Markup:
    """What sends a form."""
    return tag("button", text, type="submit", **attributes)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _text(child: object) -> str:
    return child if isinstance(child, Markup) else escape(str(child))
