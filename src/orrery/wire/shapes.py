"""Shapes and their members: the types of a service model, with every trait that the wire needs.

Traits given at a member override those of the shape it refers to, as in botocore's models. Members are built
when first asked for, so recursive shapes need no care.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orrery.wire.model import Model

Raw = dict[str, Any]


class Member:
    """A structure's member, a list's element, or a map's key or value: a shape and its traits at this place.

    `key` is the name in JSON and CBOR bodies, also in the generated input Struct's encoded form (`@` and the name for
    what is not in the body); `location` is one of None, "header", "headers", "uri", "querystring", "statusCode".
    """

    __slots__ = (
        "enum",
        "event_header",
        "event_payload",
        "flattened",
        "host_label",
        "idempotency_token",
        "jsonvalue",
        "key",
        "location",
        "location_name",
        "max",
        "min",
        "name",
        "pattern",
        "query_name",
        "rules",
        "shape",
        "streaming",
        "timestamp_format",
        "xml_attribute",
        "xml_namespace",
    )

    def __init__(self, model: "Model", name: str, raw: Raw) -> None:
        shape = model.shape(raw["shape"])
        self.rules: tuple[Raw, ...] = (*raw.get("rules", ()), *shape.raw.get("rules", ()))
        self.shape = shape
        self.name = name
        traits = {**shape.raw, **raw}
        self.location: str | None = traits.get("location")
        named = raw if shape.type == "structure" else traits
        self.location_name: str | None = named.get("locationName")
        self.query_name: str | None = traits.get("queryName")
        renamed = self.location_name if model.json_names else None
        self.key: str = (renamed or name) if self.location is None else f"@{name}"
        self.idempotency_token = bool(traits.get("idempotencyToken"))
        self.jsonvalue = bool(traits.get("jsonvalue")) and self.location == "header"
        self.host_label = bool(traits.get("hostLabel"))
        self.xml_attribute = bool(traits.get("xmlAttribute"))
        self.event_payload = bool(traits.get("eventpayload"))
        self.event_header = bool(traits.get("eventheader"))
        self.streaming = bool(traits.get("streaming"))
        self.flattened = bool(traits.get("flattened"))
        self.timestamp_format: str | None = traits.get("timestampFormat")
        self.xml_namespace: Any = traits.get("xmlNamespace")
        self.min: float | None = traits.get("min")
        self.max: float | None = traits.get("max")
        self.pattern: str | None = traits.get("pattern")
        self.enum: list[str] | None = traits.get("enum")

    @property
    def constraints(self) -> dict[str, Any]:
        """The model's own bounds at this place, as patches may have changed them."""
        return {"min": self.min, "max": self.max, "pattern": self.pattern, "enum": self.enum}

    @property
    def in_answer_body(self) -> bool:
        """Whether an answer carries the member in its body; a path's or query string's members are there too."""
        return self.location not in ("header", "headers", "statusCode")

    @property
    def type(self) -> str:
        """The shape's type: structure, list, map, string, blob, boolean, integer, long, float, double, timestamp."""
        return self.shape.type

    def __repr__(self) -> str:
        return f"<Member {self.name}: {self.shape.name}>"


class Shape:
    """A type of the model: structures have `members`, `required`, `payload`; lists `member`; maps `key`, `value`."""

    __slots__ = (
        "_key",
        "_member",
        "_members",
        "_value",
        "document",
        "eventstream",
        "exception",
        "model",
        "name",
        "payload",
        "raw",
        "required",
        "sparse",
        "type",
        "union",
    )

    def __init__(self, model: "Model", name: str, raw: Raw) -> None:
        self.model = model
        self.name = name
        self.raw = raw
        self.type: str = raw["type"]
        self.required: frozenset[str] = frozenset(raw.get("required", ()))
        self.payload: str | None = raw.get("payload")
        self.document = bool(raw.get("document"))
        self.union = bool(raw.get("union"))
        self.sparse = bool(raw.get("sparse"))
        self.eventstream = bool(raw.get("eventstream"))
        self.exception = bool(raw.get("exception"))
        self._members: Mapping[str, Member] | None = None
        self._member: Member | None = None
        self._key: Member | None = None
        self._value: Member | None = None

    @property
    def members(self) -> Mapping[str, Member]:
        """A structure's members by AWS's names, in the model's order; empty for other types."""
        members = self._members
        if members is None:
            entries = self.raw.get("members", {})
            members = self._members = {name: Member(self.model, name, raw) for name, raw in entries.items()}
        return members

    @property
    def member(self) -> Member:
        """A list's element."""
        if self._member is None:
            self._member = Member(self.model, "member", self.raw["member"])
        return self._member

    @property
    def key(self) -> Member:
        """A map's key."""
        if self._key is None:
            self._key = Member(self.model, "key", self.raw["key"])
        return self._key

    @property
    def value(self) -> Member:
        """A map's value."""
        if self._value is None:
            self._value = Member(self.model, "value", self.raw["value"])
        return self._value

    def __repr__(self) -> str:
        return f"<Shape {self.name}: {self.type}>"
