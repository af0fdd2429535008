"""Clients of S3 beside boto3's client, unchanged: the AWS CLI's s3 and s3api, boto3's resource, s3fs."""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
import s3fs
from tests.clients.test_clients import aws_cli, shown
from tests.running import RunningCloud

BIG = bytes(range(256)) * (9 << 12)  # 9 MiB: what the AWS CLI uploads in parts


def test_the_aws_cli_syncs_a_directory_up_and_down(cloud: RunningCloud, tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    names = ["a.txt", "b c.txt", "deep/er/ü&+%.txt", "empty"]
    for name in names:
        path = there / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if name == "empty" else name)
        os.utime(path, (1_700_000_000, 1_700_000_000))  # before the upload, though the cloud's clock stands still

    made = aws_cli(cloud, "s3", "mb", "s3://bucket")
    up = aws_cli(cloud, "s3", "sync", "--no-progress", str(there), "s3://bucket/x")
    again = aws_cli(cloud, "s3", "sync", "--no-progress", str(there), "s3://bucket/x")
    down = aws_cli(cloud, "s3", "sync", "--no-progress", "s3://bucket/x", str(back))
    gone = aws_cli(cloud, "s3", "rb", "--force", "s3://bucket")

    assert [made.returncode, up.returncode, down.returncode, gone.returncode] == [0, 0, 0, 0], up.stderr + down.stderr
    assert up.stdout.count("upload:") == len(names)
    assert again.stdout == ""
    for name in names:
        assert (back / name).read_bytes() == (there / name).read_bytes()


@pytest.mark.row("S3-010")
def test_the_aws_cli_copies_a_large_file_up_across_and_down(cloud: RunningCloud, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(BIG)
    aws_cli(cloud, "s3", "mb", "s3://bucket")

    up = aws_cli(cloud, "s3", "cp", "--no-progress", str(tmp_path / "big"), "s3://bucket/big")
    across = aws_cli(cloud, "s3", "mv", "--no-progress", "s3://bucket/big", "s3://bucket/moved")
    head = shown(aws_cli(cloud, "s3api", "head-object", "--bucket", "bucket", "--key", "moved"))
    down = aws_cli(cloud, "s3", "cp", "--no-progress", "s3://bucket/moved", str(tmp_path / "back"))

    assert [up.returncode, across.returncode, down.returncode] == [0, 0, 0], up.stderr + across.stderr + down.stderr
    assert head["ContentLength"] == len(BIG)
    assert head["ETag"].endswith('-2"')
    assert (tmp_path / "back").read_bytes() == BIG


def test_the_aws_cli_shows_an_error_of_s3_in_awss_words(cloud: RunningCloud) -> None:
    refused = aws_cli(cloud, "s3api", "get-bucket-location", "--bucket", "nowhere")

    assert refused.returncode != 0
    assert "(NoSuchBucket)" in refused.stderr
    assert "The specified bucket does not exist" in refused.stderr


def test_the_resource_of_boto3_walks_its_collections(cloud: RunningCloud) -> None:
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    resource: Any = session.resource("s3", endpoint_url=cloud.url)
    bucket = resource.create_bucket(Bucket="bucket")
    for name in ("a/1", "a/2", "b/1"):
        bucket.put_object(Key=name, Body=name.encode())

    found = {each.key: each.get()["Body"].read() for each in bucket.objects.filter(Prefix="a/")}
    bucket.objects.all().delete()
    left = list(bucket.objects.all())
    bucket.delete()

    assert found == {"a/1": b"a/1", "a/2": b"a/2"}
    assert left == []
    assert list(resource.buckets.all()) == []


def test_s3fs_writes_lists_reads_and_moves_files(cloud: RunningCloud) -> None:
    files = s3fs.S3FileSystem(
        key="test", secret="test", endpoint_url=cloud.url, use_listings_cache=False, skip_instance_cache=True
    )
    files.mkdir("bucket")
    with files.open("bucket/dir/big", "wb", block_size=5 << 20) as file:
        file.write(BIG)
    files.pipe("bucket/dir/small.json", json.dumps({"n": 42}).encode())

    with files.open("bucket/dir/big", "rb") as file:
        file.seek(1_000_000)
        middle = file.read(100)
    files.mv("bucket/dir/small.json", "bucket/moved.json")

    assert middle == BIG[1_000_000:1_000_100]
    assert files.ls("bucket") == ["bucket/dir", "bucket/moved.json"]
    assert files.info("bucket/dir/big")["size"] == len(BIG)
    assert json.loads(files.cat("bucket/moved.json")) == {"n": 42}
    files.rm("bucket", recursive=True)
    assert not files.exists("bucket")
