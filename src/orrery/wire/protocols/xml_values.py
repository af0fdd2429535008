"""Answers' values as XML, for Query, EC2 and REST-XML: one closure a shape, appending text to a list.

Lists are `<Name><member>…</member></Name>` (or repeated `<Name>` when flattened), maps
`<Name><entry><key/><value/></entry></Name>`; names, namespaces and attributes come from the model.
"""

import base64
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from orrery.wire.shapes import Member, Shape
from orrery.wire.timestamps import iso8601, iso8601_millis, rfc822, unix_seconds

Writer = Callable[[Any, list[str]], None]
_SPECIAL = re.compile('[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\x85\u2028]')
_CONTROL = re.compile("[\r\x00-\x08\x0b\x0c\x0e-\x1f\x85\u2028]")


class Form(NamedTuple):
    """What differs between the XML protocols: whether `queryName` counts, how a timestamp is written by default, and
    what the elements of a list are called."""

    name: str
    query_names: bool
    timestamp: Callable[[int], str]
    element: str


QUERY = Form("query", True, iso8601, "member")
EC2 = Form("ec2", False, iso8601_millis, "member")
REST = Form("rest-xml", False, iso8601, "member")
S3 = Form("s3", False, iso8601_millis, "member")


def escape(text: str) -> str:
    """Text safe inside elements and attributes; control characters as character references, as AWS writes them."""
    if _SPECIAL.search(text) is None:
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text if text.isprintable() else _CONTROL.sub(_reference, text)


def _reference(found: re.Match[str]) -> str:
    return f"&#x{ord(found.group()):x};"


def structure_writer(shape: Shape, form: Form) -> Callable[[Mapping[str, Any], list[str]], None]:
    """A function that writes a structure's members (not its own element); compiled once and kept with the model."""
    kept: dict[str, Writer] = shape.model.kept.setdefault(f"{form.name} out", {})
    found = kept.get(shape.name)
    if found is None:
        kept[shape.name] = lambda values, out: kept[shape.name](values, out)
        found = kept[shape.name] = _structure(shape, form)
    return found


def element_name(member: Member, form: Form) -> str:
    """What a structure's member is called in this form."""
    if form.query_names and member.query_name:
        return member.query_name
    if member.shape.type == "list" and member.flattened and not member.location_name:
        inner = member.shape.member
        return (inner.query_name if form.query_names else None) or inner.location_name or member.name
    return member.location_name or member.name


def _structure(shape: Shape, form: Form) -> Writer:
    members = [member for member in shape.members.values() if member.in_answer_body and not member.xml_attribute]
    order = shape.raw.get("xmlOrder")
    if order:
        members.sort(key=lambda member: order.index(member.name) if member.name in order else len(order))
    steps = [(member.name, *_step(member, element_name(member, form), form)) for member in members]
    special = _SPECIAL.search

    def write(values: Mapping[str, Any], out: list[str]) -> None:
        get, append = values.get, out.append
        for name, opening, closing, step in steps:  # texts and numbers, most of every list, without a call each
            value = get(name)
            if value is None:
                continue
            if step is not None:
                step(value, out)
            elif type(value) is not str or special(value) is None:
                append(f"{opening}{value}{closing}")
            else:
                append(f"{opening}{escape(value)}{closing}")

    return write


def _step(member: Member, name: str, form: Form) -> tuple[str, str, Writer | None]:
    """The opening and the end of an element of text or a whole number, else its writer."""
    if member.shape.type in ("string", "integer", "long"):
        return f"<{name}{namespace_attribute(member)}>", f"</{name}>", None
    return "", "", member_writer(member, name, form)


def member_writer(member: Member, name: str, form: Form) -> Writer:
    """A function that writes one value as element(s) called `name`."""
    shape = member.shape
    if shape.type == "list":
        return _list(member, name, form)
    if shape.type == "map":
        return _map(member, name, form)
    if shape.type == "structure":
        return element_writer(shape, name, namespace_attribute(member), form)
    opening, closing = f"<{name}{namespace_attribute(member)}>", f"</{name}>"
    text = text_writer(member, form)
    return lambda value, out: out.append(f"{opening}{text(value)}{closing}")


