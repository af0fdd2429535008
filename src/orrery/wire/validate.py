"""The slow way for requests that the typed decoder refused: read again by hand, then name every problem.

`accept` first makes the values clean: nulls dropped, whole floats made integers, timestamps and base64 read. A value of
the wrong type is a SerializationException in AWS's words. Clean values are then walked against every constraint
of the model and the patch; what is found is worded by the service's dialect (`orrery.wire.dialects`). When nothing
is wrong (nulls only, say) the Struct is built after all.
"""

import base64
import binascii
import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from orrery.wire.dialects import describe, unreadable
from orrery.wire.instant import Instant
from orrery.wire.model import Operation
from orrery.wire.patterns import python_pattern
from orrery.wire.problems import Path, Problem, Unreadable
from orrery.wire.shapes import Member, Shape
from orrery.wire.structs import Input, convert, input_struct
from orrery.wire.timestamps import parse_timestamp

_NUMBERS = frozenset({"integer", "long", "float", "double"})
_BITS = {"integer": 31, "long": 63}
_WORD = {"integer": "Integer", "long": "Long", "float": "Float", "double": "Double", "boolean": "Boolean"}


def accept(operation: Operation, values: Any, protocol: str) -> Input:
    """The input Struct for values keyed by the members' `key`s, or the Fault the service answers for them."""
    struct = input_struct(operation)
    shape = operation.input
    if shape is None:
        return struct()
    try:
        cleaned = _clean_structure(shape, values)
        problems = list(_structure_problems(shape, cleaned, ()))
    except Unreadable as problem:
        raise unreadable(operation, protocol, problem) from None
    except RecursionError:
        raise unreadable(operation, protocol, Unreadable("The request is nested too deeply")) from None
    if problems:
        raise describe(operation, protocol, problems)
    try:
        return convert(cleaned, struct)
    except msgspec.ValidationError as problem:
        raise unreadable(operation, protocol, Unreadable(str(problem))) from None


def _clean(member: Member, value: Any) -> Any:
    shape = member.shape
    kind = shape.type
    if shape.document or shape.eventstream or member.streaming or member.jsonvalue:
        return value
    if kind == "structure":
        return _clean_structure(shape, value)
    if kind == "list":
        if not isinstance(value, list | tuple):
            raise Unreadable("Expected list or null" if not isinstance(value, dict) else _START_OF_STRUCTURE)
        return [None if item is None else _clean(shape.member, item) for item in value]
    if kind == "map":
        if not isinstance(value, dict):
            raise Unreadable("Expected map or null" if not isinstance(value, list) else _START_OF_LIST)
        return {key: None if item is None else _clean(shape.value, item) for key, item in value.items()}
    if isinstance(value, dict):
        raise Unreadable(_START_OF_STRUCTURE)
    if isinstance(value, list | tuple):
        raise Unreadable(_START_OF_LIST)
    return _clean_scalar(kind, value)


_START_OF_STRUCTURE = "Start of structure or map found where not expected."
_START_OF_LIST = "Start of list found where not expected"


