"""Where an object is reached, as answers to its writers name it."""

from urllib.parse import quote

from orrery.kernel.context import Context


def location(ctx: Context, bucket: str, key: str) -> str:
    """The object's URL at the host that was asked, in the style it was asked in; slashes in the key are encoded too."""
    path = quote(key, safe="")
    if ctx.call.host_bucket != bucket:
        path = f"{bucket}/{path}"
    return f"{ctx.scheme}://{ctx.host}/{path}"
