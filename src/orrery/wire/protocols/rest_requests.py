"""What the REST protocols bind to path, query string and header fields of a request, read back into values.

A text that cannot be read as its type is left as it is: the typed decoder then refuses it, and the slow way words
the error.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from operator import methodcaller
from typing import Any

import msgspec

from orrery.wire.encoded_words import decode_words
from orrery.wire.http import Head
from orrery.wire.params import pairs
from orrery.wire.shapes import Member, Shape
from orrery.wire.timestamps import parse_timestamp

Values = dict[str, Any]
Binder = Callable[[Head, Mapping[str, str], Values], None]
FromText = Callable[[str], Any]


def binder(shape: Shape, uri: str) -> Binder | None:
    """A function that puts a request's path labels, parameters and fields into a dict by the members' `key`s.

    `uri` is the operation's: the literals of its query string are no parameters.

    None when the structure binds nothing but the body.
    """
    steps: list[Binder] = []
    members = shape.members.values()
    steps += [_label(member) for member in members if member.location == "uri"]
    query = [member for member in members if member.location == "querystring"]
    if query:
        literals = {piece.partition("=")[0] for piece in uri.partition("?")[2].split("&")}
        steps.append(_query_string(query, literals))
    fields = [member for member in members if member.location == "header"]
    if fields:
        steps.append(_header_fields(fields))
    steps += [_header_map(member) for member in members if member.location == "headers"]
    if not steps:
        return None

    def bind(head: Head, labels: Mapping[str, str], values: Values) -> None:
        for step in steps:
            step(head, labels, values)

    return bind


def _label(member: Member) -> Binder:
    name, key, read = member.location_name or member.name, member.key, from_text(member)

    def bind(_head: Head, labels: Mapping[str, str], values: Values) -> None:
        text = labels.get(name)
        if text is not None:
            values[key] = read(text)

    return bind


def _query_string(members: list[Member], literals: set[str]) -> Binder:
    """Parameters by name; a map takes all but the URI's own, also those that other members are bound to."""
    lists: dict[str, tuple[str, FromText]] = {}
    scalars: dict[str, tuple[str, FromText]] = {}
    rest: Member | None = None
    for member in members:
        name = member.location_name or member.name
        if member.shape.type == "map":
            rest = member
        elif member.shape.type == "list":
            lists[name] = (member.key, from_text(member.shape.member))
        else:
            scalars[name] = (member.key, from_text(member))
    many = rest is not None and rest.shape.value.shape.type == "list"
    rest_key = rest.key if rest is not None else None

    def bind(head: Head, _labels: Mapping[str, str], values: Values) -> None:
        if not head.query:
            return
        for name, text in pairs(head.query):
            if name in scalars:
                key, read = scalars[name]
                values[key] = read(text)
            elif name in lists:
                key, read = lists[name]
                values.setdefault(key, []).append(read(text))
            if rest_key is not None and name not in literals:
                others = values.setdefault(rest_key, {})
                if many:
                    others.setdefault(name, []).append(text)
                else:
                    others.setdefault(name, text)

    return bind


def _header_fields(members: list[Member]) -> Binder:
    """Fields by name: a request has few of the many that its operation knows, so it is they that are walked."""
    known: dict[bytes, tuple[str, FromText, bool]] = {}
    for member in members:
        name = (member.location_name or member.name).lower().encode()
        is_list = member.shape.type == "list"
        read = _header_list(member.shape.member) if is_list else from_text(member, header=True)
        known[name] = member.key, read, is_list
    find = known.get

    def bind(head: Head, _labels: Mapping[str, str], values: Values) -> None:
        for name, value in head.headers.index().items():
            found = find(name)
            if found is not None:
                key, read, is_list = found
                whole = b",".join(head.headers.all(name)) if is_list else value
                values[key] = read(decoded_field(whole))

    return bind


def _header_map(member: Member) -> Binder:
    """`x-amz-meta-…`: every field with the prefix, by the rest of its name in lower case; repeated ones joined."""
    prefix = (member.location_name or "").lower().encode()
    key = member.key
    starts = methodcaller("startswith", prefix)
    finish = decode_words if member.shape.raw.get("encodedWords") else _string

    def bind(head: Head, _labels: Mapping[str, str], values: Values) -> None:
        found: dict[str, str] = {}
        fields = head.headers
        if not any(map(starts, fields.index())):
            return
        for field, value in fields.raw:
            name = field.lower()
            if name.startswith(prefix):
                place = name[len(prefix) :].decode("latin-1")
                text = decoded_field(value)
                found[place] = f"{found[place]},{text}" if place in found else text
        if found:
            values[key] = {place: finish(text) for place, text in found.items()}

    return bind


def decoded_field(value: bytes) -> str:
    """A header field's value: UTF-8 where it is, else Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _header_list(element: Member) -> FromText:
    read = from_text(element, header=True)
    dates = element.shape.type == "timestamp" and element.timestamp_format in (None, "rfc822")
    return lambda text: [read(piece) for piece in split_list(text, dates=dates)]


def split_list(text: str, *, dates: bool = False) -> list[str]:
    """The items of a comma-separated field; quoted items may hold commas, RFC 822 dates hold one each."""
    if not text.strip():
        return []
    items: list[str] = []
    start, quoted, place, commas = 0, False, 0, 0
    while place < len(text):
        character = text[place]
        if quoted and character == "\\":
            place += 1
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            commas += 1
            if not dates or commas % 2 == 0:
                items.append(text[start:place])
                start = place + 1
        place += 1
    items.append(text[start:])
    return [_unquoted(item.strip()) for item in items]


def _unquoted(item: str) -> str:
    if len(item) >= 2 and item[0] == item[-1] == '"':
        return item[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return item


def from_text(member: Member, *, header: bool = False) -> FromText:
    """The reader of a scalar in a path, parameter, field or element."""
    if header and member.jsonvalue:
        return _json_value
    read = _READERS.get(member.shape.type, _string)
    return _lenient(read) if member.shape.raw.get("lenient") else read


def _lenient(read: FromText) -> FromText:
    """What cannot be read counts as not given."""

    def read_or_not(text: str) -> Any:
        value = read(text)
        return None if isinstance(value, str) else value

    return read_or_not


def _string(text: str) -> Any:
    return text


def _json_value(text: str) -> Any:
    try:
        return msgspec.json.decode(base64.b64decode(text))
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return text


_DIGITS = re.compile(r"[+-]?[0-9]{1,19}")


def _integer(text: str) -> Any:
    return int(text) if _DIGITS.fullmatch(text) else text


def _float(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text.lower(), text)


def _timestamp(text: str) -> Any:
    try:
        return parse_timestamp(text)
    except ValueError:
        return text


def _blob(text: str) -> Any:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text


_READERS: Mapping[str, FromText] = {
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "blob": _blob,
}
