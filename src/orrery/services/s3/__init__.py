"""S3: buckets and objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
"""

from orrery.services.s3 import (
    attributes,
    bucket_tags,
    buckets,
    completing,
    configuration,
    copying,
    cors,
    deleting,
    encryption,
    listing,
    object_control,
    objects,
    ownership,
    part_copying,
    parts,
    posting,
    preflight,
    reports,
    scrubbing,
    tagging,
    unavailable,
    upload_listing,
    uploads,
)
from orrery.services.s3.service import s3

__all__ = [
    "attributes",
    "bucket_tags",
    "buckets",
    "completing",
    "configuration",
    "copying",
    "cors",
    "deleting",
    "encryption",
    "listing",
    "object_control",
    "objects",
    "ownership",
    "part_copying",
    "parts",
    "posting",
    "preflight",
    "reports",
    "s3",
    "scrubbing",
    "tagging",
    "unavailable",
    "upload_listing",
    "uploads",
]
