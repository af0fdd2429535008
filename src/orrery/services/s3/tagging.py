"""Object tags: their rules, and the operations on them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

from collections.abc import Sequence

from orrery.kernel.context import Context
from orrery.services.s3.service import OBJECT_TAGS
from orrery.wire.fault import Fault


def check_object_tags(ctx: Context, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Tags as a map. Raises BadRequest for too many."""
    most = ctx.limit(OBJECT_TAGS)
    if len(pairs) > most:
        raise Fault("BadRequest", f"Object tags cannot be greater than {most}")
    return dict(pairs)
