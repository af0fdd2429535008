from datetime import UTC, datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from orrery.cli.signature import SERVICE, sign

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_signature_is_the_one_botocore_makes() -> None:
    url, body = "http://cloud.test:4566/_orrery/requests/r-1?limit=5&name=a%20b", b'{"advance": 1}'
    ours = sign("POST", url, body, key_id="AKIDEXAMPLE", secret="s3cret", region="eu-west-3", now=NOW)
    theirs = AWSRequest("POST", url, {"x-amz-content-sha256": ours["x-amz-content-sha256"]}, body)
    theirs.context["timestamp"] = ours["x-amz-date"]
    theirs.headers["X-Amz-Date"] = ours["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "s3cret"), SERVICE, "eu-west-3")
    signature = signer.signature(signer.string_to_sign(theirs, signer.canonical_request(theirs)), theirs)
    assert ours["authorization"].endswith(
        f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(theirs))}, Signature={signature}"
    )
