"""Names of buckets: which ones may be given, and which are one account's own.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
"""

import re
from typing import Final, NamedTuple

from orrery.wire.fault import Fault

ACCOUNT_REGIONAL: Final = "account-regional"
GLOBAL: Final = "global"
NAMESPACES: Final = (ACCOUNT_REGIONAL, GLOBAL)

HEADER: Final = "x-amz-bucket-namespace"

WITHOUT_NAMESPACES: Final = frozenset({"me-south-1", "me-central-1"})
"""Regions in which accounts have no namespace of their own."""

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_RESERVED_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_OWN_SUFFIX: Final = "-an"
_OWN: Final = re.compile(r"(?P<prefix>.+)-(?P<account>\d{12})-(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d)-an")


class Own(NamedTuple):
    """Whose an account-regional name is: the account's, in one Region."""

    account: str
    region: str


def check_name(name: str) -> None:
    """Raises InvalidBucketName for a name that no general purpose bucket may have."""
    allowed = (
        _NAME.fullmatch(name) is not None
        and ".." not in name
        and _ADDRESS.fullmatch(name) is None
        and not name.startswith(_RESERVED_PREFIXES)
        and not name.endswith(_RESERVED_SUFFIXES)
        and (not name.endswith(_OWN_SUFFIX) or own_of(name) is not None)
    )
    if not allowed:
        raise Fault("InvalidBucketName", "The specified bucket is not valid.", BucketName=name)


def own_of(name: str) -> Own | None:
    """Whose a name of the form PREFIX-ACCOUNT-REGION-an is; None for names of the global namespace."""
    found = _OWN.fullmatch(name)
    return None if found is None else Own(found["account"], found["region"])


def check_namespace(name: str, namespace: str | None, account: str, region: str) -> None:
    """Whether `account` may make a bucket of this name in `region`, in the namespace it asked for.

    Raises InvalidArgument for a namespace there is not, MissingNamespaceHeader for an account-regional name that is
    asked for like another, InvalidNamespaceHeader for the reverse, and InvalidBucketNamespace for somebody else's.
    """
    if namespace is not None and namespace not in NAMESPACES:
        text = f"Invalid {HEADER} header: {namespace}"
        raise Fault("InvalidArgument", text, ArgumentName=HEADER, ArgumentValue=namespace)
    own = own_of(name)
    if own is None:
        if namespace == ACCOUNT_REGIONAL:
            text = "The requested bucket name is not one of your account regional namespace."
            raise Fault("InvalidNamespaceHeader", text, BucketName=name, Header=HEADER)
        return
    if own != (account, region) or region in WITHOUT_NAMESPACES:
        text = f"Only account {own.account} can create this bucket, in {own.region}."
        raise Fault("InvalidBucketNamespace", text, BucketName=name)
    if namespace != ACCOUNT_REGIONAL:
        raise Fault("MissingNamespaceHeader", Header=HEADER)
