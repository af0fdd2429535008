"""STS: who am I, and temporary credentials.

https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
"""

from typing import Any

from orrery.auth.credentials import account_in, issue_session
from orrery.kernel.context import Context
from orrery.kernel.service import Service
from orrery.wire.fault import Fault
from orrery.wire.instant import HOUR, SECOND

sts = Service("sts")

DEFAULT_SESSION = 12 * HOUR
ROOT_SESSION = HOUR


@sts.operation
def get_caller_identity(ctx: Context, req: Any) -> dict[str, Any]:
    """Say who signed the request; needs no permission.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    who = ctx.principal
    return {"UserId": who.user_id, "Account": who.account, "Arn": who.arn}


@sts.operation
def get_session_token(ctx: Context, req: Any) -> dict[str, Any]:
    """Hand out temporary credentials for the caller; root's last an hour at most, whatever was asked.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    if ctx.principal.session:
        raise Fault("AccessDenied", "Cannot call GetSessionToken with session credentials")
    if req.SerialNumber or req.TokenCode:
        raise Fault(
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
            "valid and associated with this user.",
        )
    lifetime = DEFAULT_SESSION if req.DurationSeconds is None else req.DurationSeconds * SECOND
    if ctx.principal.kind == "root":
        lifetime = min(lifetime, ROOT_SESSION)
    key = issue_session(ctx, ctx.principal, lifetime, req.MinimumSessionTokenSize or 0)
    return {
        "Credentials": {
            "AccessKeyId": key.access_key,
            "SecretAccessKey": key.secret,
            "SessionToken": key.token,
            "Expiration": key.expires,
        }
    }


@sts.operation
def get_access_key_info(ctx: Context, req: Any) -> dict[str, Any]:
    """Name the account an access key id belongs to; AWS reads it from the id itself, whether or not the key exists.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    """
    account = account_in(req.AccessKeyId)
    if account is None:
        raise Fault("ValidationError", f"Access key {req.AccessKeyId} is not valid")
    return {"Account": account}
