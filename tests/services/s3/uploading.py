"""What the tests of multipart uploads share: an upload as an object with methods, errors as they were answered."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError


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
        from_kernel = cloud.cloud.kernel.contents
        service = cloud.cloud.load("s3")
        return len(from_kernel.held(service.contents["bodies"]))

    counted: int = cloud.do(count)
    return counted
