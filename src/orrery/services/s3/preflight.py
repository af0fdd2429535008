"""What a browser asks before it lets a page of another origin send a request: whether the bucket would have it.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
"""

from __future__ import annotations

from typing import Any

from orrery.kernel.context import Context
from orrery.services.s3.cors import METHODS, meet, told
from orrery.services.s3.records import Bucket
from orrery.services.s3.service import s3
from orrery.wire.fault import Fault


@s3.operation
def preflight_request(ctx: Context, req: Any) -> dict[str, Any]:
    """Whether a request of an origin, a method and some fields will be shared with its page. Nobody signs this.

    Raises BadRequest for a question that is none, AccessForbidden where no rule of the bucket allows it.
    """
    if req.Origin is None:
        raise Fault("BadRequest", "Insufficient information. Origin request header needed.")
    bucket = ctx.tx.get(Bucket, req.Bucket)
    if bucket is None:
        raise Fault("AccessForbidden", "CORSResponse: Bucket not found", Method="OPTIONS", ResourceType="BUCKET")
    method = req.AccessControlRequestMethod
    if method not in METHODS:
        raise Fault("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
    about = {"Method": method, "ResourceType": "BUCKET" if req.Key is None else "OBJECT"}
    if not bucket.cors:
        raise Fault("AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.", **about)
    asked = [name.strip().lower() for name in (req.AccessControlRequestHeaders or "").split(",") if name.strip()]
    found = meet(bucket.cors, req.Origin, method, asked)
    if found is None:
        raise Fault("AccessForbidden", **about)
    return {**told(*found, req.Origin), "AllowHeaders": asked or None}
