"""What a Host names: service, Region and bucket, in AWS's forms and in those of local endpoints.

`sqs.us-east-1.amazonaws.com`, `us-east-1.queue.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`,
`sqs.us-east-1.localhost.localstack.cloud:4566`, `bucket.s3.localhost:4566`, `123456789012.s3-control.…`. Hosts that
name nothing (`127.0.0.1`, `localhost`) give an empty hint.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_SUFFIXES = (*_AWS, ".localhost.localstack.cloud", ".localhost.orrery.cloud", ".orrery.localhost", ".localhost")
_OWN = ("localhost", "localhost.localstack.cloud", "localhost.orrery.cloud", "orrery.localhost")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d\Z")
_S3 = re.compile(r"s3(?:-website|-accelerate|-fips|-external-1)?\Z")
_S3_REGION = re.compile(r"s3[-.](?:website-)?([a-z]{2,4}(?:-[a-z]+)+-\d)\Z")
_PARTITION_REGION = {".amazonaws.com.cn": "cn-north-1"}


class HostHint(NamedTuple):
    """The endpoint prefix, Region and bucket that a Host names, where it does; `prefix` the labels before those.

    `local` tells that the Host is a name of the cloud's own, not one of AWS's.
    """

    service: str | None = None
    region: str | None = None
    bucket: str | None = None
    prefix: str = ""
    local: bool = False


NOTHING = HostHint()


def read_host(host: str, names: Collection[str] = ()) -> HostHint:
    """The hint in a Host field (port and case are ignored). `names` are further names that the cloud is reached by,
    in lower case; `*.example.test` is `example.test` here."""
    before, colon, port = host.rpartition(":")
    name = (before if colon and port.isdecimal() else host).lower().rstrip(".")
    suffix = _suffix(name, names)
    if not suffix:
        return NOTHING
    labels = name[: -len(suffix)].split(".")
    hint = _read_s3(labels) or _read_service(labels)
    return hint if suffix in _AWS else hint._replace(local=True)


def _suffix(name: str, names: Collection[str]) -> str:
    """The end of a host's name that is the cloud's or AWS's, with the dot before it; "" when there is none, or nothing
    before it."""
    for own in names:
        base = own.removeprefix("*.")
        if name == base:
            return ""
        if name.endswith(f".{base}"):
            return f".{base}"
    if not name.endswith(_SUFFIXES) or name in _OWN:
        return ""
    return next(suffix for suffix in _SUFFIXES if name.endswith(suffix))


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
