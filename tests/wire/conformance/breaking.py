"""Valid samples made invalid in one place, or moved to the edge of what one constraint allows."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from botocore.model import Shape
from tests.wire.conformance.patterns import compiled, example

Path = tuple[str | int, ...]
_MISSING: Any = object()
_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_LONGEST = 20_000
_WRONG_TEXTS = ("\u2713", "!", " ", "a b", "{}", "A", "0", "-", "x" * 40, "a:*", "\u2713" * 40, "a\nb", "a\x85b", "  ")


class Place(NamedTuple):
    """Where a value stands in a sample: `owner` is the shape around it, `name` its part of that."""

    path: Path
    owner: str
    name: str
    shape: Shape
    value: Any
    required: bool


class Change(NamedTuple):
    """A sample changed at one place; `kind` says how."""

    kind: str
    place: Place
    sample: dict[str, Any]


def places(shape: Shape, value: Any, path: Path = ()) -> Iterator[Place]:
    """Every place in a structure's sample, outermost first; of lists and maps the first entry."""
    if getattr(shape, "is_document_type", False):
        return
    match shape.type_name:
        case "structure":
            required = set(shape.metadata.get("required", ()))
            union = getattr(shape, "is_tagged_union", False)
            for name, inner in value.items():
                member = shape.members[name]
                yield Place((*path, name), shape.name, name, member, inner, name in required and not union)
                yield from places(member, inner, (*path, name))
        case "list" if value:
            yield Place((*path, 0), shape.name, "member", shape.member, value[0], False)
            yield from places(shape.member, value[0], (*path, 0))
        case "map" if value:
            key = next(iter(value))
            yield Place((*path, key), shape.name, "value", shape.value, value[key], False)
            yield from places(shape.value, value[key], (*path, key))


def replaced(sample: Any, path: Path, value: Any) -> Any:
    """A copy of the sample with another value at `path`, or without it."""
    step, *rest = path
    copy = sample.copy()
    if rest:
        copy[step] = replaced(sample[step], tuple(rest), value)
    elif value is _MISSING:
        del copy[step]
    else:
        copy[step] = value
    return copy


def broken(sample: dict[str, Any], place: Place, *, form: bool) -> Iterator[Change]:
    """The sample with each constraint at the place broken, one at a time; `form` for the protocols of forms."""
    if place.required and _can_be_missed(sample, place, form=form):
        yield Change("required", place, replaced(sample, place.path, _MISSING))
    for kind, value in _broken_values(place.shape, place.value):
        yield Change(kind, place, replaced(sample, place.path, value))


def at_the_edge(sample: dict[str, Any], place: Place) -> Iterator[Change]:
    """The sample with the value at the place as short, long, small or large as is allowed."""
    shape = place.shape
    if "enum" in shape.metadata:
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    for kind, bound in (("at min", low), ("at max", high)):
        if bound is None:
            continue
        value = _sized(shape, place.value, bound)
        if value is not None:
            yield Change(kind, place, replaced(sample, place.path, value))


def _can_be_missed(sample: dict[str, Any], place: Place, *, form: bool) -> bool:
    """Whether a request without the member is one: not a label, a stream, or all that a form says of a structure."""
    around: Any = sample
    for step in place.path[:-1]:
        around = around[step]
    traits = place.shape.serialization
    stream = traits.get("streaming") or place.shape.type_name == "blob"
    return traits.get("location") != "uri" and not stream and not (form and len(around) == 1 and len(place.path) > 1)


def unbreakable(shape: Shape) -> bool:
    """Whether a pattern is there that none of our wrong texts breaks, or that Python does not understand."""
    pattern = shape.metadata.get("pattern")
    return pattern is not None and "enum" not in shape.metadata and _wrong_text(shape) is None


def _broken_values(shape: Shape, value: Any) -> Iterator[tuple[str, Any]]:
    if "enum" in shape.metadata:
        yield "enum", "No-Such-Choice"
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and (shape.type_name not in ("string", "blob", "list", "map") or low > 0):
        shorter = _sized(shape, value, low - 1, valid=False)
        if shorter is not None:
            yield "below min", shorter
    if high is not None:
        longer = _sized(shape, value, high + 1, valid=False)
        if longer is not None:
            yield "above max", longer
    if shape.metadata.get("pattern") is not None and shape.type_name == "string":
        text = _wrong_text(shape)
        if text is not None:
            yield "pattern", text


def _wrong_text(shape: Shape) -> str | None:
    """A text of allowed length that the pattern does not match."""
    matcher = compiled(shape.metadata["pattern"])
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", _LONGEST)
    plain = shape.serialization.get("location") is not None or shape.serialization.get("hostLabel")
    for text in _WRONG_TEXTS:
        sized = text + text[-1:] * (low - len(text))
        if matcher is None or not low <= len(sized) <= high:
            continue
        sent_as_it_is = not plain or (sized.isascii() and sized.isprintable() and sized.strip() == sized != "")
        if sent_as_it_is and not matcher.search(sized):
            return str(sized)
    return None


def _sized(shape: Shape, value: Any, size: float, *, valid: bool = True) -> Any:
    """A value of exactly that size; None where none can be made or none can be sent."""
    match shape.type_name:
        case "integer" | "long":
            limit = _INT32 if shape.type_name == "integer" else _INT64
            return int(size) if -limit - 1 <= size <= limit else None
        case "float" | "double":
            return float(size)
    count = int(size)
    if count < 0 or count > _LONGEST or shape.serialization.get("streaming"):
        return None
    match shape.type_name:
        case "string":
            if shape.serialization.get("location") and not count:
                return None
            pattern = shape.metadata.get("pattern")
            if valid and pattern is not None:
                return example(pattern, count, count)
            return "a" * count
        case "blob":
            return b"b" * count
        case "list":
            return None if not value or not count else [value[0]] * count
        case "map":
            return None if valid or not value or shape.key.metadata.get("enum") else _map(shape, value, count)
    return None


def _map(shape: Shape, value: dict[str, Any], count: int) -> dict[str, Any] | None:
    if not count:
        return None
    inner = next(iter(value.values()))
    return {f"key{number}": inner for number in range(count)}
