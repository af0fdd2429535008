"""What the kernel is asked: values in, values out. A call can be written down and sent to another process."""

from typing import Any, NamedTuple


class Principal(NamedTuple):
    """Who calls: the account, the ARN and the id that AWS shows (`UserId`), and the kind of principal.

    `kind` is "root", "user", "role", "federated", "service" or "anonymous"; `session` is the id of the temporary
    credentials, "" for long-lived ones.
    """

    account: str
    arn: str
    user_id: str
    kind: str
    session: str = ""


ANONYMOUS = Principal("anonymous", "*", "anonymous", "anonymous")


def root_of(account: str, partition: str = "aws") -> Principal:
    """The root of an account. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html"""
    return Principal(account, f"arn:{partition}:iam::{account}:root", account, "root")


class Call:
    """One operation asked for, after verification and validation.

    `values` is the operation's input Struct; `request_id` the id the answer will carry; `host` and `scheme` are the
    request's, for the URLs that answers name, `host_bucket` the S3 bucket that stood in the Host ("" for none);
    `source` is the caller's address.
    `form` is how it was signed ("header", "query", "v2-header", "v2-query", "post"; "" for not at all), `signed_region`
    the Region of the signature's scope, "" where the form names none. `performed` is the stopwatch's reading when the
    operation was through, 0.0 before that, or where that happens in another process.
    """

    __slots__ = (
        "account",
        "form",
        "host",
        "host_bucket",
        "operation",
        "performed",
        "principal",
        "region",
        "request_id",
        "scheme",
        "signed_region",
        "source",
        "values",
    )

    def __init__(
        self,
        operation: Any,
        values: Any,
        *,
        account: str,
        region: str,
        principal: Principal,
        request_id: str,
        host: str = "",
        scheme: str = "http",
        source: str = "127.0.0.1",
        form: str = "",
        signed_region: str = "",
        host_bucket: str = "",
    ) -> None:
        self.operation = operation
        self.values = values
        self.account = account
        self.region = region
        self.principal = principal
        self.request_id = request_id
        self.host = host
        self.scheme = scheme
        self.source = source
        self.form = form
        self.signed_region = signed_region
        self.host_bucket = host_bucket
        self.performed = 0.0
