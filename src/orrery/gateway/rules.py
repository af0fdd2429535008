"""How each operation's signature is judged: derived from the model, kept with the operation."""

from orrery.gateway.refusals import family_of
from orrery.gateway.verify import Rules
from orrery.wire.model import Operation


def rules_for(operation: Operation, protocol: str) -> Rules:
    """The rules of an operation in a protocol."""
    key = f"rules {protocol}"
    found: Rules | None = operation.kept.get(key)
    if found is None:
        found = operation.kept[key] = Rules(
            family=family_of(protocol, operation.model.name, query_compatible=operation.model.query_compatible),
            services=frozenset({operation.model.signing_name}),
            anonymous=operation.auth == "none" or operation.model.name == "s3",
            unsigned_body=operation.auth == "v4-unsigned-body",
        )
    return found


def sums_body(operation: Operation) -> bool:
    """Whether the `x-amz-checksum-*` fields of a request are of its body. Where the operation binds such fields and the
    model says nothing of its body's checksum, they are of something else: of the object that
    CompleteMultipartUpload makes."""
    found: bool | None = operation.kept.get("sums body")
    if found is None:
        members = operation.input.members.values() if operation.input is not None else ()
        bound = any((member.location_name or "").startswith("x-amz-checksum-") for member in members)
        found = operation.kept["sums body"] = bool(operation.http_checksum) or not bound
    return found
