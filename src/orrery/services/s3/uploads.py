"""Multipart uploads: beginning one, giving it up, finding those under way.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

from typing import Any, Final

from orrery.kernel.context import Context
from orrery.services.s3.access import canonical_id
from orrery.services.s3.contents import release_parts
from orrery.services.s3.description import describe
from orrery.services.s3.objects import ENCRYPTION
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.records import Bucket, Upload
from orrery.services.s3.service import s3
from orrery.services.s3.unbuilt import not_built
from orrery.services.s3.upload_checksums import choose
from orrery.services.s3.upload_ids import SECRET, make_id
from orrery.wire.fault import Fault

UPLOADS: Final = s3.counter("uploads")
"""Counts the uploads begun in a Region by an account's buckets."""


@s3.operation(inert=("RequestPayer",))
def create_multipart_upload(ctx: Context, req: Any) -> dict[str, Any]:
    """Begin an upload in parts; the object will be described as this request says."""
    bucket = counted_bucket(ctx, req)
    description = describe(ctx, bucket, req)
    algorithm, kind, explicit = choose(req.ChecksumAlgorithm, req.ChecksumType)
    number = ctx.at(bucket.account, bucket.region).next(UPLOADS)
    upload = ctx.tx.insert(
        Upload(
            bucket=bucket.number,
            key=req.Key,
            id=make_id(ctx.now, number, req.Key, ctx.new_secret(SECRET)),
            started=ctx.now,
            initiator=ctx.principal.arn,
            algorithm=algorithm,
            checksum_type=kind,
            explicit=explicit,
            headers=dict(description.headers),
            metadata=dict(description.metadata),
            tags=dict(description.tags),
            storage_class=description.storage_class,
        )
    )
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "ServerSideEncryption": ENCRYPTION,
        **chosen_members(upload),
    }


@s3.operation(inert=("RequestPayer",))
def abort_multipart_upload(ctx: Context, req: Any) -> dict[str, Any]:
    """Give up an upload with all its parts. One that is still arriving finds no upload when it has come."""
    bucket = counted_bucket(ctx, req)
    if req.IfMatchInitiatedTime is not None:
        raise not_built("x-amz-if-match-initiated-time")
    abort(ctx, upload_of(ctx, bucket, req))
    return {}


def abort(ctx: Context, upload: Upload) -> None:
    """Remove an upload and its parts."""
    ctx.tx.delete(upload)
    release_parts(ctx, upload.id)


def upload_of(ctx: Context, bucket: Bucket, req: Any) -> Upload:
    """The upload that a request names by key and id. Raises NoSuchUpload."""
    upload = ctx.tx.get(Upload, bucket.number, req.Key, req.UploadId)
    if upload is None:
        raise no_such_upload(req.UploadId)
    return upload


def no_such_upload(upload: str) -> Fault:
    """The upload is not, or no longer, under way."""
    text = (
        "The specified upload does not exist. "
        "The upload ID may be invalid, or the upload may have been aborted or completed."
    )
    return Fault("NoSuchUpload", text, UploadId=upload)


def chosen_members(upload: Upload) -> dict[str, Any]:
    """What the client chose of the checksums, as members of an answer."""
    if not upload.explicit:
        return {}
    return {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.checksum_type}


def people(bucket: Bucket, upload: Upload) -> dict[str, Any]:
    """Who began an upload and whose its object will be, as members of an answer: an account by its canonical id, a
    user or role by ARN and name."""
    owner = {"ID": canonical_id(bucket.account)}
    _, _, name = upload.initiator.rpartition(":")
    if name == "root":
        account = upload.initiator.split(":")[4]
        return {"Owner": owner, "Initiator": {"ID": canonical_id(account)}}
    return {"Owner": owner, "Initiator": {"ID": upload.initiator, "DisplayName": name.rpartition("/")[2]}}
