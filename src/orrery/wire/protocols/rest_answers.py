"""What the REST protocols bind to status and header fields of an answer, written from values."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire.encoded_words import encode_words
from orrery.wire.http import Header
from orrery.wire.protocols.xml_values import float_text
from orrery.wire.shapes import Member, Shape
from orrery.wire.timestamps import iso8601, rfc822, unix_seconds

Values = Mapping[str, Any]
ToText = Callable[[Any], str]
FieldWriter = Callable[[Values, list[Header]], None]
OneField = Callable[[Any, list[Header]], None]


def field_writer(shape: Shape) -> FieldWriter | None:
    """A function that appends the header fields that an answer's values ask for; None when nothing is bound."""
    known: dict[str, OneField] = {}
    for member in shape.members.values():
        if member.location == "header":
            known[member.name] = _header(member)
        elif member.location == "headers":
            known[member.name] = _header_map(member)
    if not known:
        return None
    find = known.get

    def write(values: Values, headers: list[Header]) -> None:
        for name, value in values.items():  # of the many members that an answer may have, few are there
            step = find(name)
            if step is not None and value is not None:
                step(value, headers)

    return write


def status_member(shape: Shape) -> str | None:
    """The member whose value is the answer's status, where there is one."""
    return next((member.name for member in shape.members.values() if member.location == "statusCode"), None)


def _header(member: Member) -> OneField:
    field = (member.location_name or member.name).encode()
    to_text = _list_text(member.shape.member) if member.shape.type == "list" else text_of(member)

    def write(value: Any, headers: list[Header]) -> None:
        headers.append((field, field_bytes(to_text(value))))

    return write


def _header_map(member: Member) -> OneField:
    prefix = member.location_name or ""
    encode: ToText = encode_words if member.shape.raw.get("encodedWords") else str

    def write(values: Any, headers: list[Header]) -> None:
        for key, value in values.items():
            if value is not None:
                headers.append((f"{prefix}{key}".encode("latin-1", "replace"), field_bytes(encode(value))))

    return write


def field_bytes(text: str) -> bytes:
    """A field's value in UTF-8, with line breaks made harmless."""
    if "\r" in text or "\n" in text or "\0" in text:
        text = text.replace("\r", " ").replace("\n", " ").replace("\0", " ")
    return text.encode("utf-8", "surrogateescape")


def _list_text(element: Member) -> ToText:
    to_text = text_of(element)
    if element.shape.type == "string":
        return lambda values: ", ".join(_quoted(to_text(value)) for value in values if value is not None)
    return lambda values: ", ".join(to_text(value) for value in values if value is not None)


def _quoted(text: str) -> str:
    if "," in text or '"' in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return text


def text_of(member: Member) -> ToText:
    """The writer of a scalar in a field: RFC 822 dates unless the member asks for another form."""
    if member.jsonvalue:
        return lambda value: base64.b64encode(msgspec.json.encode(value)).decode()
    kind = member.shape.type
    if kind == "boolean":
        return lambda value: "true" if value else "false"
    if kind == "timestamp":
        return {"iso8601": iso8601, "unixTimestamp": lambda value: str(unix_seconds(value))}.get(
            member.timestamp_format or "rfc822", rfc822
        )
    if kind == "blob":
        return lambda value: base64.b64encode(value).decode()
    return float_text if kind in ("float", "double") else str
