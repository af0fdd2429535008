"""Values for shapes of botocore's models: valid by every constraint the model states, the same in every run.

Values are botocore's (timestamps are datetimes); `plain` makes ours of them. In a sample of everything each
structure of a service is filled with all its members where it is first met and with its required ones from
then on, so that every member is there and nothing grows without end; of a union's members one is taken,
another each time it is met.
"""

import datetime
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from botocore.model import Shape
from tests.wire.conformance.patterns import example

from orrery.wire.structs import attribute_name

UTC = datetime.UTC
MOMENT: Final = datetime.datetime(2024, 5, 6, 7, 8, 9, 250_000, tzinfo=UTC)
TEXT: Final = "aä 漢€<&>\"'+/%=~;?#\\,b"
HEADER_TEXT: Final = "a-1"
DOCUMENT: Final = {"a": [1, 2.5, "x", None, True], "b": {"c": ""}}
SHADOWED: Final = frozenset(
    {
        "CloudFunctionConfiguration.Event",
        "QueueConfigurationDeprecated.Event",
        "TopicConfigurationDeprecated.Event",
    }
)
"""Deprecated members of S3's that have the same element's name as the list that took their place."""
_HUGE = 1 << 62
_ENOUGH = 1 << 20


class Unsampled(Exception):
    """A required value for which no example was found; the message names the shape and says why."""


class Sampler:
    """Makes values of shapes: all members if `everything`, else the required; `answer` is for outputs.

    Forms cannot carry an empty structure or map, nor parameters, fields and flattened elements an empty list:
    there these have one entry at least.
    """

    def __init__(self, *, everything: bool, answer: bool = False, protocol: str = "json") -> None:
        self.everything = everything
        self.answer = answer
        self.form = protocol in ("query", "ec2")
        self.open: list[str] = []
        self.met: Counter[str] = Counter()

    def structure(self, shape: Shape) -> dict[str, Any]:
        """A value of a structure."""
        if getattr(shape, "is_document_type", False):
            return dict(DOCUMENT)
        self.met[shape.name] += 1
        if len(self.open) > 40:
            raise Unsampled(f"{shape.name} requires itself")
        first = self.everything and self.met[shape.name] == 1
        required = set(shape.metadata.get("required", ()))
        names = list(shape.members)
        if getattr(shape, "is_tagged_union", False) and names:
            names = [names[(self.met[shape.name] - 1) % len(names)]]
            required = set(names)
        self.open.append(shape.name)
        value: dict[str, Any] = {}
        for name in names:
            if (not first and name not in required) or f"{shape.name}.{name}" in SHADOWED:
                continue
            member = shape.members[name]
            if member.type_name == "structure" and member.serialization.get("eventstream"):
                continue
            try:
                value[name] = self.value(member)
            except Unsampled:
                if name in required:
                    self.open.pop()
                    raise
        if self.form and not value and names:
            value[names[0]] = self.value(shape.members[names[0]])
        self.open.pop()
        return value

    def value(self, shape: Shape) -> Any:
        """A value of any shape, with its traits at the place where it is used."""
        maker = getattr(self, f"_{shape.type_name}", None)
        if shape.type_name == "structure":
            return self.structure(shape)
        if maker is None:
            raise Unsampled(f"{shape.name} is a {shape.type_name}")
        return maker(shape)

    def _list(self, shape: Shape) -> list[Any]:
        low, high = _bounds(shape)
        unsent = self.form or shape.serialization.get("location") or shape.serialization.get("flattened")
        count = max(low, 1) if low or self.everything or unsent else 0
        if shape.member.name in self.open and not low:
            count = 0
        return [self.value(shape.member) for _ in range(min(count, high, max(low, 2)))]

    def _map(self, shape: Shape) -> dict[str, Any]:
        low, high = _bounds(shape)
        wanted = self.everything or self.form
        if not low and (not wanted or high < 1 or shape.value.name in self.open):
            return {}
        key = self.value(shape.key)
        value = {key: self.value(shape.value)}
        for choice in shape.key.metadata.get("enum", ())[1:]:
            if len(value) < low:
                value[choice] = self.value(shape.value)
        if low > len(value):
            raise Unsampled(f"{shape.name} needs {low} different keys")
        if shape.serialization.get("location") == "headers":
            return {"k1": HEADER_TEXT}
        return value

    def _string(self, shape: Shape) -> Any:
        choices = shape.metadata.get("enum")
        if choices:
            return choices[-1 if self.everything else 0]
        location = shape.serialization.get("location")
        low, high = _bounds(shape)
        if shape.serialization.get("jsonvalue") and location == "header":
            return dict(DOCUMENT)
        pattern = shape.metadata.get("pattern")
        if pattern is not None and not self.answer:
            found = example(pattern, max(low, 1 if location in ("uri", "header") else 0), high)
            if found is None:
                raise Unsampled(f"{shape.name} has the pattern {pattern}")
            return found
        if location == "statusCode":
            return "202"
        simple = location in ("header", "headers") or shape.serialization.get("hostLabel") or high < 4
        text = HEADER_TEXT if simple else TEXT
        return text[:high].strip() + "x" * (low - len(text[:high].strip()))

    _character = _string

    def _blob(self, shape: Shape) -> bytes:
        low, high = _bounds(shape)
        data = b"blob\x00\xff\xfe"
        if shape.serialization.get("location") or self.answer:
            data = b"blobs"
        return (data + b"x" * (low - len(data)))[:high]

    def _boolean(self, _shape: Shape) -> bool:
        return True

    def _integer(self, shape: Shape) -> int:
        return 202 if shape.serialization.get("location") == "statusCode" else int(_number(shape, 7))

    def _long(self, shape: Shape) -> int:
        return int(_number(shape, 1 << 40))

    def _float(self, shape: Shape) -> float:
        return float(_number(shape, 1.5))

    def _double(self, shape: Shape) -> float:
        return float(_number(shape, 0.1))

    def _timestamp(self, shape: Shape) -> datetime.datetime:
        style = shape.serialization.get("timestampFormat", "").lower()
        location = shape.serialization.get("location")
        seconds = style in ("rfc822",) or location == "header"
        return MOMENT.replace(microsecond=0) if seconds else MOMENT


