"""What the tests of multipart uploads share: an upload as an object with methods, errors as they were answered."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.running import RunningCloud

from orrery.kernel.blobs import BlobRef
from orrery.services.s3.records import Checksum, Part
from orrery.wire.signing.checksums import ALGORITHMS

ONE = bytes(range(256)) * 256  # 64 KiB: a content file
TWO = b"test content 123"
WHOLE = ONE + TWO
INVALID_PART = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, "
    "or the specified entity tag may not match the part's entity tag."
)


class Upload:
    """A multipart upload to one key; the methods are S3's operations with the upload filled in."""

    def __init__(self, s3: Any, bucket: str, key: str = "key", **options: Any) -> None:
        self.s3 = s3
        self.begun = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)
        self.id: str = self.begun["UploadId"]
        self.names = {"Bucket": bucket, "Key": key, "UploadId": self.id}
        self.etags: dict[int, str] = {}

    def part(self, number: int, body: bytes, **options: Any) -> dict[str, Any]:
        """UploadPart."""
        answer: dict[str, Any] = self.s3.upload_part(**self.names, PartNumber=number, Body=body, **options)
        self.etags[number] = answer["ETag"]
        return answer

    def copy(self, number: int, source: str, **options: Any) -> dict[str, Any]:
        """UploadPartCopy."""
        answer: dict[str, Any] = self.s3.upload_part_copy(**self.names, PartNumber=number, CopySource=source, **options)
        self.etags[number] = answer["CopyPartResult"]["ETag"]
        return answer

    def parts(self, **options: Any) -> dict[str, Any]:
        """ListParts."""
        answer: dict[str, Any] = self.s3.list_parts(**self.names, **options)
        return answer

    def list_of(self, *numbers: int) -> list[dict[str, Any]]:
        """The list that CompleteMultipartUpload wants; of all parts uploaded here, by default."""
        return [{"PartNumber": each, "ETag": self.etags[each]} for each in numbers or sorted(self.etags)]

    def complete(self, *numbers: int, parts: Any = None, **options: Any) -> dict[str, Any]:
        """CompleteMultipartUpload of these parts, of all by default."""
        listed = self.list_of(*numbers) if parts is None else parts
        answer: dict[str, Any] = self.s3.complete_multipart_upload(
            **self.names, MultipartUpload={"Parts": listed}, **options
        )
        return answer

    def abort(self) -> None:
        """AbortMultipartUpload."""
        self.s3.abort_multipart_upload(**self.names)


def error_of(call: Callable[..., Any], *args: Any, **options: Any) -> Mapping[str, Any]:
    """The error a call ends in, with all its members."""
    with pytest.raises(ClientError) as caught:
        call(*args, **options)
    error: Mapping[str, Any] = caught.value.response["Error"]
    return error


def told(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without what every one has."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def bodies(cloud: Any) -> int:
    """How many content files are held."""

    def count() -> int:
        return len(cloud.cloud.kernel.contents.held(cloud.cloud.load("s3").contents["bodies"]))

    counted: int = cloud.do(count)
    return counted


def text(digest: bytes) -> str:
    """A digest as it is written."""
    return base64.b64encode(digest).decode()


def of(algorithm: str, data: bytes) -> str:
    """The checksum of some bytes."""
    return text(ALGORITHMS[algorithm].of(data))


def etag_of(*parts: bytes) -> str:
    """The ETag of an object in parts."""
    joined = b"".join(hashlib.md5(part).digest() for part in parts)
    return f'"{hashlib.md5(joined).hexdigest()}-{len(parts)}"'


def two_parts(aws: Any, bucket: str, **options: Any) -> Upload:
    """An upload of ONE and TWO."""
    upload = Upload(aws.s3, bucket, **options)
    sent = {"ChecksumAlgorithm": upload.begun["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in upload.begun else {}
    upload.part(1, ONE, **sent)
    upload.part(2, TWO, **sent)
    return upload


def with_rows(cloud: RunningCloud, upload: Upload, sizes: list[int]) -> list[dict[str, Any]]:
    """Parts of these sizes, their content nowhere; what a completion lists."""
    etag = hashlib.md5(b"x").hexdigest()
    checksum = Checksum("CRC64NVME", of("CRC64NVME", b"x"))

    def fill(tx: Any) -> None:
        for number, size in enumerate(sizes, 1):
            ref = BlobRef(number.to_bytes(16, "big"), size, packed=False)
            tx.insert(Part(upload.id, number, size, etag, 0, ref, 0, checksum))

    cloud.do(lambda: cloud.cloud.kernel.change(fill))
    return [{"PartNumber": number, "ETag": etag} for number in range(1, len(sizes) + 1)]


def md5(body: bytes) -> str:
    """The ETag of what was uploaded whole."""
    return f'"{hashlib.md5(body).hexdigest()}"'


def crc32(body: bytes) -> str:
    """The CRC32 of some bytes."""
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
