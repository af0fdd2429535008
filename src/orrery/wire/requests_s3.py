"""What S3 reads in a request beyond its model: fields that a presigned URL carries, keys' length, required digests."""

from orrery.wire.fault import Fault
from orrery.wire.http import Head, Header
from orrery.wire.params import pairs

_SIGNING = frozenset(
    {
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    }
)
_OVERRIDES = frozenset(
    f"response-{name}"
    for name in (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    )
)


def with_hoisted_fields(head: Head) -> Head:
    """The head with those parameters of a presigned URL as fields that stand for `x-amz-` fields.

    Clients that presign put what they would send as fields (`x-amz-acl`, `x-amz-meta-…`) into the query string. A
    field that was sent too wins. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    if not head.query or b"ignature=" not in head.query:
        return head
    added: list[Header] = []
    for name, value in pairs(head.query):
        lower = name.lower()
        if lower.startswith("x-amz-") and lower not in _SIGNING:
            field = lower.encode("utf-8", "replace")
            if field not in head.headers:
                added.append((field, value.encode()))
    if not added:
        return head
    fields = [*head.headers.raw, *added]
    return Head(head.method, head.target, fields, scheme=head.scheme, peer=head.peer, http_minor=head.http_minor)


def check_anonymous(head: Head) -> None:
    """Raises InvalidRequest for a request that nobody signed and that chooses fields of its answer.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    if b"response-" in head.query and any(name in _OVERRIDES for name, _ in pairs(head.query)):
        text = "Request specific response headers cannot be used for anonymous GET requests."
        raise Fault("InvalidRequest", text)


def check_length(key: str, most: int) -> None:
    """Raises KeyTooLongError for a key of more than `most` bytes."""
    size = len(key.encode("utf-8", "surrogateescape"))
    if size > most:
        raise Fault("KeyTooLongError", Size=str(size), MaxSizeAllowed=str(most))


def check_digest(head: Head) -> None:
    """Raises InvalidRequest for a request that must say its body's digest and does not.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    fields = head.headers
    if b"content-md5" in fields:
        return
    trailer = fields.get(b"x-amz-trailer") or b""
    if b"x-amz-checksum-" in trailer.lower():
        return
    if any(name.startswith(b"x-amz-checksum-") for name in fields.index()):
        return
    text = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
    raise Fault("InvalidRequest", text)
