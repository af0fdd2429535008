"""Reading botocore's service descriptions as data, without importing botocore, through a cache on disk.

botocore's `data` folder holds one folder a service and API version: `service-2.json` (operations and shapes),
`paginators-1.json`, `waiters-2.json` and `*.sdk-extras.json`, which is merged into the file it is named
after. What is read here is stripped of documentation, merged with the service's patch (see
`orrery.wire.patch`) and stored with `marshal`, every shape and operation as a blob of its own, so that a
large service (EC2: 4,900 shapes) opens in about 2 ms and pays only for the shapes that are used.
"""

import gzip
import hashlib
import importlib.util
import json
import marshal
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from orrery.wire.patch import merge_patch

Raw = dict[str, Any]

_FORMAT = 3
"""Part of the cache's key: raise it when what is stored changes its form."""

_PROSE = frozenset({"documentation", "deprecatedMessage", "deprecatedSince", "documentationUrl"})
"""Traits without effect on the wire. Members may bear the same names, but their values are never strings."""


def botocore_data() -> Path:
    """The folder of botocore's service descriptions; LookupError when botocore is not installed."""
    spec = importlib.util.find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError("botocore is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"


def service_folder(name: str, data: Path | None = None) -> Path:
    """The folder of a service's newest API version; LookupError for a service that botocore does not know."""
    folder = (data or botocore_data()) / name
    versions = sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []
    versions = [version for version in versions if _described(folder / version, "service-2")]
    if not versions:
        raise LookupError(f"no service description for {name!r}")
    return folder / versions[-1]


def patch_path(name: str) -> Path | None:
    """The service's patch file in this package, where it has one."""
    services = Path(__file__).parent.parent / "services"
    for candidate in (services / name / "model.patch.json", services / f"{name}.patch.json"):
        if candidate.is_file():
            return candidate
    return None


def load_source(name: str, cache_dir: Path | None) -> Raw:
    """The stripped, patched description: `metadata`, `pagination`, and blobs under `operations` and `shapes`."""
    folder = service_folder(name)
    patch_file = patch_path(name)
    patch_text = patch_file.read_bytes() if patch_file else b""
    cached = None
    if cache_dir is not None:
        cached = cache_dir / f"{name}-{_key(folder, patch_text)}.model"
        found = _read_cache(cached)
        if found is not None:
            return found
    packed = marshal.dumps(pack(read_source(folder, json.loads(patch_text) if patch_text else {})))
    if cached is not None:
        _write_cache(cached, packed)
    source: Raw = marshal.loads(packed)
    return source


def read_source(folder: Path, patch: Raw) -> Raw:
    """The service description in `folder`, stripped and patched, as plain dicts."""
    source = _strip(_read(folder, "service-2"))
    source["pagination"] = _read(folder, "paginators-1").get("pagination", {})
    return merge_patch(source, patch)


def pack(source: Raw) -> Raw:
    """The description with each operation and shape turned into a blob to be opened on its own."""
    packed = dict(source)
    for kind in ("operations", "shapes"):
        packed[kind] = {name: marshal.dumps(entry) for name, entry in source.get(kind, {}).items()}
    packed["errors"] = [name for name, shape in source.get("shapes", {}).items() if shape.get("exception")]
    return packed


def _described(folder: Path, stem: str) -> Path | None:
    for suffix in (".json.gz", ".json"):
        if (folder / (stem + suffix)).is_file():
            return folder / (stem + suffix)
    return None


def _read(folder: Path, stem: str) -> Raw:
    path = _described(folder, stem)
    if path is None:
        return {}
    value: Raw = _parse(path)
    extras = _described(folder, f"{stem}.sdk-extras")
    if extras is not None:
        _deep_merge(value, _parse(extras).get("merge", {}))
    return value


def _parse(path: Path) -> Raw:
    content = path.read_bytes()
    value: Raw = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    return value


def _deep_merge(base: Raw, extra: Raw) -> None:
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _deep_merge(base[key], value)
        else:
            base[key] = value


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strip(entry) for key, entry in value.items() if not (key in _PROSE and isinstance(entry, str))}
    if isinstance(value, list):
        return [_strip(entry) for entry in value]
    return value


def _key(folder: Path, patch_text: bytes) -> str:
    digest = hashlib.blake2s(digest_size=12)
    digest.update(f"{_FORMAT} {sys.implementation.cache_tag} {folder}".encode())
    for stem in ("service-2", "service-2.sdk-extras", "paginators-1", "paginators-1.sdk-extras"):
        path = _described(folder, stem)
        if path is not None:
            facts = path.stat()
            digest.update(f"{path.name} {facts.st_size} {facts.st_mtime_ns}".encode())
    digest.update(patch_text)
    return digest.hexdigest()


def _read_cache(path: Path) -> Raw | None:
    try:
        found = marshal.loads(path.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _write_cache(path: Path, packed: bytes) -> None:
    """Store for next time; a cache that cannot be written (read-only or full disk) is done without."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(packed)
        temporary.replace(path)
        stem = path.name.rpartition("-")[0]
        for old in path.parent.glob(f"{stem}-*.model"):
            if old != path and old.name.rpartition("-")[0] == stem:
                old.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
