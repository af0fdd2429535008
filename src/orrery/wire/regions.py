"""The Regions there are, from botocore's list of partitions."""

import json

from orrery.wire.source import botocore_data


def known_regions() -> frozenset[str]:
    """The names of every Region of every partition, without the pseudo-Regions of global services (`aws-global`)."""
    partitions = json.loads((botocore_data() / "partitions.json").read_bytes())["partitions"]
    names = (name for partition in partitions for name in partition["regions"])
    return frozenset(name for name in names if not name.endswith("-global"))
