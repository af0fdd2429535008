"""Answers' values ready for the CBOR encoder: one closure a structure."""

from collections.abc import Callable, Mapping
from typing import Any

from orrery.wire.instant import Instant
from orrery.wire.shapes import Member, Shape

Encoder = Callable[[Any], Any]


def structure_encoder(shape: Shape) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from an answer's dict to the dict that CBOR encodes: None left out, timestamps tagged.

    Compiled once a shape and kept with the model. KeyError for a name that the shape does not have.
    """
    kept: dict[str, Encoder] = shape.model.kept.setdefault("cbor", {})
    found = kept.get(shape.name)
    if found is None:
        kept[shape.name] = lambda values: kept[shape.name](values)
        found = kept[shape.name] = _structure(shape)
    return found


def _structure(shape: Shape) -> Encoder:
    steps = {member.name: value_encoder(member) for member in shape.members.values()}

    def encode(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: steps[name](value) for name, value in values.items() if value is not None}

    return encode


def value_encoder(member: Member) -> Encoder:
    """A function for one value."""
    shape = member.shape
    kind = shape.type
    if kind == "structure":
        return _same if shape.document or shape.eventstream else structure_encoder(shape)
    if kind == "list":
        step = value_encoder(shape.member)
        return lambda values: [None if value is None else step(value) for value in values]
    if kind == "map":
        entry = value_encoder(shape.value)
        return lambda values: {key: None if value is None else entry(value) for key, value in values.items()}
    if kind == "timestamp":
        return Instant
    return float if kind in ("float", "double") else _same


def _same(value: Any) -> Any:
    return value
