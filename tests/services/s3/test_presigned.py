"""URLs that are signed beforehand, in both versions: who may use them, for what and how long."""

from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import Clients
from tests.running import RunningCloud
from tests.services.s3.presigned import VERSIONS, http, signing, url, use

__all__ = ["http", "use"]


# --- use ---


@pytest.mark.row("S3-056")
@VERSIONS
def test_what_can_be_done_with_an_object_can_be_done_by_url(aws: Clients, bucket: str, use: Any, version: str) -> None:
    client = signing(aws, version)

    put = use("PUT", url(client, "put_object", ServerSideEncryption="AES256"), b"content", **_signed(version))
    got = use("GET", url(client, "get_object"))
    head = use("HEAD", url(client, "head_object"))
    part = use("GET", url(client, "get_object"), range="bytes=1-3")
    listed = use("GET", client.generate_presigned_url("list_objects_v2", {"Bucket": bucket, "Prefix": "k"}))
    deleted = use("DELETE", url(client, "delete_object"))

    assert (put.status, put.headers["ETag"]) == (200, '"9a0364b9e99bb480dd25e1f0284c8555"')
    assert (got.status, got.body, got.headers["Content-Type"]) == (200, b"content", "binary/octet-stream")
    assert (head.status, head.headers["Content-Length"]) == (200, "7")
    assert (part.status, part.body) == (206, b"ont")
    assert b"<Key>key</Key>" in listed.body
    assert deleted.status == 204
    assert use("GET", url(client, "get_object")).code == "NoSuchKey"


def _signed(version: str) -> dict[str, str]:
    """The header that the signature covers: Version 4 has it signed, Version 2 counts it in the URL."""
    return {"x_amz_server_side_encryption": "AES256"} if version == "s3v4" else {}


@VERSIONS
def test_the_parts_of_an_upload_can_be_put_by_url(aws: Clients, bucket: str, use: Any, version: str) -> None:
    client = signing(aws, version)
    upload = aws.s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]

    put = use("PUT", url(client, "upload_part", UploadId=upload, PartNumber=1), b"content")

    parts = {"Parts": [{"PartNumber": 1, "ETag": put.headers["ETag"]}]}
    aws.s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=upload, MultipartUpload=parts)
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"


