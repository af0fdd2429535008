"""How each operation's signature is judged: derived from the model, kept with the operation."""

from orrery.gateway import refusals
from orrery.gateway.verify import Rules
from orrery.wire.model import Model, Operation


def rules_for(operation: Operation, protocol: str) -> Rules:
    """The rules of an operation in a protocol."""
    key = f"rules {protocol}"
    found: Rules | None = operation.kept.get(key)
    if found is None:
        found = operation.kept[key] = Rules(
            family=family_of(operation.model, protocol),
            services=frozenset({operation.model.signing_name}),
            anonymous=operation.auth == "none" or operation.model.name == "s3",
            unsigned_body=operation.auth == "v4-unsigned-body",
        )
    return found


def family_of(model: Model, protocol: str) -> str:
    """In whose words a refusal is written. Services that once spoke Query (SQS) keep its codes in JSON."""
    if model.name in ("s3", "s3control"):
        return refusals.S3
    if protocol == "ec2":
        return refusals.EC2
    if protocol == "query" or model.query_compatible:
        return refusals.QUERY
    if protocol.startswith("rest"):
        return refusals.REST_JSON
    return refusals.JSON
