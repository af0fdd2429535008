"""Input Structs: frozen msgspec types generated from a model's shapes, whose decoding checks every constraint
at once.

A structure's attributes bear AWS's names (characters that Python does not allow become `_`, keywords get a
`_` appended). Absent optional scalars and structures are None, absent lists `()` (an empty list that was
given is `[]`), absent maps an empty read-only mapping. Blobs are bytes, timestamps `Instant`s, documents
plain values; a streaming body is whatever the caller hands in. Unknown members are ignored.
"""

import keyword
import re
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from orrery.wire.instant import Instant
from orrery.wire.model import Model, Operation
from orrery.wire.patterns import python_pattern
from orrery.wire.shapes import Member, Shape
from orrery.wire.timestamps import parse_timestamp

Input: TypeAlias = Any
"""A value of a generated Struct: its attributes are the model's, which no type checker knows."""

_NO_ENTRIES: MappingProxyType[str, Any] = MappingProxyType({})
_SCALARS: dict[str, Any] = {
    "string": str,
    "character": str,
    "blob": bytes,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "timestamp": Instant,
}
_NUMBERS = frozenset({"integer", "long", "float", "double"})
_INT64 = 2**63 - 1


class NoInput(msgspec.Struct, frozen=True):
    """The input of operations that take nothing."""


def input_struct(operation: Operation) -> type[msgspec.Struct]:
    """The Struct type of an operation's input, generated on first use and kept with the operation."""
    found: type[msgspec.Struct] | None = operation.kept.get("struct")
    if found is None:
        found = NoInput if operation.input is None else struct_for(operation.input)
        operation.kept["struct"] = found
    return found


def struct_for(shape: Shape) -> type[msgspec.Struct]:
    """The Struct type of a structure, kept with the model."""
    structs: dict[str, type[msgspec.Struct]] = shape.model.kept.setdefault("structs", {})
    found = structs.get(shape.name)
    return found if found is not None else _Maker(shape.model, structs).struct(shape)


def attribute_name(name: str) -> str:
    """The Python attribute for a member: AWS's name wherever Python can spell it."""
    spelt = re.sub(r"\W", "_", name)
    if spelt[0].isdigit():
        spelt = f"_{spelt}"
    return f"{spelt}_" if keyword.iskeyword(spelt) else spelt


def decode_hook(kind: type, value: Any) -> Any:
    """For msgspec: turns a timestamp in any of AWS's forms into an Instant; ValueError when it is none."""
    if kind is not Instant:
        raise NotImplementedError(kind)
    return value if type(value) is Instant else parse_timestamp(value)


def convert(values: Any, struct: type[msgspec.Struct]) -> Input:
    """Values keyed by the members' `key`s as a Struct; msgspec.ValidationError when a constraint is broken."""
    return msgspec.convert(values, struct, dec_hook=decode_hook)


def json_decoder(operation: Operation) -> Callable[[bytes], Input]:
    """Decodes a JSON body straight into the operation's input Struct."""
    return msgspec.json.Decoder(input_struct(operation), dec_hook=decode_hook).decode


