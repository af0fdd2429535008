"""S3: buckets and objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
"""

from orrery.services.s3 import objects, scrubbing
from orrery.services.s3.service import s3

__all__ = ["objects", "s3", "scrubbing"]
