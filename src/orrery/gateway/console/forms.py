"""Forms: who may send them, and what they hold.

The operator interface's guard has refused pages of other origins already. A form must carry the console's token
besides, which no other site can read.
"""

import hmac
from urllib.parse import parse_qsl

from orrery.gateway.console.markup import Markup, tag
from orrery.gateway.operated import Operated
from orrery.gateway.operator_routes import Call, Problem

TOKEN = "form-token"


def form(cloud: Operated, action: str, *content: object) -> Markup:
    """A form that changes something."""
    token = tag("input", type="hidden", name=TOKEN, value=cloud.form_token)
    return tag("form", token, *content, method="post", action=action)


def read_form(call: Call) -> dict[str, str]:
    """The fields of a form that one of this cloud's pages sent. Raises Problem for any other."""
    kind = (call.head.headers.text(b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(415, "the console takes forms only; programs have the paths of the operator interface")
    try:
        given = dict(parse_qsl(call.body.decode("ascii"), keep_blank_values=True, max_num_fields=50))
    except ValueError:
        raise Problem(400, "this is no form of the console") from None
    if not hmac.compare_digest(given.pop(TOKEN, "").encode(), call.cloud.form_token.encode()):
        raise Problem(
            403, "this form is not from a page of this cloud, or the cloud was started anew: load the page again"
        )
    return given
