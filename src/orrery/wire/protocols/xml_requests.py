"""Requests' values out of an XML tree, for REST-XML: one closure a shape.

Readers give dicts keyed by the members' `key`s. A text that cannot be read as its type is left as it is, for the typed
decoder to refuse.
"""

from collections.abc import Callable
from typing import Any

from orrery.wire.protocols.rest_requests import from_text
from orrery.wire.shapes import Member, Shape
from orrery.wire.xmltree import Element, XmlError

Reader = Callable[[Element], Any]
Step = tuple[str, bool, Reader]
"""A member's key, whether its elements repeat (flattened lists and maps), and its reader."""


def structure_reader(shape: Shape, *, strict: bool = False) -> Callable[[Element], dict[str, Any]]:
    """A function from an element to the values of a structure; compiled once and kept with the model.

    With `strict`, elements that the model does not have or that come twice raise XmlError.
    """
    kept: dict[str, Reader] = shape.model.kept.setdefault("xml in", {})
    found = kept.get(shape.name)
    if found is None:
        kept[shape.name] = lambda element: kept[shape.name](element)
        found = kept[shape.name] = _structure(shape, strict)
    return found


def _structure(shape: Shape, strict: bool) -> Reader:
    steps, attributes = _steps(shape, strict)

    def read(element: Element) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for child in element.children:
            step = steps.get(child.name)
            if step is not None:
                key, repeats, reader = step
                if not repeats:
                    if strict and key in values:
                        raise XmlError(f"{child.name} comes twice")
                    values[key] = reader(child)
                elif isinstance(found := reader(child), dict) and key in values and isinstance(values[key], dict):
                    values[key].update(found)
                elif isinstance(found, _Item):
                    values.setdefault(key, []).append(found.value)
                else:
                    values[key] = found
            elif strict:
                raise XmlError(f"{child.name} is not known")
        for name, key in attributes:
            value = _attribute(element, name)
            if value is not None:
                values[key] = value
        return values

    return read


def _steps(shape: Shape, strict: bool) -> tuple[dict[str, Step], list[tuple[str, str]]]:
    """The steps by the elements' local names; names and keys of the attributes."""
    steps: dict[str, Step] = {}
    attributes: list[tuple[str, str]] = []
    for member in shape.members.values():
        if member.location is not None:
            continue
        name = member.location_name or member.name
        if member.xml_attribute:
            attributes.append((name, member.key))
        else:
            repeats = member.flattened and member.shape.type in ("list", "map")
            step = (member.key, repeats, _flat(member, strict) if repeats else value_reader(member, strict=strict))
            local = name.rpartition(":")[2]
            if repeats or local not in steps:
                steps[local] = step
            inner = member.shape.member.location_name if repeats and member.shape.type == "list" else None
            if inner:
                steps.setdefault(inner, step)
    return steps, attributes


class _Item:
    """One element of a flattened list."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _flat(member: Member, strict: bool) -> Reader:
    if member.shape.type == "list":
        item = value_reader(member.shape.member, strict=strict)
        return lambda element: _Item(item(element))
    entry = _entry(member.shape)
    return lambda element: dict([entry(element)])


def _attribute(element: Element, name: str) -> str | None:
    """An attribute by its name as the model writes it (`xsi:type`), else by its local name under any prefix."""
    found = element.attributes.get(name)
    if found is None and ":" in name:
        local = name.rpartition(":")[2]
        found = next((value for key, value in element.attributes.items() if key.rpartition(":")[2] == local), None)
    return found


def value_reader(member: Member, *, strict: bool = False) -> Reader:
    """A function from one element to the value it holds."""
    shape = member.shape
    if shape.type == "structure":
        return structure_reader(shape, strict=strict)
    if shape.type == "list":
        item = value_reader(shape.member, strict=strict)
        return _strict_list(item, shape.member) if strict else lambda element: [item(it) for it in element.children]
    if shape.type == "map":
        entry = _entry(shape)
        return lambda element: dict(entry(child) for child in element.children)
    read = from_text(member)
    text: Reader = (
        (lambda element: element.text) if shape.type == "string" else lambda element: read(element.text.strip())
    )
    return _childless(text) if strict else text


def _strict_list(item: Reader, inner: Member) -> Reader:
    name = inner.location_name or "member"

    def read(element: Element) -> list[Any]:
        if any(child.name != name for child in element.children):
            raise XmlError(f"something that is no {name} is among them")
        return [item(child) for child in element.children]

    return read


def _childless(text: Reader) -> Reader:
    def read(element: Element) -> Any:
        if element.children:
            raise XmlError(f"{element.name} holds elements")
        return text(element)

    return read


def _entry(shape: Shape) -> Callable[[Element], tuple[Any, Any]]:
    key_name = shape.key.location_name or "key"
    value_name = shape.value.location_name or "value"
    key, value = value_reader(shape.key), value_reader(shape.value)

    def read(element: Element) -> tuple[Any, Any]:
        found: dict[str, Element] = {child.name: child for child in element.children}
        return (
            key(found[key_name]) if key_name in found else "",
            value(found[value_name]) if value_name in found else None,
        )

    return read
