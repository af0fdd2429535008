"""Requests' values out of a tree of form parameters, for the Query and EC2 protocols: one closure a shape.

Query: lists are `Name.member.N` (or `Name.N` when flattened), maps `Name.entry.N.key` and `.value`. EC2: lists are
always `Name.N`, and names begin in upper case. Readers give dicts keyed by the members' `key`s; a text that cannot be
read as its type raises Unreadable's Fault through the caller's slow path, so it is left as the text it is.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from orrery.wire.params import Tree
from orrery.wire.shapes import Member, Shape
from orrery.wire.timestamps import parse_timestamp

Reader = Callable[[Any], Any]


def structure_reader(shape: Shape, *, query_names: bool) -> Callable[[Tree], dict[str, Any]]:
    """A function from a tree to the values of a structure; `query_names` for Query, otherwise EC2's names."""
    kept: dict[str, Reader] = shape.model.kept.setdefault("query in" if query_names else "ec2 in", {})
    found = kept.get(shape.name)
    if found is None:
        kept[shape.name] = lambda node: kept[shape.name](node)
        found = kept[shape.name] = _structure(shape, query_names)
    return found


def _structure(shape: Shape, query_names: bool) -> Reader:
    steps = [
        (_query_name(member) if query_names else _ec2_name(member), member.key, _reader(member, query_names))
        for member in shape.members.values()
    ]

    def read(node: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if isinstance(node, dict):
            for name, key, step in steps:
                found = node.get(name)
                if found is not None:
                    values[key] = step(found)
        return values

    return read


def _query_name(member: Member) -> str:
    """The name in the form; a flattened list goes by its elements' name, where they have one."""
    if member.shape.type == "list" and member.flattened and not (member.query_name or member.location_name):
        element = member.shape.member
        return element.query_name or element.location_name or member.name
    return member.query_name or member.location_name or member.name


def _ec2_name(member: Member) -> str:
    if member.query_name:
        return member.query_name
    name = member.location_name or member.name
    return name[:1].upper() + name[1:]


def _reader(member: Member, query_names: bool) -> Reader:
    shape = member.shape
    kind = shape.type
    if kind == "structure":
        return structure_reader(shape, query_names=query_names)
    if kind == "list":
        return _list(member, query_names)
    if kind == "map":
        return _map(member, query_names)
    return _SCALARS.get(kind, _text)


def _list(member: Member, query_names: bool) -> Reader:
    element = member.shape.member
    step = _reader(element, query_names)
    inside = None
    if query_names and not member.flattened:
        inside = element.query_name or element.location_name or "member"

    def read(node: Any) -> list[Any]:
        if isinstance(node, dict) and inside is not None:
            node = node.get(inside, node)
        return [step(item) for _, item in _numbered(node)]

    return read


def _map(member: Member, query_names: bool) -> Reader:
    shape = member.shape
    key_name = shape.key.query_name or shape.key.location_name or "key"
    value_name = shape.value.query_name or shape.value.location_name or "value"
    step = _reader(shape.value, query_names)
    inside = None if member.flattened else "entry"

    def read(node: Any) -> dict[str, Any]:
        if isinstance(node, dict) and inside is not None:
            node = node.get(inside, node)
        values = {}
        for _, entry in _numbered(node):
            if isinstance(entry, dict) and key_name in entry:
                value = entry.get(value_name)
                values[_text(entry[key_name])] = None if value is None else step(value)
        return values

    return read


_PLACE = re.compile("[0-9]{1,18}")
"""Bounded, since reading a number of thousands of digits is an error in Python."""


def _numbered(node: Any) -> list[tuple[int, Any]]:
    """The entries of a node whose names are numbers, in their order; the numbers may have gaps."""
    if not isinstance(node, dict):
        return []
    return sorted(
        ((int(place), item) for place, item in node.items() if _PLACE.fullmatch(place)),
        key=lambda entry: entry[0],
    )


def _text(node: Any) -> Any:
    return node.get("", node) if isinstance(node, dict) else node


def _integer(node: Any) -> Any:
    text = _text(node)
    try:
        return int(text)
    except (ValueError, TypeError):
        return text


def _float(node: Any) -> Any:
    text = _text(node)
    try:
        return float(text.replace("Infinity", "inf"))
    except (ValueError, AttributeError):
        return text


def _boolean(node: Any) -> Any:
    text = _text(node)
    return {"true": True, "false": False}.get(text.lower(), text) if isinstance(text, str) else text


def _timestamp(node: Any) -> Any:
    text = _text(node)
    try:
        return parse_timestamp(text)
    except ValueError:
        return text


def _blob(node: Any) -> Any:
    text = _text(node)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return text


_SCALARS: dict[str, Reader] = {
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
