"""Reading botocore's data: the cache, what is stripped, what is merged."""

import gzip
import json
from pathlib import Path

import pytest

from orrery.wire.source import botocore_data, load_source, read_source, service_folder


def write(folder: Path, name: str, content: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(gzip.compress(json.dumps(content).encode()))


def test_the_newest_api_version_is_chosen() -> None:
    assert service_folder("ec2").name == "2016-11-15"
    assert service_folder("ec2").parent.parent == botocore_data()


def test_a_folder_without_a_service_is_a_lookup_error(tmp_path: Path) -> None:
    (tmp_path / "empty" / "2020-01-01").mkdir(parents=True)

    with pytest.raises(LookupError):
        service_folder("empty", tmp_path)


def test_prose_is_stripped_but_not_members_that_are_called_so(tmp_path: Path) -> None:
    shape = {
        "type": "structure",
        "documentation": "Prose",
        "members": {"documentation": {"shape": "S", "documentation": "p"}},
    }
    write(tmp_path, "service-2.json.gz", {"metadata": {}, "operations": {}, "shapes": {"A": shape}})

    shapes = read_source(tmp_path, {})["shapes"]

    assert shapes["A"] == {"type": "structure", "members": {"documentation": {"shape": "S"}}}


def test_extras_are_merged_into_the_file_they_are_named_after(tmp_path: Path) -> None:
    write(tmp_path, "service-2.json.gz", {"metadata": {"a": 1}, "operations": {}, "shapes": {"A": {"type": "string"}}})
    write(tmp_path, "service-2.sdk-extras.json.gz", {"merge": {"shapes": {"A": {"max": 2}}}})

    assert read_source(tmp_path, {})["shapes"]["A"] == {"type": "string", "max": 2}


def test_what_comes_from_the_cache_is_what_was_read(tmp_path: Path) -> None:
    first = load_source("sqs", tmp_path)

    second = load_source("sqs", tmp_path)

    assert second == first == load_source("sqs", None)
    assert [path.name.startswith("sqs-") for path in tmp_path.iterdir()] == [True]


def test_a_spoilt_cache_is_read_anew_and_repaired(tmp_path: Path) -> None:
    load_source("sts", tmp_path)
    (cached,) = tmp_path.iterdir()
    cached.write_bytes(b"spoilt")

    assert load_source("sts", tmp_path)["metadata"]["serviceId"] == "STS"
    assert cached.read_bytes() != b"spoilt"


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    assert load_source("sts", blocked)["metadata"]["serviceId"] == "STS"


def test_an_outdated_cache_of_the_service_is_removed(tmp_path: Path) -> None:
    old, other = tmp_path / "sts-0123.model", tmp_path / "sts-more-0123.model"
    old.write_bytes(b"")
    other.write_bytes(b"")

    load_source("sts", tmp_path)

    assert not old.exists()
    assert other.exists()
