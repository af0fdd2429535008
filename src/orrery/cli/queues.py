"""Commands about what queues hold: `sqs why`."""

import argparse
import os
from typing import Any

from orrery.cli import show
from orrery.cli.remote import locate
from orrery.settings import Loaded


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare them."""
    queueing = commands.add_parser("sqs", description="look into queues")
    within = queueing.add_subparsers(dest="question", metavar="QUESTION", required=True, title="commands")
    said = "why messages of a queue cannot be received now"
    asking = within.add_parser("why", parents=[reaching], help=said, description=said)
    asking.add_argument("queue", metavar="QUEUE", help="name, URL or ARN")
    asking.add_argument("--region", default=None, metavar="REGION", help="its Region (AWS_REGION, AWS_DEFAULT_REGION)")
    asking.add_argument("--account", default="000000000000", metavar="ID", help="its account; 000000000000 by default")
    asking.set_defaults(run=why)


def why(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print, for every message of the queue that cannot be received now, the reason and until when."""
    remote = locate(loaded, options.endpoint)
    region = options.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    place = {"region": region or loaded.settings.region, "account": options.account}
    found = remote.get("/_orrery/sqs/why", queue=options.queue, **place)
    messages = found.get("messages", ())
    heading = tuple(dict.fromkeys(name for each in messages for name in each))
    rows = [tuple(show.value(each[name]) if name in each else "" for name in heading) for each in messages]
    facts = [(name.replace("_", " "), show.value(fact)) for name, fact in found.items() if name != "messages"]
    return show.answer(found, options.json, "\n\n".join(filter(None, (show.table(facts), show.table(rows, heading)))))
