"""The MD5 digests SQS answers with, by which clients notice damage on the way.

The attribute digest is described in the developer guide, "Calculating the MD5 message digest for message attributes":
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""

from collections.abc import Mapping
from hashlib import md5, sha256

from orrery.services.sqs.records import Attribute


def body_digest(body: bytes) -> str:
    """The MD5 of a body, 32 hexadecimal digits."""
    return md5(body, usedforsecurity=False).hexdigest()


def attributes_digest(attributes: Mapping[str, Attribute]) -> str | None:
    """The MD5 over name, type and value of each attribute in the order of names; None when there are none."""
    if not attributes:
        return None
    digest = md5(usedforsecurity=False)
    for name in sorted(attributes):
        kind, value = attributes[name]
        transport = b"\x02" if kind.startswith("Binary") else b"\x01"
        for part, mark in ((name.encode(), b""), (kind.encode(), transport), (value, b"")):
            digest.update(len(part).to_bytes(4, "big") + part + mark)
    return digest.hexdigest()


def content_deduplication_id(body: bytes) -> str:
    """What stands in for MessageDeduplicationId under ContentBasedDeduplication: the SHA-256 of the body."""
    return sha256(body).hexdigest()
