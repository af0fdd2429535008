"""Uploads in aws-chunked pieces, each signed or not, with checksums behind them: what is whole is kept, no more."""

import hashlib
import hmac
from base64 import b64encode
from typing import Any, NamedTuple
from zlib import crc32

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.clients.raw import Answer, exchange
from tests.conftest import Clients, CloudThread
from tests.running import RunningCloud

from orrery.wire.signing.sigv4 import EMPTY_SHA256, signing_key

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
KINDS = pytest.mark.parametrize("kind", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])

CONTENT = bytes(range(256)) * 600
CHUNK = 65_536


class Signer(NamedTuple):
    """What signs the chunks behind a head."""

    key: bytes
    stamp: str
    scope: str
    seed: str

    def sign(self, before: str, kind: str, *rest: str) -> str:
        """The signature of a chunk or a trailer, made over the one before it."""
        text = "\n".join((f"AWS4-HMAC-SHA256-{kind}", self.stamp, self.scope, before, *rest))
        return hmac.digest(self.key, text.encode(), "sha256").hex()


def body_of(kind: str, signer: Signer, content: bytes = CONTENT) -> bytes:
    """The content in chunks."""
    out, last = b"", signer.seed
    pieces = [content[place : place + CHUNK] for place in range(0, len(content), CHUNK)]
    for piece in (*pieces, b""):
        mark = ""
        if kind != UNSIGNED_TRAILER:
            last = signer.sign(last, "PAYLOAD", EMPTY_SHA256, hashlib.sha256(piece).hexdigest())
            mark = f";chunk-signature={last}"
        out += f"{len(piece):x}{mark}\r\n".encode() + piece + (b"\r\n" if piece else b"")
    if kind != SIGNED:
        trailer = f"x-amz-checksum-crc32:{b64encode(crc32(content).to_bytes(4, 'big')).decode()}"
        out += f"{trailer}\r\n".encode()
        if kind == SIGNED_TRAILER:
            given = signer.sign(last, "TRAILER", hashlib.sha256(f"{trailer}\n".encode()).hexdigest())
            out += f"x-amz-trailer-signature:{given}\r\n".encode()
    return out + b"\r\n"


def upload(cloud: RunningCloud, kind: str, change: Any = None, key: str = "test", path: str = "/bucket/key") -> Answer:
    """Put CONTENT in chunks of a kind; `change` may spoil the body."""
    made = AWSRequest("PUT", f"{cloud.url}{path}", headers={"x-amz-decoded-content-length": str(len(CONTENT))})
    made.headers["Content-Encoding"] = "aws-chunked"
    if kind != SIGNED:
        made.headers["x-amz-trailer"] = "x-amz-checksum-crc32"
    auth = S3SigV4Auth(Credentials(key, "test"), "s3", "us-east-1")
    auth.payload = lambda request: kind
    auth.add_auth(made)
    stamp = made.headers["X-Amz-Date"]
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    seed = made.headers["Authorization"].rpartition("Signature=")[2]
    body = body_of(kind, Signer(signing_key("test", stamp[:8], "us-east-1", "s3"), stamp, scope, seed))
    if change is not None:
        body = change(body)
    lines = [f"PUT {path} HTTP/1.1", f"Host: 127.0.0.1:{cloud.port}", f"Content-Length: {len(body)}"]
    lines += [
        f"{name}: {value}" for name, value in made.headers.items() if name.lower() not in ("host", "content-length")
    ]
    return exchange(cloud, ("\r\n".join(lines) + "\r\n\r\n").encode() + body)


@KINDS
def test_chunks_come_together_to_the_object(aws: Clients, cloud: RunningCloud, bucket: str, kind: str) -> None:
    answer = upload(cloud, kind)

    assert answer.status == 200
    got = aws.s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got.get("ContentEncoding")) == (CONTENT, None)
    assert ("ChecksumCRC32" in got, "ChecksumCRC64NVME" in got) == (kind != SIGNED, kind == SIGNED)


@KINDS
def test_the_parts_of_an_upload_may_be_chunked(aws: Clients, cloud: RunningCloud, bucket: str, kind: str) -> None:
    algorithm = {} if kind == SIGNED else {"ChecksumAlgorithm": "CRC32"}
    made = aws.s3.create_multipart_upload(Bucket=bucket, Key="key", **algorithm)["UploadId"]

    answer = upload(cloud, kind, path=f"/bucket/key?partNumber=1&uploadId={made}")

    assert answer.status == 200
    assert aws.s3.list_parts(Bucket=bucket, Key="key", UploadId=made)["Parts"][0]["Size"] == len(CONTENT)


@pytest.mark.parametrize(
    ("kind", "old", "new", "code"),
    [
        (SIGNED, b"\x00\x01\x02", b"\x00\x01\x03", "SignatureDoesNotMatch"),
        (SIGNED, b"0;chunk-signature=", b"0;chunk-signature=0", "SignatureDoesNotMatch"),
        (SIGNED_TRAILER, b"x-amz-trailer-signature:", b"x-amz-trailer-signature:0", "SignatureDoesNotMatch"),
        (UNSIGNED_TRAILER, b"\x00\x01\x02", b"\x00\x01\x03", "BadDigest"),
        (UNSIGNED_TRAILER, b"x-amz-checksum-crc32:", b"x-amz-checksum-crc32:x", "InvalidRequest"),
        (UNSIGNED_TRAILER, b"x-amz-checksum-crc32:", b"x-amz-checksum-sha1:", "MalformedTrailerError"),
        (UNSIGNED_TRAILER, b"10000\r\n", b"10001\r\n", "IncompleteBody"),
        (SIGNED, b";chunk-signature=", b";chunk=", "IncompleteBody"),
    ],
)
def test_a_body_that_was_tampered_with_stores_nothing(
    aws: Clients, cloud: RunningCloud, bucket: str, kind: str, old: bytes, new: bytes, code: str
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"before")

    answer = upload(cloud, kind, lambda body: body.replace(old, new, 1))

    assert (answer.status >= 400, f"<Code>{code}</Code>".encode() in answer.body) == (True, True), answer.body
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"before"


@KINDS
@pytest.mark.parametrize("mode", ["open", "audit"])
def test_chunks_are_taken_where_signatures_are_not_enforced(harness: CloudThread, mode: str, kind: str) -> None:
    running = harness.start(auth=mode)
    try:
        aws = Clients(running)
        aws.s3.create_bucket(Bucket="bucket")

        assert upload(running, kind).status == 200
        assert aws.s3.get_object(Bucket="bucket", Key="key")["Body"].read() == CONTENT
    finally:
        running.stop()


@pytest.mark.parametrize("kind", [SIGNED, SIGNED_TRAILER])
def test_under_open_nobody_asks_whose_the_chunks_signatures_are(harness: CloudThread, kind: str) -> None:
    running = harness.start(auth="open")
    try:
        Clients(running).s3.create_bucket(Bucket="bucket")

        spoilt = upload(running, kind, lambda body: body.replace(b"signature=", b"signature=0"))
        cut = upload(running, kind, lambda body: body[:-10])

        assert spoilt.status == 200
        assert (cut.status, b"IncompleteBody" in cut.body) == (400, True)
    finally:
        running.stop()
