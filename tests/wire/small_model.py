"""Small service descriptions written by hand, for tests of one trait at a time."""

from typing import Any

from orrery.wire.http import Head
from orrery.wire.model import Model, Operation
from orrery.wire.patch import merge_patch
from orrery.wire.source import pack

Raw = dict[str, Any]


def model_of(
    protocol: str, shapes: Raw, operations: Raw | None = None, patch: Raw | None = None, **metadata: Any
) -> Model:
    """A model called `small`; without `operations`, one called Act with the shapes In and Out, where they exist."""
    if operations is None:
        act: Raw = {"name": "Act", "http": {"method": "POST", "requestUri": "/"}}
        act |= {"input": {"shape": "In"}} if "In" in shapes else {}
        act |= {"output": {"shape": "Out"}} if "Out" in shapes else {}
        operations = {"Act": act}
    description: Raw = {
        "metadata": {"protocol": protocol, "endpointPrefix": "small", "apiVersion": "2020-01-01", **metadata},
        "operations": operations,
        "shapes": {"String": {"type": "string"}, "Integer": {"type": "integer"}, **shapes},
        "pagination": {},
    }
    return Model("small", pack(merge_patch(description, patch or {})))


def operation_of(protocol: str, shapes: Raw, patch: Raw | None = None, **metadata: Any) -> Operation:
    """The operation Act of such a model."""
    return model_of(protocol, shapes, None, patch, **metadata).operation("Act")


def structure(**members: Any) -> Raw:
    """A structure shape; a member given as a name refers to that shape."""
    required = members.pop("required", [])
    refs = {name: {"shape": ref} if isinstance(ref, str) else ref for name, ref in members.items()}
    return {"type": "structure", "members": refs, "required": required}


def head(
    method: str = "POST", target: str = "/", fields: dict[str, str] | None = None, scope: str | None = None
) -> Head:
    """A request's head; `scope` is the service that an Authorization field names."""
    given = {"Host": "localhost:4566", **(fields or {})}
    if scope:
        given["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{scope}/aws4_request, Signature=x"
        )
    return Head(method, target.encode(), [(name.encode(), value.encode()) for name, value in given.items()])