class _Maker:
    """Makes the Structs of one shape and of all it reaches; recursive references are forward references by name."""

    def __init__(self, model: Model, structs: dict[str, type[msgspec.Struct]]) -> None:
        self._model = model
        self._structs = structs
        self._open: set[str] = set()
        self._users: dict[str, list[type[msgspec.Struct]]] = {}

    def struct(self, shape: Shape) -> type[msgspec.Struct]:
        found = self._structs.get(shape.name)
        if found is not None:
            return found
        self._open.add(shape.name)
        forward: set[str] = set()
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
        rename: dict[str, str] = {}
        for member in shape.members.values():
            attribute = attribute_name(member.name)
            if attribute != member.key:
                rename[attribute] = member.key
            if member.name in shape.required and not _supplied_elsewhere(member):
                fields.append((attribute, self.annotation(member, forward)))
            else:
                fields.append((attribute, *self._optional(member, forward)))
        made = msgspec.defstruct(
            shape.name, fields, rename=rename or None, kw_only=True, frozen=True, gc=False, module=__name__
        )
        self._open.discard(shape.name)
        self._structs[shape.name] = made
        for name in forward:
            self._users.setdefault(name, []).append(made)
        for user in self._users.pop(shape.name, []):
            setattr(user, _forward(shape.name), made)
        return made

    def annotation(self, member: Member, forward: set[str]) -> Any:
        """The type of a value at this place, with its constraints."""
        shape = member.shape
        kind = shape.type
        if _supplied_elsewhere(member) or shape.document:
            return Any
        if kind == "structure":
            if shape.name in self._open:
                forward.add(shape.name)
                return _forward(shape.name)
            return self.struct(shape)
        if kind == "list":
            inner = self._nullable(shape.member, forward, shape.sparse)
            return _bounded(list[inner], member, length=True)  # type: ignore[valid-type]
        if kind == "map":
            key = self.annotation(shape.key, forward)
            inner = self._nullable(shape.value, forward, shape.sparse)
            return _bounded(dict[key, inner], member, length=True)  # type: ignore[valid-type]
        return _scalar(member)

    def _nullable(self, member: Member, forward: set[str], sparse: bool) -> Any:
        inner = self.annotation(member, forward)
        return _or_none(inner) if sparse else inner

    def _optional(self, member: Member, forward: set[str]) -> tuple[Any, Any]:
        annotation = self.annotation(member, forward)
        shape = member.shape
        if shape.type == "list":
            return annotation, ()
        if shape.type == "map":
            return annotation, _NO_ENTRIES
        return _or_none(annotation), None


def _supplied_elsewhere(member: Member) -> bool:
    """Streaming bodies and event streams never pass through the decoder as values."""
    return (member.streaming and member.shape.type == "blob") or member.shape.eventstream or member.jsonvalue


def _forward(name: str) -> str:
    return f"Recursive{attribute_name(name)}"


def _or_none(annotation: Any) -> Any:
    if annotation is Any:
        return Any
    if isinstance(annotation, str):
        return f"{annotation} | None"
    return annotation | None


def _scalar(member: Member) -> Any:
    kind = member.shape.type
    if kind in ("boolean", "timestamp"):
        return _SCALARS[kind]
    if kind == "string" and member.enum and not member.rules:
        return Literal[tuple(member.enum)]
    return _bounded(_SCALARS[kind], member, length=kind not in _NUMBERS)


def _bounded(base: Any, member: Member, *, length: bool) -> Any:
    """`base` with the tightest of the member's own bounds and those of its worded rules."""
    facts: list[dict[str, Any]] = [{"min": member.min, "max": member.max, "pattern": member.pattern}]
    facts += member.rules
    if member.enum and member.rules:
        facts.append({"enum": member.enum})
    least = max((fact["min"] for fact in facts if fact.get("min") is not None), default=None)
    most = min((fact["max"] for fact in facts if fact.get("max") is not None), default=None)
    limits: dict[str, Any] = {}
    if least is not None:
        limits["min_length" if length else "ge"] = int(least) if length else _bound(base, least)
    if most is not None:
        limits["max_length" if length else "le"] = int(most) if length else _bound(base, most)
    if base is str:
        patterns = [pattern for fact in facts for pattern in _patterns(fact)]
        if patterns:
            limits["pattern"] = "".join(f"(?={pattern})" for pattern in patterns)
    return Annotated[base, Meta(**limits)] if limits else base


def _patterns(fact: dict[str, Any]) -> Iterator[str]:
    pattern = python_pattern(fact["pattern"]) if fact.get("pattern") else None
    if pattern is not None:
        yield pattern
    if fact.get("enum"):
        choices = "|".join(re.escape(choice) for choice in fact["enum"])
        yield rf"\A(?:{choices})\Z"


def _bound(base: Any, bound: Any) -> int | float:
    return float(bound) if base is float else max(-_INT64, min(_INT64, int(bound)))
