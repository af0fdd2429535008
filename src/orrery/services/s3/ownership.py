"""Who owns objects, and whether ACLs count: the owner alone in every ACL that can be set until others are built.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of, canonical_id
from orrery.services.s3.records import ENFORCED, Bucket
from orrery.services.s3.service import s3
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault

PREFERRED: Final = "BucketOwnerPreferred"
_KINDS: Final = (ENFORCED, PREFERRED, "ObjectWriter")
_OWNERS: Final = (None, "private", "bucket-owner-full-control", "bucket-owner-read")
"""Canned ACLs that give nothing to anybody but the owner, whose objects all are."""
_GRANTS: Final = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def ownership_of(req: Any) -> str:
    """The ownership that a CreateBucket asks for: enforced, but preferred where the ACL `private` is named without
    one. Raises InvalidArgument, InvalidBucketAclWithObjectOwnership, NotImplemented (501) for other ACLs.
    """
    asked: str | None = req.ObjectOwnership
    if asked is not None and asked not in _KINDS:
        text = f"Invalid x-amz-object-ownership header: {asked}"
        raise Fault("InvalidArgument", text, ArgumentName="x-amz-object-ownership")
    others = req.ACL not in (None, "private") or _grants(req)
    if others and asked in (None, ENFORCED):
        text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise Fault("InvalidBucketAclWithObjectOwnership", text)
    if others:
        raise not_built("x-amz-acl")
    return asked or (PREFERRED if req.ACL == "private" else ENFORCED)


def check_acl(bucket: Bucket, req: Any) -> None:
    """Whether an object may be written with the ACL that a request names.

    Raises AccessControlListNotSupported where ACLs are off, NotImplemented (501) for what gives others something.
    """
    acl = getattr(req, "ACL", None)
    if bucket.ownership == ENFORCED:
        if acl not in (None, "bucket-owner-full-control") or _grants(req):
            raise no_acls()
    elif acl not in _OWNERS or _grants(req):
        raise not_built("x-amz-acl" if acl not in _OWNERS else "x-amz-grant-")


def set_acl(bucket: Bucket, req: Any) -> None:
    """What PutBucketAcl and PutObjectAcl may ask for: nothing where ACLs are off, else the owner's alone, which every
    ACL is already. Raises as `check_acl` does, and NotImplemented (501) for grants in the body."""
    if bucket.ownership == ENFORCED:
        raise no_acls()
    check_acl(bucket, req)
    policy = req.AccessControlPolicy
    if policy is not None and not _is_owners(bucket, policy):
        raise not_built("AccessControlPolicy")


def owners_acl(bucket: Bucket) -> dict[str, Any]:
    """An ACL of the owner alone."""
    owner = {"ID": canonical_id(bucket.account)}
    return {
        "Owner": owner,
        "Grants": [{"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}],
    }


def no_acls() -> Fault:
    """ACLs are off."""
    return Fault("AccessControlListNotSupported", "The bucket does not allow ACLs")


@s3.operation
def get_bucket_ownership_controls(ctx: Context, req: Any) -> dict[str, Any]:
    """Who owns objects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html"""
    bucket = bucket_of(ctx, req)
    if not bucket.ownership:
        text = "The bucket ownership controls were not found"
        raise Fault("OwnershipControlsNotFoundError", text, BucketName=bucket.name)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.ownership}]}}


@s3.operation(inert=("ContentMD5", "ChecksumAlgorithm"))
def put_bucket_ownership_controls(ctx: Context, req: Any) -> None:
    """Choose who owns objects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html"""
    bucket = bucket_of(ctx, req)
    rules = req.OwnershipControls.Rules
    if len(rules) != 1 or rules[0].ObjectOwnership not in _KINDS:
        raise Fault("MalformedXML")
    ctx.tx.replace(bucket, msgspec.structs.replace(bucket, ownership=rules[0].ObjectOwnership))


@s3.operation
def delete_bucket_ownership_controls(ctx: Context, req: Any) -> None:
    """Choose nothing: ACLs count. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html"""
    bucket = bucket_of(ctx, req)
    ctx.tx.replace(bucket, msgspec.structs.replace(bucket, ownership=""))


def _grants(req: Any) -> bool:
    return any(getattr(req, name, None) for name in _GRANTS)


def _is_owners(bucket: Bucket, policy: Any) -> bool:
    """Whether an ACL in a body is the one that is there."""
    grants = policy.Grants
    owner = canonical_id(bucket.account)
    return len(grants) == 1 and grants[0].Permission == "FULL_CONTROL" and owner == grants[0].Grantee.ID