def _bounds(shape: Shape) -> tuple[int, int]:
    low, high = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", _ENOUGH))
    if low > 100_000:
        raise Unsampled(f"{shape.name} is at least {low} long")
    return low, max(high, low)


def _number(shape: Shape, usual: float) -> float:
    low, high = shape.metadata.get("min", -_HUGE), shape.metadata.get("max", _HUGE)
    if low <= usual <= high:
        return usual
    return float(low) if abs(low) < abs(high) else float(high)


def instant(moment: datetime.datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def plain(value: Any) -> Any:
    """botocore's value as ours: instants for datetimes."""
    if isinstance(value, datetime.datetime):
        return instant(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def differences(shape: Shape, sent: Any, got: Any, path: str = "") -> list[str]:
    """Where a parsed input differs from botocore's value for it, as lines to read."""
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            found = []
            for name, member in shape.members.items():
                if member.serialization.get("eventstream"):
                    continue
                theirs, ours = sent.get(name), getattr(got, attribute_name(name), None)
                if theirs is None:
                    if not (_is_empty(ours) or _is_there_anyway(member)):
                        found.append(f"{path}.{name}: nothing sent, {ours!r} parsed")
                    continue
                found += differences(member, theirs, ours, f"{path}.{name}")
            return found
        case "list":
            if not hasattr(got, "__len__") or len(got) != len(sent):
                return [f"{path}: sent {sent!r}, parsed {got!r}"]
            pairs = zip(sent, got, strict=True)
            return [
                line
                for index, (theirs, ours) in enumerate(pairs)
                for line in differences(shape.member, theirs, ours, f"{path}[{index}]")
            ]
        case "map":
            more = shape.serialization.get("location") == "querystring"  # such a map takes every parameter
            if not isinstance(got, Mapping) or not set(sent) <= set(got) or (len(got) > len(sent) and not more):
                return [f"{path}: sent {sent!r}, parsed {got!r}"]
            return [line for key in sent for line in differences(shape.value, sent[key], got[key], f"{path}[{key!r}]")]
    expected = plain(sent)
    if isinstance(expected, bytes) and not isinstance(got, bytes):
        return [f"{path}: sent {expected!r}, parsed {got!r}"]
    same = (expected == got or (expected != expected and got != got)) and type(expected) in _kinds(got)
    return [] if same else [f"{path}: sent {expected!r}, parsed {got!r}"]


def _is_empty(value: Any) -> bool:
    """Whether a parsed value says nothing: absent, or a structure, list or map without anything in it."""
    if isinstance(value, msgspec.Struct):
        return all(_is_empty(inner) for inner in msgspec.structs.astuple(value))
    return value is None or (isinstance(value, tuple | Mapping | bytes) and not value)


def _is_there_anyway(shape: Shape) -> bool:
    """The body's type and length are sent, and a map of all parameters is filled, whether or not they were given."""
    traits = shape.serialization
    if traits.get("location") == "querystring" and shape.type_name == "map":
        return True
    return traits.get("location") == "header" and traits.get("name", "").lower() in ("content-type", "content-length")


def _kinds(value: Any) -> tuple[type, ...]:
    if isinstance(value, bool):
        return (bool,)
    if isinstance(value, int):
        return (int, float)
    if isinstance(value, float):
        return (float, int)
    return (type(value),)
