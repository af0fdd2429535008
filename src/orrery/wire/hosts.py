"""What a Host names: service, Region and bucket, in AWS's forms and in those of local endpoints.

`sqs.us-east-1.amazonaws.com`, `us-east-1.queue.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`,
`sqs.us-east-1.localhost.localstack.cloud:4566`, `bucket.s3.localhost:4566`, `123456789012.s3-control.…`. Hosts that
name nothing (`127.0.0.1`, `localhost`) give an empty hint.
"""

import re
from typing import NamedTuple

_SUFFIXES = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".localhost.localstack.cloud",
    ".localhost.orrery.cloud",
    ".localhost",
)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d\Z")
_S3 = re.compile(r"s3(?:-website|-accelerate|-fips|-external-1)?\Z")
_S3_REGION = re.compile(r"s3[-.](?:website-)?([a-z]{2,4}(?:-[a-z]+)+-\d)\Z")
_PARTITION_REGION = {".amazonaws.com.cn": "cn-north-1"}


class HostHint(NamedTuple):
    """The endpoint prefix, Region and bucket that a Host names, where it does; `prefix` the labels before those."""

    service: str | None = None
    region: str | None = None
    bucket: str | None = None
    prefix: str = ""


NOTHING = HostHint()


def read_host(host: str) -> HostHint:
    """The hint in a Host field (port and case are ignored)."""
    before, colon, port = host.rpartition(":")
    name = (before if colon and port.isdecimal() else host).lower().rstrip(".")
    if not name.endswith(_SUFFIXES):
        return NOTHING
    suffix = next(suffix for suffix in _SUFFIXES if name.endswith(suffix))
    labels = name[: -len(suffix)].split(".")
    s3 = _read_s3(labels)
    if s3 is not None:
        return s3
    return _read_service(labels)


def _read_s3(labels: list[str]) -> HostHint | None:
    """`[bucket.]s3[.dualstack][.region]` and `[bucket.]s3-region`; a bucket may contain dots."""
    for place in range(len(labels) - 1, -1, -1):
        label = labels[place]
        joined = _S3_REGION.match(label)
        if _S3.match(label) or joined:
            rest = [part for part in labels[place + 1 :] if part != "dualstack"]
            if any(not _REGION.match(part) for part in rest):
                return None  # nor behind the labels further left, of which a Host may hold thousands
            region = joined.group(1) if joined else (rest[0] if rest else None)
            return HostHint("s3", region, ".".join(labels[:place]) or None)
    return None


def _read_service(labels: list[str]) -> HostHint:
    """`[prefix.]service[.region]`, and `region.service` of the oldest endpoints."""
    labels = [label for label in labels if label not in ("dualstack", "vpce")]
    region = next((label for label in labels if _REGION.match(label)), None)
    if region is not None:
        place = labels.index(region)
        if place == 0:
            return HostHint(labels[1] if len(labels) > 1 else None, region)
        return HostHint(_plain(labels[place - 1]), region, None, ".".join(labels[: place - 1]))
    return HostHint(_plain(labels[-1]), None, None, ".".join(labels[:-1]))


def _plain(label: str) -> str:
    return label.removesuffix("-fips")