@VERSIONS
@pytest.mark.parametrize("key", ["a b+c/ü", "~$&'()*!,;=:@", "//a//b/", "100%", "a?b#c"])
def test_a_key_of_any_bytes_can_be_signed(aws: Clients, bucket: str, use: Any, version: str, key: str) -> None:
    client = signing(aws, version)

    assert use("PUT", url(client, "put_object", key), b"x").status == 200

    assert [one["Key"] for one in aws.s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert use("GET", url(client, "get_object", key)).body == b"x"


@VERSIONS
def test_a_url_may_choose_fields_of_its_answer(aws: Clients, bucket: str, use: Any, version: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", ContentType="text/plain")
    made = url(
        signing(aws, version),
        "get_object",
        ResponseContentType="text/html",
        ResponseContentDisposition='attachment; filename="a b.txt"',
        ResponseCacheControl="no-store",
    )

    got = use("GET", made)

    assert (got.headers["Content-Type"], got.headers["Content-Disposition"], got.headers["Cache-Control"]) == (
        "text/html",
        'attachment; filename="a b.txt"',
        "no-store",
    )
    assert use("GET", made.replace("no-store", "no-cache")).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", ["response-content-type", "response-cache-control", "response-expires"])
def test_nobody_may_choose_fields_of_an_answer_unsigned(
    aws: Clients, cloud: RunningCloud, bucket: str, use: Any, name: str
) -> None:
    answer = use("GET", f"{cloud.url}/{bucket}/key?{name}=x")

    assert (answer.status, answer.code, answer.members["Message"]) == (
        400,
        "InvalidRequest",
        "Request specific response headers cannot be used for anonymous GET requests.",
    )


@pytest.mark.row("S3-058")
def test_without_a_url_that_is_signed_nobody_gets_in(
    aws: Clients, cloud: RunningCloud, bucket: str, use: Any, clock: Any
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="video", Body=b"film")
    link = url(aws.s3, "get_object", "video", 60)

    direct = use("GET", f"{cloud.url}/{bucket}/video")
    played = use("GET", link)
    clock.advance(61)
    over = use("GET", link)

    assert (direct.status, direct.code, direct.members["Message"]) == (403, "AccessDenied", "Access Denied")
    assert (played.status, played.body) == (200, b"film")
    assert over.status == 403


def test_a_browser_may_open_a_url_that_another_page_links_to(aws: Clients, bucket: str, use: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    link = url(aws.s3, "get_object")

    assert use("GET", link, sec_fetch_site="cross-site", sec_fetch_mode="navigate").body == b"content"
    assert use("GET", link, origin="http://evil.example").status == 403
    assert use("GET", link, origin="http://localhost:3000").status == 200


# --- how long ---


@pytest.mark.row("S3-054")
def test_a_stock_client_in_us_east_1_signs_urls_in_version_2(aws: Clients, bucket: str) -> None:
    made = url(aws.s3, "get_object")

    assert "X-Amz-Algorithm" not in made
    assert "AWSAccessKeyId=" in made


@pytest.mark.row("S3-054")
@VERSIONS
def test_a_url_lives_an_hour_unless_it_says_otherwise(
    aws: Clients, bucket: str, use: Any, clock: Any, version: str
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    made = signing(aws, version).generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
    use("GET", made)

    clock.advance(3599)
    last = use("GET", made)
    clock.advance(2)
    over = use("GET", made)

    assert last.status == 200
    assert (over.status, over.code, over.members["Message"]) == (403, "AccessDenied", "Request has expired")
    assert {"Expires", "ServerTime"} <= over.members.keys()
    assert over.members.get("X-Amz-Expires") == ("3600" if version == "s3v4" else None)


@pytest.mark.row("S3-054")
def test_a_url_of_version_4_lives_a_week_at_most(aws: Clients, bucket: str, use: Any, clock: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    client = signing(aws, "s3v4")
    week = url(client, "get_object", seconds=604_800)

    longer = use("GET", url(client, "get_object", seconds=604_801))
    use("GET", week)
    clock.advance(604_799)

    assert use("GET", week).status == 200
    assert (longer.status, longer.code, longer.members["Message"]) == (
        400,
        "AuthorizationQueryParametersError",
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
        "604800 seconds",
    )


@pytest.mark.row("S3-054")
def test_a_url_of_version_2_lives_as_long_as_it_says(aws: Clients, bucket: str, use: Any, clock: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    made = url(aws.s3, "get_object", seconds=604_801)
    use("GET", made)

    clock.advance(604_800)
    last = use("GET", made)
    clock.advance(2)

    assert last.status == 200
    assert use("GET", made).members["Message"] == "Request has expired"


@pytest.mark.row("S3-055")
@VERSIONS
def test_a_url_dies_with_the_session_that_signed_it(
    aws: Clients, bucket: str, use: Any, clock: Any, version: str
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    session = aws.sts.get_session_token(DurationSeconds=900)["Credentials"]
    keys = {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
    made = url(signing(aws, version, **keys), "get_object", seconds=7200)

    alive = use("GET", made)
    forged = use("GET", made.replace(quote(session["SessionToken"], safe=""), "another"))
    clock.advance(901)
    over = use("GET", made)

    assert alive.status == 200
    assert forged.code == "InvalidToken"
    assert (over.status, over.code, over.members["Message"]) == (
        400,
        "ExpiredToken",
        "The provided token has expired.",
    )


@pytest.mark.row("S3-055")
@VERSIONS
def test_a_url_carries_no_more_than_its_signers_rights(aws: Clients, bucket: str, use: Any, version: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    stranger = signing(aws.at(account="111122223333"), version)
    nobody = signing(aws, version, aws_access_key_id="AKIANOBODY")

    assert use("GET", url(stranger, "get_object")).code == "AccessDenied"
    assert use("GET", url(nobody, "get_object")).code == "InvalidAccessKeyId"


# --- Regions ---


@pytest.mark.row("S3-125")
def test_the_regions_of_old_take_version_2(aws: Clients, make_bucket: Any, use: Any) -> None:
    make_bucket("bucket", "eu-west-1")
    client = signing(aws.at(region="eu-west-1"), "s3")

    assert use("PUT", url(client, "put_object"), b"x").status == 200


@pytest.mark.row("S3-125")
def test_new_regions_do_not_take_version_2(aws: Clients, make_bucket: Any, use: Any) -> None:
    make_bucket("bucket", "eu-central-1")
    place = aws.at(region="eu-central-1")

    by_url = use("PUT", url(signing(place, "s3"), "put_object"), b"x")
    new = use("PUT", url(signing(place, "s3v4"), "put_object"), b"x")
    with pytest.raises(place.s3.exceptions.ClientError) as by_header:
        signing(place, "s3").head_bucket(Bucket="bucket")
    listed = signing(place, "s3")
    with pytest.raises(listed.exceptions.ClientError) as refused:
        listed.list_objects_v2(Bucket="bucket")

    text = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    assert (by_url.status, by_url.code, by_url.members["Message"]) == (400, "InvalidRequest", text)
    assert new.status == 200
    assert by_header.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Code"] == "InvalidRequest"


@pytest.mark.row("S3-002")
def test_a_url_signed_for_another_region_is_sent_there(aws: Clients, make_bucket: Any, use: Any) -> None:
    make_bucket("bucket", "eu-west-1")

    answer = use("GET", url(signing(aws, "s3v4"), "get_object"))

    assert answer.headers["x-amz-bucket-region"] == "eu-west-1"
    assert answer.status >= 300


def test_metadata_beyond_ascii_in_a_url_of_version_2_comes_back_as_encoded_words(
    aws: Clients, cloud: RunningCloud, bucket: str, use: Any
) -> None:
    made = AWSRequest("PUT", f"{cloud.url}/{bucket}/key", headers={"x-amz-meta-foo": "non-ascii-%E2%80%94_—_é_"})
    HmacV1QueryAuth(Credentials("test", "test")).add_auth(made)

    answer = use("PUT", made.url, b"")

    assert answer.status == 200, answer.body
    head = aws.s3.head_object(Bucket=bucket, Key="key")
    assert head["Metadata"] == {"foo": "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?="}
