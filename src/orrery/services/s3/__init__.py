"""S3: buckets and objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
"""

from orrery.services.s3 import (
    bucket_tags,
    buckets,
    completing,
    configuration,
    listing,
    object_control,
    objects,
    part_copying,
    parts,
    posting,
    reports,
    scrubbing,
    upload_listing,
    uploads,
)
from orrery.services.s3.service import s3

__all__ = [
    "bucket_tags",
    "buckets",
    "completing",
    "configuration",
    "listing",
    "object_control",
    "objects",
    "part_copying",
    "parts",
    "posting",
    "reports",
    "s3",
    "scrubbing",
    "upload_listing",
    "uploads",
]
