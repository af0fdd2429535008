"""A data directory is one cloud's, whole, private and of a known format, or it is refused in plain words."""

import json
import os
from pathlib import Path

import pytest

from orrery.kernel.store.contract import RECORDS, Batch
from orrery.kernel.store.directory import FORMAT, UnusableDirectory
from orrery.kernel.store.opening import open_directory, open_memory


def putting(key: bytes, value: bytes) -> Batch:
    batch = Batch()
    batch.puts[RECORDS][key] = value
    return batch


def test_state_and_table_ids_are_there_when_the_directory_is_opened_again(tmp_path: Path) -> None:
    data = open_directory(tmp_path / "data")
    table = data.tables.id_of("sqs.Queue")
    data.store.apply(putting(table + b"k", b"v"))
    data.close()

    again = open_directory(tmp_path / "data")

    assert again.tables.id_of("sqs.Queue") == table
    assert again.store.get(RECORDS, table + b"k") == b"v"
    again.close()


def test_a_directory_in_use_is_refused_with_the_process_that_holds_it(tmp_path: Path) -> None:
    data = open_directory(tmp_path / "data")

    with pytest.raises(UnusableDirectory, match=f"in use by process {os.getpid()}.*orrery stop"):
        open_directory(tmp_path / "data")

    data.close()
    open_directory(tmp_path / "data").close()


def test_a_refused_opening_gives_the_lock_back(tmp_path: Path) -> None:
    open_directory(tmp_path).close()
    (tmp_path / "format").write_text(json.dumps({"format": FORMAT + 1, "store": "sqlite"}))
    with pytest.raises(UnusableDirectory):
        open_directory(tmp_path)
    (tmp_path / "format").write_text(json.dumps({"format": FORMAT, "store": "sqlite"}))

    open_directory(tmp_path).close()


def test_a_newer_format_is_refused_plainly(tmp_path: Path) -> None:
    (tmp_path / "format").write_text(json.dumps({"format": FORMAT + 1, "store": "sqlite"}))

    with pytest.raises(
        UnusableDirectory, match=rf"newer Orrery \(format {FORMAT + 1}; this one reads up to {FORMAT}\)"
    ):
        open_directory(tmp_path)


def test_the_directory_of_another_adapter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "format").write_text(json.dumps({"format": FORMAT, "store": "rocksdb"}))

    with pytest.raises(UnusableDirectory, match="'rocksdb', not 'sqlite'"):
        open_directory(tmp_path)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "x", "store": "sqlite"}'])
def test_a_damaged_format_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "format").write_text(content)

    with pytest.raises(UnusableDirectory, match="damaged"):
        open_directory(tmp_path)


def test_a_damaged_store_is_refused(tmp_path: Path) -> None:
    open_directory(tmp_path).close()
    (tmp_path / "store" / "store.sqlite").write_bytes(b"not a database" * 1000)

    with pytest.raises(UnusableDirectory, match="cannot be opened: file is not a database"):
        open_directory(tmp_path)


def test_a_damaged_rocksdb_is_refused(tmp_path: Path) -> None:
    open_directory(tmp_path, adapter="rocksdb").close()
    (tmp_path / "store" / "rocksdb" / "CURRENT").write_bytes(b"nonsense")

    with pytest.raises(UnusableDirectory, match="cannot be opened"):
        open_directory(tmp_path, adapter="rocksdb")


def test_what_cannot_be_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UnusableDirectory, match="cannot be used"):
        open_directory(tmp_path / "file")


def test_the_directory_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data"
    open_directory(path).close()

    assert path.stat().st_mode & 0o777 == 0o700
    for inner in path.rglob("*"):
        assert inner.stat().st_mode & 0o077 == 0, inner


def test_a_directory_that_holds_other_files_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir(mode=0o755)
    path.chmod(0o755)
    (path / "settings.toml").write_text("")

    open_directory(path).close()

    assert path.stat().st_mode & 0o777 == 0o755


def test_memory_keeps_nothing(tmp_path: Path) -> None:
    data = open_memory()
    data.store.apply(putting(b"k", b"v"))
    content = data.content
    assert content.is_dir()
    data.close()
    data.close()

    assert not content.exists()
    again = open_memory()
    assert again.store.get(RECORDS, b"k") is None
    again.close()


def test_power_is_passed_on_to_the_store(tmp_path: Path) -> None:
    data = open_directory(tmp_path, durability="power")

    assert data.durability == "power"
    assert data.store.durable(0) is None
    data.close()