def element_writer(shape: Shape, name: str, namespace: str, form: Form) -> Writer:
    """A function that writes a structure as the element `name`, with its attributes."""
    attributes = [
        (inner.name, inner.location_name or inner.name) for inner in shape.members.values() if inner.xml_attribute
    ]
    content = structure_writer(shape, form)
    opening, closing = f"<{name}{namespace}", f"</{name}>"
    if not attributes:
        whole = f"{opening}>"

        def write_plain(value: Any, out: list[str]) -> None:
            out.append(whole)
            content(value, out)
            out.append(closing)

        return write_plain

    def write(value: Any, out: list[str]) -> None:
        out.append(opening)
        for key, attribute in attributes:
            if value.get(key) is not None:
                out.append(f' {attribute}="{escape(str(value[key]))}"')
        out.append(">")
        content(value, out)
        out.append(closing)

    return write


def namespace_attribute(member: Member) -> str:
    """` xmlns="…"` (with the prefix, where there is one) for a member that has a namespace of its own."""
    namespace = member.xml_namespace
    if not namespace:
        return ""
    if isinstance(namespace, str):
        namespace = {"uri": namespace}
    prefix = namespace.get("prefix")
    return f' xmlns{":" + prefix if prefix else ""}="{escape(namespace["uri"])}"'


def _list(member: Member, name: str, form: Form) -> Writer:
    inner = member.shape.member
    if member.flattened:
        item = member_writer(inner, name, form)

        def write_flat(values: Any, out: list[str]) -> None:
            for value in values:
                if value is not None:
                    item(value, out)

        return write_flat
    own = (inner.query_name if form.query_names else None) or inner.location_name or form.element
    item = member_writer(inner, own, form)
    opening, closing = f"<{name}{namespace_attribute(member)}", f"</{name}>"

    def write(values: Any, out: list[str]) -> None:
        if not values:
            out.append(f"{opening}/>")
            return
        out.append(f"{opening}>")
        for value in values:
            if value is not None:
                item(value, out)
        out.append(closing)

    return write


def _map(member: Member, name: str, form: Form) -> Writer:
    shape = member.shape
    names = [
        (part.query_name if form.query_names else None) or part.location_name or default
        for part, default in ((shape.key, "key"), (shape.value, "value"))
    ]
    key = member_writer(shape.key, names[0], form)
    value = member_writer(shape.value, names[1], form)
    entry = name if member.flattened else "entry"

    def write_entries(values: Mapping[str, Any], out: list[str]) -> None:
        for place, item in values.items():
            if item is not None:
                out.append(f"<{entry}>")
                key(place, out)
                value(item, out)
                out.append(f"</{entry}>")

    if member.flattened:
        return write_entries

    def write(values: Mapping[str, Any], out: list[str]) -> None:
        out.append(f"<{name}{namespace_attribute(member)}>")
        write_entries(values, out)
        out.append(f"</{name}>")

    return write


def text_writer(member: Member, form: Form) -> Callable[[Any], str]:
    """A function from a scalar to its text, already escaped."""
    kind = member.shape.type
    if kind == "string":
        return escape
    if kind == "boolean":
        return lambda value: "true" if value else "false"
    if kind == "timestamp":
        return _timestamp(member, form)
    if kind == "blob":
        return lambda value: base64.b64encode(value).decode()
    if kind in ("float", "double"):
        return float_text
    return str


def _timestamp(member: Member, form: Form) -> Callable[[Any], str]:
    if member.timestamp_format is None:
        return form.timestamp
    written: Callable[[Any], str] = {
        "iso8601": form.timestamp,
        "rfc822": rfc822,
        "unixTimestamp": lambda value: str(unix_seconds(value)),
    }[member.timestamp_format]
    return written


def float_text(value: float) -> str:
    """A float as AWS writes it: `NaN` and `Infinity` by name."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
