"""The environment's variables that are settings of a cloud, and those that look like it and are none."""

import difflib
import re
from collections.abc import Collection, Mapping

from orrery.settings_names import variable_of

OTHER_VARIABLES = ("ORRERY_CONFIG", "ORRERY_ENDPOINT")
"""Variables that are not settings of a cloud: the file to read, and where the command line finds a running cloud."""


def kubernetes_link(value: str) -> bool:
    """Kubernetes sets ORRERY_PORT=tcp://10.0.0.1:4566 in every pod beside a Service of the name `orrery`."""
    return re.match(r"(tcp|udp|sctp)://", value) is not None


def unknown_variables(environ: Mapping[str, str], names: Collection[str]) -> list[str]:
    """A warning for every variable ORRERY_… that belongs to none of the settings `names`."""
    known = [variable_of(name) for name in names]
    known += OTHER_VARIABLES
    warnings = []
    for variable, value in sorted(environ.items()):
        if not variable.startswith("ORRERY_") or variable in known:
            continue
        if kubernetes_link(value) or re.match(r"ORRERY_(SERVICE|PORT)_", variable):
            continue
        close = difflib.get_close_matches(variable, known, 1)
        warnings.append(f"{variable} is no setting of Orrery" + (f"; {close[0]}?" if close else ""))
    return warnings
