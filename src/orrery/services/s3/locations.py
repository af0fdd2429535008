"""Which Region a new bucket is made in.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
"""

from typing import Final

from orrery.kernel.place import partition_of
from orrery.wire.fault import Fault
from orrery.wire.regions import known_regions

FIRST: Final = "us-east-1"
"""The Region that has no location constraint, and whose endpoint also makes buckets elsewhere."""

EU: Final = "EU"
"""The constraint that eu-west-1 had before Regions had names. GetBucketLocation gives it back."""

_EU_REGION: Final = "eu-west-1"
_REGIONS: Final = known_regions()
_ALWAYS_ENABLED: Final = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""Regions of before March 2019, which nobody opts in to; the endpoint of us-east-1 reaches no others.
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html"""


def is_region(name: str) -> bool:
    """Whether AWS has a Region of this name."""
    return name in _REGIONS


def region_of(constraint: str | None, endpoint: str) -> str:
    """The Region of a new bucket, from its LocationConstraint and the Region whose endpoint was asked.

    Raises InvalidLocationConstraint for what is none, IllegalLocationConstraintException for one that this endpoint
    does not serve.
    """
    if constraint is None:
        if endpoint != FIRST:
            raise _illegal("unspecified")
        return FIRST
    region = _EU_REGION if constraint == EU else constraint
    if endpoint == FIRST:
        if region == FIRST or region not in _REGIONS or partition_of(region) != partition_of(endpoint):
            text = "The specified location-constraint is not valid"
            raise Fault("InvalidLocationConstraint", text, LocationConstraint=constraint)
        if region in _ALWAYS_ENABLED:
            return region
    elif region == endpoint:
        return region
    raise _illegal(constraint)


def _illegal(constraint: str) -> Fault:
    text = (
        f"The {constraint} location constraint is incompatible for the region specific endpoint this request was "
        "sent to."
    )
    return Fault("IllegalLocationConstraintException", text)