def _clean_structure(shape: Shape, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(_START_OF_LIST if isinstance(value, list) else "Expected structure or null")
    cleaned = {}
    for member in shape.members.values():
        given = value.get(member.key)
        if given is not None:
            try:
                cleaned[member.key] = _clean(member, given)
            except Unreadable as problem:
                if given == "" and any(rule.get("blank") for rule in member.rules):
                    continue
                problem.member, problem.value = member, given
                raise
    return cleaned


def _clean_scalar(kind: str, value: Any) -> Any:
    if kind in ("integer", "long"):
        return _clean_integer(kind, value)
    if kind in ("float", "double"):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if value in ("NaN", "Infinity", "-Infinity"):
            return float(value.replace("Infinity", "inf"))
    elif kind == "boolean":
        if isinstance(value, bool):
            return value
    elif kind == "timestamp":
        try:
            return value if type(value) is Instant else parse_timestamp(value)
        except ValueError as problem:
            raise Unreadable(str(problem)) from None
    elif kind == "blob":
        return _clean_blob(value)
    elif isinstance(value, str):
        return value
    raise Unreadable(f"{_java_class(value)} can not be converted to an {_WORD.get(kind, 'String')}")


def _clean_integer(kind: str, value: Any) -> int:
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(f"{_java_class(value)} can not be converted to an {_WORD[kind]}")
    if not -(1 << _BITS[kind]) <= value < 1 << _BITS[kind]:
        raise Unreadable(f"{_java_class(value)} can not be converted to an {_WORD[kind]}")
    return value


def _clean_blob(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise Unreadable(f"{_java_class(value)} can not be converted to a Blob")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("Invalid Base64 encoding") from None


def _java_class(value: Any) -> str:
    """What AWS's JSON reader calls the type of a value."""
    if isinstance(value, bool):
        return "class java.lang.Boolean"
    if isinstance(value, int | float):
        return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
    return "class java.lang.String"


def _structure_problems(shape: Shape, values: dict[str, Any], path: Path) -> Iterator[Problem]:
    for member in shape.members.values():
        value = values.get(member.key)
        here = (*path, member.name)
        if value is not None:
            yield from _problems(member, value, here)
        elif member.name in shape.required and not member.shape.eventstream and not member.streaming:
            yield Problem("required", here, member, None, None)


def _problems(member: Member, value: Any, path: Path) -> Iterator[Problem]:
    shape = member.shape
    if shape.document or shape.eventstream or member.streaming or member.jsonvalue:
        return
    for rule in member.rules:
        if any(_broken(member, rule, value)):
            yield Problem("rule", path, member, value, rule)
    for kind, bound in _broken(member, member.constraints, value):
        yield Problem(kind, path, member, value, bound)
    if shape.type == "structure":
        yield from _structure_problems(shape, value, path)
    elif shape.type == "list":
        yield from _element_problems("elements", shape.member, list(enumerate(value, 1)), path, member, value, shape)
    elif shape.type == "map":
        if any(any(_broken(shape.key, shape.key.constraints, key)) for key in value):
            yield Problem("keys", path, member, value, shape.key)
        for key in value:
            yield from (
                Problem("rule", path, shape.key, key, rule)
                for rule in shape.key.rules
                if any(_broken(shape.key, rule, key))
            )
        yield from _element_problems("values", shape.value, list(value.items()), path, member, value, shape)


def _element_problems(
    kind: str,
    element: Member,
    items: list[tuple[Any, Any]],
    path: Path,
    holder: Member,
    value: Any,
    shape: Shape,
) -> Iterator[Problem]:
    """Problems of a list's or map's elements: of scalars one for all of them, of structures each on its own."""
    if any(item is None for _, item in items) and not shape.sparse:
        yield Problem(kind, path, holder, value, element)
        return
    if element.shape.type in ("structure", "list", "map"):
        for place, item in items:
            if item is not None:
                yield from _problems(element, item, (*path, place, "member" if kind == "elements" else "value"))
        return
    for place, item in items:
        for rule in element.rules:
            if item is not None and any(_broken(element, rule, item)):
                yield Problem("rule", (*path, place), element, item, rule)
    if any(any(_broken(element, element.constraints, item)) for _, item in items if item is not None):
        yield Problem(kind, path, holder, value, element)


def _broken(member: Member, bounds: dict[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    """The constraints among `bounds` that `value` breaks, as (kind, bound)."""
    kind = member.shape.type
    if kind == "string":
        if bounds.get("pattern") and not _matches(bounds["pattern"], value):
            yield "pattern", bounds["pattern"]
        if bounds.get("enum") and value not in bounds["enum"]:
            yield "enum", bounds["enum"]
    if kind in ("boolean", "timestamp", "structure"):
        return
    size, most, least = (value, "most", "least") if kind in _NUMBERS else (len(value), "longest", "shortest")
    if bounds.get("max") is not None and size > bounds["max"]:
        yield most, bounds["max"]
    if bounds.get("min") is not None and size < bounds["min"]:
        yield least, bounds["min"]


def _matches(pattern: str, value: str) -> bool:
    compiled = python_pattern(pattern)
    return compiled is None or re.search(compiled, value) is not None
