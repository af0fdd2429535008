"""Every command of `orrery`: its group, the module that knows it, and what it does in one line."""

import difflib
from typing import NamedTuple


class Command(NamedTuple):
    """One command. `module` has `add_commands(commands, reaching)`, which declares it."""

    name: str
    module: str
    group: str
    summary: str


RUN = "Run a cloud"
WORK = "Work with it"
TURN = "Turn it"
LOOK = "Look into it"
HELP = "Help"

COMMANDS = (
    Command("start", "orrery.cli.start", RUN, "run a cloud, in the foreground or (--detach) in the background"),
    Command("stop", "orrery.cli.lifecycle", RUN, "stop the running cloud"),
    Command("status", "orrery.cli.lifecycle", RUN, "say what runs, and where"),
    Command("logs", "orrery.cli.logs", RUN, "print the log of a cloud in the background"),
    Command("doctor", "orrery.cli.doctor", RUN, "look for what is missing or wrong, and say what to do"),
    Command("env", "orrery.cli.clients", WORK, "print the variables that point AWS clients at the cloud"),
    Command("aws", "orrery.cli.clients", WORK, "run the AWS CLI against the cloud"),
    Command("ca", "orrery.cli.clients", WORK, "print the certificate to trust for TLS"),
    Command("clock", "orrery.cli.clock", TURN, "show the virtual clock, or turn it"),
    Command("limits", "orrery.cli.control", TURN, "list the limits, set one, or reset them"),
    Command("era", "orrery.cli.control", TURN, "show or choose whose limits apply"),
    Command("fail", "orrery.cli.control", TURN, "make things fail on demand"),
    Command("state", "orrery.cli.states", TURN, "save the whole cloud, load it again, fork it"),
    Command("requests", "orrery.cli.requests", LOOK, "the last requests the cloud answered, or as they come"),
    Command("explain", "orrery.cli.requests", LOOK, "why a request was answered as it was"),
    Command("s3", "orrery.cli.storage", LOOK, "verify what buckets hold"),
    Command("sqs", "orrery.cli.queues", LOOK, "why messages of a queue cannot be received"),
    Command("help", "orrery.cli.helping", HELP, "print a command's manual page"),
    Command("completion", "orrery.cli.completion", HELP, "print the completion script for a shell"),
)


def find(name: str) -> Command | None:
    """The command of that name; None when there is none."""
    return next((command for command in COMMANDS if command.name == name), None)


def nearest(name: str) -> str:
    """`; did you mean stop?` for a name close to a command's, else nothing."""
    return did_you_mean(name, [command.name for command in COMMANDS])


def did_you_mean(name: str, known: list[str]) -> str:
    """`; did you mean X?` with the name in `known` that is closest to `name`, or nothing when none is close."""
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def overview() -> str:
    """All commands, in their groups, for `orrery` and `orrery --help`."""
    lines = ["A complete working model of the AWS cloud on one's own machine.", ""]
    lines.append("Usage: orrery COMMAND [OPTIONS]")
    width = max(len(command.name) for command in COMMANDS) + 2
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += ["", f"{group}:"]
        lines += [f"  {each.name:{width}}{each.summary}" for each in COMMANDS if each.group == group]
    lines += [
        "",
        "`orrery help COMMAND` tells all about one command; most take --json. Exit codes: 0 done, 1 refused or failed,",
        "2 wrong usage or settings, 3 no cloud runs. `orrery --version` prints the version.",
    ]
    return "\n".join(lines)
