"""Who calls: a request's signature verified, or believed, and what somebody else's web page may not do."""

from __future__ import annotations

from collections.abc import Callable, Collection

from orrery.auth.credentials import account_meant, tested_account
from orrery.auth.engine import Mode
from orrery.gateway.forms import FormFile, FormReader, believed_policy, form_scope
from orrery.gateway.identity import Anonymous, Verified
from orrery.gateway.pages import stranger
from orrery.gateway.passage import DEFAULT_REGION, Passage
from orrery.gateway.rules import rules_for
from orrery.gateway.verify import Verifier
from orrery.kernel.call import ANONYMOUS, root_of
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.regions import known_regions
from orrery.wire.requests_s3 import check_anonymous
from orrery.wire.routes import Route, credential_scope, host_hint

BY_URL = ("query", "ec2")
"""The protocols in which a URL alone can name any operation."""


class Callers:
    """Finds out who calls. `local` verifies requests from this machine, `remote` all others (which are not given the
    test keys); `names` are the cloud's own host names. Both methods raise the fault of a signature that is missing,
    wrong or out of date, and AccessDenied where somebody's web page may have called with what everybody knows: one of
    an origin that is not `listed`."""

    __slots__ = ("_listed", "_regions", "local", "mode", "names", "remote")

    def __init__(
        self, local: Verifier, remote: Verifier, mode: Mode, names: Collection[str], listed: Callable[[str], bool]
    ) -> None:
        self.local = local
        self.remote = remote
        self.mode = mode
        self.names = names
        self._listed = listed
        self._regions = known_regions()

    def verify(self, passage: Passage) -> None:
        """Note in `passage` who sent a request, by its head and the body that was collected."""
        head, route = passage.exchange.head, _route(passage)
        page = stranger(head, self.names, by_url=route.protocol in BY_URL, listed=self._listed)
        if self.mode == "open":
            self._believe(passage, credential_scope(head), page)
            return
        who = self._verifier(head).verify(head, passage.body, rules_for(route.operation, route.protocol), route.bucket)
        self._know(passage, who, page)

    def verify_form(self, passage: Passage, form: FormReader) -> FormFile:
        """Note in `passage` who sent a form, by its fields; gives the file, as the form's policy allows it."""
        head, route = passage.exchange.head, _route(passage)
        page = stranger(head, self.names, listed=self._listed)
        bucket = route.labels["Bucket"]
        if self.mode == "open":
            self._believe(passage, form_scope(form.fields), page)
            policy = believed_policy(form.fields, bucket)
        else:
            rules = rules_for(route.operation, route.protocol)
            who, policy = self._verifier(head).verify_form(form.fields, rules, bucket)
            self._know(passage, who, page)
        return FormFile(form, policy)

    def _verifier(self, head: Head) -> Verifier:
        return self.local if is_loopback(head.peer) else self.remote

    def _know(self, passage: Passage, who: Verified | Anonymous, page: str | None) -> None:
        passage.who = who
        if isinstance(who, Anonymous):
            if _route(passage).service == "s3":
                check_anonymous(passage.exchange.head)
            passage.principal = ANONYMOUS
            self._settle(passage, self._hosted(passage))
            return
        if page is not None and tested_account(who.access_key) is not None:
            raise Fault("AccessDenied", f"Test keys are not for web pages of others: {page}.", status=403)
        passage.principal = who.principal
        passage.form, passage.signed_region = who.form, who.region
        self._settle(passage, who.region or self._hosted(passage))

    def _believe(self, passage: Passage, scope: list[str], page: str | None) -> None:
        """Take any key, signed or not, for the root of the account it names (`--auth open`)."""
        if page is not None:
            raise Fault("AccessDenied", f"--auth open is not open to web pages of others: {page}.", status=403)
        passage.believed = True
        passage.principal = root_of(account_meant(scope[0] if scope else ""))
        self._settle(passage, scope[2] if len(scope) > 3 else self._hosted(passage))

    def _hosted(self, passage: Passage) -> str | None:
        return host_hint(passage.exchange.head, self.names).region

    def _settle(self, passage: Passage, region: str | None) -> None:
        """The Region of a request: the one it names if there is such a one, else us-east-1."""
        passage.region = region if region in self._regions else DEFAULT_REGION


def _route(passage: Passage) -> Route:
    assert passage.route is not None
    return passage.route


def is_loopback(peer: str) -> bool:
    """Whether an address is of this machine only; that of a Unix socket is "unix"."""
    return peer in ("127.0.0.1", "::1", "unix") or peer.startswith(("127.", "::ffff:127."))
