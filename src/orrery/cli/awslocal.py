"""`awslocal`: the AWS CLI, of whatever version is in PATH, against the cloud; its words are the AWS CLI's."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from orrery.cli import passing
from orrery.cli.clients import NO_AWS_CLI, aws_words, client_environment, given_option
from orrery.cli.outcome import guarded
from orrery.cli.remote import Remote, locate
from orrery.settings import load

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the AWS CLI; its exit code, or 127 when there is none."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(lambda: _run(words), "awslocal")


def _run(words: list[str]) -> int:
    remote = addressed_cloud(os.environ)
    program = find_aws(os.environ)
    if program is None:
        print(NO_AWS_CLI.replace("orrery:", "awslocal:"), file=sys.stderr)
        return 127
    environment = own_or_test_keys(remote, os.environ, own_keys=given_option("--profile", words))
    return passing.run(program, aws_words(remote, words), environment)


def addressed_cloud(environ: Mapping[str, str]) -> Remote:
    """The cloud that AWS_ENDPOINT_URL or LocalStack's LOCALSTACK_HOST name; else the one the other commands find."""
    host = environ.get("LOCALSTACK_HOST", "")
    named = environ.get("ORRERY_ENDPOINT") or environ.get("AWS_ENDPOINT_URL") or host
    if host and named == host and "://" not in host:
        named = f"http://{host}" + ("" if ":" in host else ":4566")
    return locate(load(), named or None)


def find_aws(environ: Mapping[str, str]) -> str | None:
    """The AWS CLI in PATH, else the one beside this Python."""
    found = shutil.which("aws", path=environ.get("PATH"))
    beside = Path(sys.executable).with_name("aws")
    return found or (str(beside) if beside.exists() else None)


def own_or_test_keys(remote: Remote, environ: Mapping[str, str], *, own_keys: bool) -> dict[str, str]:
    """A client's environment for the cloud; access keys that are set stay as they are."""
    environment = client_environment(remote, environ, own_keys)
    if environ.get("AWS_ACCESS_KEY_ID") and not own_keys:
        environment |= {name: environ[name] for name in KEYS if environ.get(name)}
    return environment


if __name__ == "__main__":
    raise SystemExit(main())
