"""Writes `src/orrery/wire/catalog.json`: what tells services apart, out of every service description of botocore.

Run it after botocore was upgraded: `python tools/catalog.py`. With `--check` it only says whether the file is current.
"""

import json
import sys
from pathlib import Path
from typing import Any

from orrery.wire.source import botocore_data, patch_path, read_source, service_folder

TARGET = Path(__file__).parent.parent / "src" / "orrery" / "wire" / "catalog.json"


def facts(name: str) -> dict[str, Any] | None:
    """One service's entry, or None for a folder that holds no service."""
    try:
        folder = service_folder(name)
    except LookupError:
        return None
    patch = patch_path(name)
    metadata = read_source(folder, json.loads(patch.read_text()) if patch else {})["metadata"]
    prefix = metadata["endpointPrefix"]
    entry = {
        "version": metadata["apiVersion"],
        "id": metadata.get("serviceId"),
        "prefix": prefix,
        "signing": metadata.get("signingName", prefix),
        "protocols": metadata.get("protocols") or [metadata["protocol"]],
        "target": metadata.get("targetPrefix"),
    }
    return {key: value for key, value in entry.items() if value is not None}


def render() -> str:
    """The file's text: one service a line, so that an upgrade shows as few changed lines."""
    names = sorted(entry.name for entry in botocore_data().iterdir() if entry.is_dir())
    entries = {name: found for name in names if (found := facts(name)) is not None}
    lines = [f"{json.dumps(name)}: {json.dumps(entry, sort_keys=True)}" for name, entry in entries.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write or check; 1 when the file is not current."""
    text = render()
    if "--check" in arguments:
        return int(TARGET.read_text() != text)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
