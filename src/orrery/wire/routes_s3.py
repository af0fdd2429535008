"""What S3's requests need on their way to an operation: paths, sub-resources that are not to be had.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.model import Model
from orrery.wire.params import pairs

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NAMES = {
    "delete": "MULTI_OBJECT_DELETE",
    "logging": "LOGGING_STATUS",
    "object-lock": "OBJECT_LOCK_CONFIGURATION",
    "policy": "BUCKETPOLICY",
    "policyStatus": "POLICY_STATUS",
    "publicAccessBlock": "PUBLIC_ACCESS_BLOCK",
    "requestPayment": "REQUEST_PAYMENT",
    "uploadId": "UPLOAD",
    "versions": "BUCKETVERSIONS",
}
"""What S3 calls a sub-resource where that is not its parameter in upper case, as in its access logs.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html"""


def path_style(bucket: str | None, path: bytes) -> bytes:
    """The path as it would be with the bucket in it."""
    if bucket is None:
        return path
    return b"/" + quote(bucket).encode() + (b"" if path == b"/" else path)


def readable(path: bytes) -> bool:
    """Whether every percent sign begins an escape."""
    return b"%" not in path or _BAD_ESCAPE.search(path) is None


def unparsable(head: Head) -> Fault:
    """The Fault for a path that is not UTF-8 or not percent-encoded."""
    return Fault("InvalidURI", "Couldn't parse the specified URI.", URI=head.path[1:].decode("latin-1"))


def not_allowed(method: str, resource: str) -> Fault:
    """The Fault for a method that the resource does not have."""
    text = "The specified method is not allowed against this resource."
    return Fault("MethodNotAllowed", text, Method=method, ResourceType=resource)


def unoffered(head: Head, path: bytes) -> Fault:
    """The Fault for a method and path that lead to no operation."""
    if path.startswith(b"//"):
        return Fault("InvalidBucketName", "The specified bucket is not valid.", BucketName="")
    bucket, _, key = path[1:].partition(b"/")
    return not_allowed(head.method, "OBJECT" if key else "BUCKET" if bucket else "SERVICE")


def misdirected(model: Model, uri: str, labels: Mapping[str, str], head: Head) -> Fault | None:
    """The Fault for a request whose parameters name a sub-resource that the operation of `uri` is not about.

    Without it `DELETE /bucket/key?acl` would delete the object.
    """
    if not head.query or head.method == "OPTIONS":
        return None
    known = _subresources(model)
    given = [name for name in _parameters(head.query) if name in known]
    if not given:
        return None
    own = {piece.partition("=")[0] for piece in uri.partition("?")[2].split("&")}
    others = [name for name in given if name not in own]
    if not others:
        return None
    if own & known.keys():
        text = f"Conflicting query string parameters: {', '.join(sorted(set(given)))}"
        return Fault("InvalidArgument", text, ArgumentName="ResourceType", ArgumentValue=min(given))
    name = others[0]
    if "Key" in labels and not known[name]:
        return Fault("InvalidRequest", f"There is no such thing as the ?{name} sub-resource for a key")
    return not_allowed(head.method, _NAMES.get(name) or name.replace("-", "_").upper())


def _parameters(query: bytes) -> list[str]:
    """The names of the parameters."""
    if b"%" in query:
        return [name for name, _ in pairs(query)]
    return [piece.partition("=")[0] for piece in query.decode("latin-1").split("&")]


def _subresources(model: Model) -> dict[str, bool]:
    """The parameters without value that tell operations apart, and whether objects have them."""
    found: dict[str, bool] | None = model.kept.get("subresources")
    if found is None:
        found = {}
        for name in model.operations:
            path, _, query = str(model.http(name).get("requestUri", "/")).partition("?")
            for piece in query.split("&"):
                if piece and "=" not in piece:
                    found[piece] = found.get(piece, False) or "{Key+}" in path
        model.kept["subresources"] = found
    return found
