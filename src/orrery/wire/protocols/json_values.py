"""Answers' values in JSON form: one closure a structure, precompiled; identity wherever JSON needs no change."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire.shapes import Member, Shape
from orrery.wire.timestamps import iso8601, rfc822, unix_seconds

Encoder = Callable[[Any], Any]

TIMESTAMPS: Mapping[str, Encoder] = {
    "unixTimestamp": unix_seconds,
    "iso8601": iso8601,
    "rfc822": rfc822,
}


def structure_encoder(shape: Shape) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """A function from an answer's dict to the dict that JSON encodes; compiled once a shape and kept with the model.

    Leaves out None, renames members that have a JSON name, writes timestamps; bytes stay (the encoder writes base64).
    KeyError for a name the shape does not have.
    """
    kept: dict[str, Encoder] = shape.model.kept.setdefault("json", {})
    found = kept.get(shape.name)
    if found is None:
        kept[shape.name] = lambda values: kept[shape.name](values)
        found = kept[shape.name] = _structure(shape, [m for m in shape.members.values() if m.in_answer_body])
    return found


def value_encoder(member: Member) -> Encoder | None:
    """A function for one value, or None where it is written as it is."""
    shape = member.shape
    kind = shape.type
    if member.jsonvalue:
        return lambda value: msgspec.json.encode(value).decode()
    if kind == "structure":
        return None if shape.document or shape.eventstream else structure_encoder(shape)
    if kind == "list":
        return _list(value_encoder(shape.member))
    if kind == "map":
        return _map(value_encoder(shape.value))
    if kind == "timestamp":
        return TIMESTAMPS[member.timestamp_format or "unixTimestamp"]
    return _float if kind in ("float", "double") else None


def _structure(shape: Shape, members: list[Member]) -> Encoder:
    steps = {member.name: (member.key, value_encoder(member)) for member in members}
    if all(key == name and step is None for name, (key, step) in steps.items()):
        return _plain

    def encode(values: Mapping[str, Any]) -> dict[str, Any]:
        encoded = {}
        for name, value in values.items():
            if value is not None:
                key, step = steps[name]
                encoded[key] = value if step is None else step(value)
        return encoded

    return encode


def _plain(values: Mapping[str, Any]) -> Mapping[str, Any]:
    if None in values.values():
        return {name: value for name, value in values.items() if value is not None}
    return values


def _list(step: Encoder | None) -> Encoder | None:
    if step is None:
        return None
    return lambda values: [None if value is None else step(value) for value in values]


def _map(step: Encoder | None) -> Encoder | None:
    if step is None:
        return None
    return lambda values: {key: None if value is None else step(value) for key, value in values.items()}


def _float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
