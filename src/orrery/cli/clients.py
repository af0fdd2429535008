"""Commands that point clients at the running cloud: `env`, `aws`, `ca`."""

import argparse
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orrery.cli import passing, show
from orrery.cli.remote import Remote, locate
from orrery.cli.trouble import NotRunning, Refused
from orrery.settings import Loaded

SHELLS = {
    "sh": "export {name}={quoted}",
    "bash": "export {name}={quoted}",
    "zsh": "export {name}={quoted}",
    "fish": "set -gx {name} {quoted};",
    "powershell": "$env:{name} = {quoted}",
    "dotenv": "{name}={value}",
    "json": "",
}
"""How a variable is set in each shell or file; json is one object."""

NO_AWS_CLI = "orrery: the AWS CLI was not found. Install it (pip install awscli) and try again."

UNSET = {"fish": "set -e {name};", "powershell": "Remove-Item Env:{name} -ErrorAction Ignore"}


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the three commands."""
    setting = commands.add_parser(
        "env", parents=[reaching], description="print the variables that point AWS clients at the cloud"
    )
    setting.add_argument(
        "form", nargs="?", choices=tuple(SHELLS), default="sh", help="the form of the lines; sh unless given"
    )
    setting.add_argument("--shell", choices=tuple(SHELLS), default=None, help="the same as an option")
    setting.add_argument("--unset", action="store_true", help="lines that take the variables away again")
    setting.add_argument("--tls", action="store_true", help="an https:// endpoint")
    setting.set_defaults(run=env)
    calling = commands.add_parser("aws", description="run the AWS CLI against the cloud")
    calling.set_defaults(run=aws)
    trusting = commands.add_parser("ca", parents=[reaching], description="print the certificate to trust for TLS")
    trusting.set_defaults(run=ca)


def env(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print the variables; those for TLS only when the cloud runs and so has a certificate."""
    remote = locate(loaded, options.endpoint)
    shell = options.shell or options.form
    variables = addressed(remote, tls=options.tls)
    if options.unset:
        names = [*variables, "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]
        form = UNSET.get(shell, "unset {name}")
        return show.answer({"unset": names}, options.json, "\n".join(form.format(name=name) for name in names))
    try:
        bundle = _bundle(remote)
    except (NotRunning, Refused) as problem:
        print(f"orrery: no certificate to trust for TLS: {problem}", file=sys.stderr)
    else:
        variables |= {"AWS_CA_BUNDLE": str(bundle), "NODE_EXTRA_CA_CERTS": str(bundle)}
    form = SHELLS[shell]
    lines = [form.format(name=n, value=v, quoted=_quoted(v, shell)) for n, v in variables.items()]
    return show.answer(variables, options.json or shell == "json", "\n".join(lines))


def addressed(remote: Remote, *, tls: bool = False) -> dict[str, str]:
    """The variables by which AWS clients find the cloud and sign for it."""
    endpoint = remote.endpoint
    if tls:
        parts = urlsplit(endpoint)
        host = "localhost" if remote.loopback else parts.hostname
        endpoint = f"https://{host}:{parts.port or 443}"
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": remote.key_id,
        "AWS_SECRET_ACCESS_KEY": remote.secret,
        "AWS_DEFAULT_REGION": remote.region,
        "AWS_REGION": remote.region,
    }


def _quoted(value: str, shell: str) -> str:
    escaped = value.replace("'", "''" if shell == "powershell" else "'\\''")
    return f"'{escaped}'"


def _bundle(remote: Remote) -> Path:
    """A file that holds the running cloud's certificate authority."""
    certificate = remote.text("/_orrery/ca")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path(os.environ.get("HOME") or "/tmp") / ".cache")
    path = Path(base) / "orrery" / f"ca-{urlsplit(remote.endpoint).port or 443}.pem"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != certificate:
        path.write_text(certificate)
    return path


def aws(loaded: Loaded, options: argparse.Namespace) -> int:
    """Run the AWS CLI with the cloud's endpoint and root's keys; `--profile` among its arguments keeps its own keys.

    The endpoint is an argument too, since version 1 of the CLI does not read AWS_ENDPOINT_URL for SQS.
    """
    remote = locate(loaded, None)
    beside = Path(sys.executable).with_name("aws")
    program = str(beside) if beside.exists() else shutil.which("aws")
    if program is None:
        print(NO_AWS_CLI, file=sys.stderr)
        return 127
    environment = client_environment(remote, os.environ, own_keys=given_option("--profile", options.rest))
    return passing.run(program, aws_words(remote, options.rest), environment)


def aws_words(remote: Remote, words: list[str]) -> list[str]:
    """The AWS CLI's arguments with the cloud's endpoint, unless they name one."""
    return [*([] if given_option("--endpoint-url", words) else ["--endpoint-url", remote.endpoint]), *words]


def given_option(option: str, words: list[str]) -> bool:
    """True when the words hold the option, as `--profile X` or `--profile=X`."""
    return any(word == option or word.startswith(f"{option}=") for word in words)


def client_environment(remote: Remote, environ: Mapping[str, str], own_keys: bool) -> dict[str, str]:
    """The environment for a client, without settings that would lead it elsewhere."""
    misleading = ("AWS_ENDPOINT_URL_", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    environment = {name: value for name, value in environ.items() if not name.startswith(misleading)}
    variables = addressed(remote)
    if own_keys:
        del variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]
    else:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
            environment.pop(name, None)
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        if environment.get(name):
            del variables[name]
    return environment | variables


def ca(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print the certificate authority that signed the cloud's certificate, as PEM."""
    certificate = locate(loaded, options.endpoint).text("/_orrery/ca")
    return show.answer({"ca": certificate}, options.json, certificate.rstrip("\n"))
