"""Making a bucket with nothing but the standard library: `tflocal` needs one for Terraform's state."""

import http.client
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from orrery.cli.signature import sign


def make(endpoint: str, name: str, *, region: str, key_id: str, secret: str) -> bool:
    """CreateBucket; True when the bucket is there, made now or before, False when it cannot be made."""
    place = f"<LocationConstraint>{region}</LocationConstraint>"
    xmlns = "http://s3.amazonaws.com/doc/2006-03-01/"
    body = b""
    if region != "us-east-1":
        body = f'<CreateBucketConfiguration xmlns="{xmlns}">{place}</CreateBucketConfiguration>'.encode()
    url = f"{endpoint}/{quote(name, safe='')}"
    now = datetime.now(UTC)
    headers = sign("PUT", url, body, key_id=key_id, secret=secret, region=region, now=now, service="s3")
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=30)
    try:
        connection.request("PUT", parts.path, body, headers)
        answer = connection.getresponse()
        told = answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return answer.status == 200 or b"BucketAlreadyOwnedByYou" in told
