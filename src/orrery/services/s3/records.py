"""What S3 remembers: buckets, objects, uploads under way, and the parts of both.

Everything lies in the scope of the partition: a bucket's name is unique there, and its objects belong to it, whoever
asks for them from whichever Region.
"""

from typing import Final

import msgspec

from orrery.kernel.blobs import BlobRef
from orrery.kernel.records import Index, Record
from orrery.services.s3.runs import Runs
from orrery.services.s3.service import s3

NULL: Final = "null"
"""The version id of what was written while its bucket was not versioned."""

ENFORCED: Final = "BucketOwnerEnforced"
"""The ownership of a bucket in which ACLs do not count."""

FULL_OBJECT: Final = "FULL_OBJECT"
COMPOSITE: Final = "COMPOSITE"


class Checksum(msgspec.Struct, frozen=True, array_like=True):
    """A checksum as clients see it: the algorithm's name in ChecksumAlgorithm, the value in base64 (of a COMPOSITE
    one followed by "-" and the number of parts), and the ChecksumType."""

    algorithm: str
    value: str
    type: str = FULL_OBJECT


class CorsRule(msgspec.Struct, frozen=True, array_like=True):
    """What pages of some origins may do: methods, origins and fields of requests (in these two one `*` stands for
    anything), fields of answers that they may see, and for how many seconds browsers may remember it."""

    methods: list[str]
    origins: list[str]
    headers: list[str] = []
    expose: list[str] = []
    max_age: int | None = None
    id: str | None = None


@s3.table(key="name", scope="partition", arn="{name}")
class Bucket(Record, frozen=True):
    """A bucket. `number` stands for it in the keys of its objects, so that a bucket of the same name made later
    is another one; `account` owns it. `location` is the LocationConstraint it was made with where that is not the
    Region's name, `encryption` the default algorithm, "" once that was deleted, `cors` what pages of other origins
    may do."""

    name: str
    number: int
    account: str
    region: str
    created: int
    namespace: str = ""
    tags: dict[str, str] = {}
    location: str = ""
    encryption: str = "AES256"
    ownership: str = ENFORCED
    cors: list[CorsRule] = []

    by_account = Index("account", "name")
    by_number = Index("number")


@s3.table(key=("bucket", "key"), scope="partition")
class Object(Record, frozen=True):
    """The current object of a key.

    `etag` is without quotes. `body` is its content, or None when that lies in parts: then `manifest` names the
    Manifest. `parts` is the number of parts as clients see them, 0 for what was put or copied whole. `headers` holds
    system metadata by member name (ContentType, CacheControl …), `metadata` the user's, names in lower case.
    """

    bucket: int
    key: str
    size: int
    etag: str
    modified: int
    body: BlobRef | None
    checksum: Checksum | None = None
    headers: dict[str, str] = {}
    metadata: dict[str, str] = {}
    tags: dict[str, str] = {}
    storage_class: str = "STANDARD"
    manifest: str = ""
    parts: int = 0


@s3.table(key=("bucket", "key", "id"), scope="partition")
class Upload(Record, frozen=True):
    """A multipart upload under way. Its `id` begins with the time it was made at, so that the uploads of a key lie in
    that order. `algorithm` and `checksum_type` are what its checksums will be; `explicit` tells that the client chose.
    """

    bucket: int
    key: str
    id: str
    started: int
    initiator: str
    algorithm: str
    checksum_type: str
    explicit: bool = False
    headers: dict[str, str] = {}
    metadata: dict[str, str] = {}
    tags: dict[str, str] = {}
    storage_class: str = "STANDARD"


@s3.table(key=("manifest", "number"), scope="partition")
class Part(Record, frozen=True):
    """A part of an upload, or of the object that came of it. `manifest` is the upload's id.

    Its content are the `size` bytes of `body` from `offset` (a part copied from a range of an object shares that
    object's content).
    """

    manifest: str
    number: int
    size: int
    etag: str
    modified: int
    body: BlobRef
    offset: int = 0
    checksum: Checksum | None = None


@s3.table(key="id", scope="partition")
class Manifest(Record, frozen=True):
    """Which parts an object is made of, in order: `runs` are their numbers and sizes, packed (runs.py). The Part rows
    of the upload stay where they were written; `checksums` tells that the client had given each part's checksum, so
    that GetObjectAttributes lists them. `holders` counts the objects made of these parts: copies share them."""

    id: str
    count: int
    runs: bytes
    checksums: bool = False
    holders: int = 1

    @property
    def order(self) -> Runs:
        """The parts by their places."""
        return Runs(self.runs, self.count)


@s3.table(key=("bucket", "prefix", "kind"), scope="partition", expires="ends")
class Pace(Record, frozen=True):
    """How many requests of one kind (a limit's name) a prefix had in the second that ends at `ends`."""

    bucket: int
    prefix: str
    kind: str
    ends: int
    requests: int
