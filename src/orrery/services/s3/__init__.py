"""S3: buckets and objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
"""

from orrery.services.s3 import (
    bucket_tags,
    buckets,
    configuration,
    listing,
    object_control,
    objects,
    reports,
    scrubbing,
)
from orrery.services.s3.service import s3

__all__ = [
    "bucket_tags",
    "buckets",
    "configuration",
    "listing",
    "object_control",
    "objects",
    "reports",
    "s3",
    "scrubbing",
]
