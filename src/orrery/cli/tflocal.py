"""`tflocal`: Terraform against the cloud, by an override file that is there while Terraform runs."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from orrery import running
from orrery.cli import buckets, hcl, overrides, passing
from orrery.cli.awslocal import addressed_cloud, own_or_test_keys
from orrery.cli.outcome import guarded
from orrery.cli.remote import Remote
from orrery.cli.trouble import Refused

FILE = "orrery_providers_override.tf"
MARK = "# Made by tflocal of Orrery, process {pid}; it goes when Terraform has ended.\n"
UNPROXIED = "fmt,validate,version,login,logout"
"""Commands that touch no cloud, unless TF_UNPROXIED_CMDS names others."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Terraform; its exit code, 127 when there is none, 3 when no cloud runs."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(lambda: _run(words, os.environ), "tflocal")


def _run(words: list[str], environ: Mapping[str, str]) -> int:
    program = _program(environ)
    dry = environ.get("DRY_RUN", "").lower() in ("1", "true", "yes")
    if program is None and not dry:
        print("tflocal: Terraform was not found. Install it, or name its program in TF_CMD.", file=sys.stderr)
        return 127
    remote = addressed_cloud(environ)
    environment = own_or_test_keys(remote, environ, own_keys=False) | {"AWS_EC2_METADATA_DISABLED": "true"}
    command = next((word for word in words if not word.startswith("-")), None)
    unproxied = environ.get("TF_UNPROXIED_CMDS", UNPROXIED).split(",")
    if program is not None and (command is None or command in unproxied):
        return passing.run(program, words, environment)
    if not dry:
        remote.get("/_orrery/health")  # NotRunning here says more than Terraform would
    target = overrides.Target(
        remote.endpoint,
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environ.get("CUSTOMIZE_ACCESS_KEY", "").lower() in ("1", "true", "yes"),
    )
    with ExitStack() as files:
        for directory in _directories(words, environ):
            root = hcl.configuration(directory)
            version = _version(program, environment) if overrides.needs_version(root) else (1, 6)
            override = Override(directory / environ.get("LS_PROVIDERS_FILE", FILE))
            override.write(overrides.text(root, target, version))
            if dry or program is None:
                print(f"tflocal: wrote {override.path}", file=sys.stderr)
                continue
            files.callback(override.remove)
            if command == "init":
                _make_state_buckets(root, remote, environment)
        return 0 if dry or program is None else passing.run(program, words, environment)


def _program(environ: Mapping[str, str]) -> str | None:
    """The program that TF_CMD names, else terraform, else tofu."""
    if environ.get("TF_CMD"):
        return shutil.which(environ["TF_CMD"], path=environ.get("PATH"))
    found = (shutil.which(name, path=environ.get("PATH")) for name in ("terraform", "tofu"))
    return next(filter(None, found), None)


def _directories(words: list[str], environ: Mapping[str, str]) -> list[Path]:
    """Where Terraform works (-chdir), and what ADDITIONAL_TF_OVERRIDE_LOCATIONS names."""
    chosen = [word.removeprefix("-chdir=") for word in words if word.startswith("-chdir=")]
    further = [each for each in environ.get("ADDITIONAL_TF_OVERRIDE_LOCATIONS", "").split(",") if each.strip()]
    directories = [Path(chosen[0] if chosen else "."), *(Path(each.strip()) for each in further)]
    for directory in directories:
        if not directory.is_dir():
            raise Refused(f"there is no directory {directory}")
    return directories


def _version(program: str | None, environment: Mapping[str, str]) -> tuple[int, int]:
    """Terraform's version, (1, 11); that of a new one where it does not tell."""
    if program is not None:
        done = subprocess.run([program, "version", "-json"], env=environment, capture_output=True, check=False)
        try:
            found = re.match(r"(\d+)\.(\d+)", json.loads(done.stdout)["terraform_version"])
        except (ValueError, KeyError, TypeError):
            found = None
        if found:
            return int(found[1]), int(found[2])
    return 1, 6


def _make_state_buckets(root: hcl.Block, remote: Remote, environment: Mapping[str, str]) -> None:
    """A backend's bucket is there when Terraform looks for it; one that cannot be made is left to its own words."""
    for backend in overrides.backends(root):
        bucket = backend.literal("bucket")
        if bucket is not None:
            keys = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
            region = backend.literal("region") or environment.get("AWS_REGION") or remote.region
            buckets.make(remote.endpoint, bucket, region=region, key_id=keys[0], secret=keys[1])


class Override:
    """The override file of one directory. A file of that name that tflocal did not make is never touched."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str) -> None:
        """Write it; one left by a tflocal that ended badly is replaced. Raises Refused for anybody else's."""
        if self.path.exists() and self._owner() is None:
            raise Refused(
                f"{self.path} exists, and tflocal did not make it. Move it away, or name another with LS_PROVIDERS_FILE"
            )
        owner = self._owner()
        if owner is not None and owner != os.getpid() and running.alive(owner):
            raise Refused(
                f"another tflocal (process {owner}) is at work in {self.path.parent}; wait until it has ended"
            )
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(MARK.format(pid=os.getpid()) + text)

    def remove(self) -> None:
        """Take it away when it is ours."""
        if self._owner() == os.getpid():
            self.path.unlink(missing_ok=True)

    def _owner(self) -> int | None:
        """The process that made the file; None when there is none, or it is somebody else's."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as opened:
                found = re.fullmatch(re.escape(MARK).replace(r"\{pid\}", r"(\d+)"), opened.readline())
        except FileNotFoundError:
            return None
        return int(found[1]) if found else None


if __name__ == "__main__":
    raise SystemExit(main())
