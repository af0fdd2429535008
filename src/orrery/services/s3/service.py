"""The declaration of the service: its limits, its bodies, and the ways in which it can be made to fail."""

from orrery.kernel.service import Service

s3 = Service("s3")

BODIES = s3.content("bodies")
"""Where the bytes of objects and parts are."""

MIB = 1 << 20

BUCKETS = s3.limit("buckets", today=10_000, notes2020=100, doc="General purpose buckets of one account.")
OBJECT_SIZE = s3.limit(
    "object-size", today=50 << 40, notes2020=5 << 40, doc="Bytes of the largest object, made by a multipart upload."
)
PUT_SIZE = s3.limit("put-size", today=5 << 30, doc="Bytes of the largest body of one PutObject or form upload.")
PART_SIZE = s3.limit("part-size", today=5 << 30, doc="Bytes of the largest part of a multipart upload.")
SMALLEST_PART = s3.limit("smallest-part", today=5 * MIB, doc="Bytes of the smallest part, the last one excepted.")
PARTS = s3.limit("parts", today=10_000, doc="The highest part number of a multipart upload.")
COPY_SIZE = s3.limit("copy-size", today=5 << 30, doc="Bytes of the largest source of one CopyObject or UploadPartCopy.")
KEY_LENGTH = s3.limit("key-length", today=1_024, doc="Bytes of the longest key, in UTF-8.")
METADATA_SIZE = s3.limit("metadata-size", today=2_048, doc="Bytes of user metadata of one object, names and values.")
OBJECT_TAGS = s3.limit("object-tags", today=10, doc="Tags of one object.")
BUCKET_TAGS = s3.limit("bucket-tags", today=50, doc="Tags of one bucket.")
CORS_RULES = s3.limit("cors-rules", today=100, doc="Rules about pages of other origins, of one bucket.")
DELETIONS = s3.limit("deletions", today=1_000, doc="Keys of one DeleteObjects.")
DEFAULT_ENCRYPTION = s3.limit(
    "default-encryption", today=1, notes2020=0, doc="1 where new buckets have a default encryption, as since 2023."
)
BANDWIDTH = s3.failure(
    "upload-bandwidth",
    doc="A body takes its time to arrive: so many bytes a second on each connection, by the cloud's clock.",
    bytes=10_000_000,
)
WRITES = s3.limit(
    "writes-per-second", today=3_500, rate=True, doc="PUT, COPY, POST and DELETE requests a second on one prefix."
)
READS = s3.limit("reads-per-second", today=5_500, rate=True, doc="GET and HEAD requests a second on one prefix.")
