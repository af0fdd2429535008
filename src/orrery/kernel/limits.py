"""Limits, eras and failures: one table of each, set by account and Region, read through one seam."""

from collections.abc import Iterable, Mapping
from typing import Any

from orrery.kernel.place import Place
from orrery.kernel.records import Record
from orrery.kernel.service import Failure, Limit, Service

kernel = Service("kernel")

FULL_DISK = kernel.failure("full-disk", doc="The disk is full: what needs space is refused, reads and deletes go on.")
THROTTLE = kernel.failure(
    "throttle",
    doc="Calls are throttled with the code of their protocol: the next `count` of them (null: until this is cleared), "
    "each with the chance `rate`; only those of `service` and `operation` where these are given (sqs, SendMessage).",
    count=None,
    rate=1.0,
    service="",
    operation="",
)


@kernel.table(key=("name", "account", "region"), scope="partition")
class Override(Record, frozen=True):
    """A limit set by hand; an empty account or Region stands for all of them."""

    name: str
    account: str
    region: str
    value: int


@kernel.table(key="account", scope="partition")
class EraChoice(Record, frozen=True):
    """The era an account lives in; the empty account stands for all that have none of their own."""

    account: str
    era: str


@kernel.table(key=("name", "account", "region"), scope="partition")
class FailureRule(Record, frozen=True):
    """A failure asked for: how often and for how many more times (None: until cleared)."""

    name: str
    account: str
    region: str
    parameters: dict[str, Any]


class UnknownName(LookupError):
    """No limit, era or failure has this name."""


class Limits:
    """What limits say for a place, from overrides, the account's era and today's figures.

    `figures` are those that the cloud's settings give some limits in every place and era, until they are overridden.
    `load` is called with what the store holds and again after every change; reads are dictionary look-ups.
    """

    def __init__(
        self,
        services: Iterable[Service],
        *,
        real_rates: bool = False,
        default_era: str = "today",
        figures: Mapping[str, int] | None = None,
    ) -> None:
        self.figures = dict(figures or {})
        self.real_rates = real_rates
        self.default_era = default_era
        self.declared: dict[str, Limit] = {}
        self.failures: dict[str, Failure] = {}
        for service in services:
            self.learn(service)
        self._overrides: dict[tuple[str, str, str], int] = {}
        self._eras: dict[str, str] = {}
        self._rules: dict[tuple[str, str, str], FailureRule] = {}
        self._found: dict[tuple[str, Place], int] = {}

    def learn(self, service: Service) -> None:
        """Add what `service` declares."""
        self.declared.update(service.limits)
        self.failures.update(service.failures)

    def load(self, overrides: Iterable[Override], eras: Iterable[EraChoice], rules: Iterable[FailureRule]) -> None:
        """Take over what is set."""
        self._overrides = {(o.name, o.account, o.region): o.value for o in overrides}
        self._eras = {era.account: era.era for era in eras}
        self._rules = {(r.name, r.account, r.region): r for r in rules}
        self._found.clear()

    def get(self, name: str, place: Place) -> int:
        """The limit `name` in `place`. Raises UnknownName for one nobody declared."""
        found = self._found.get((name, place))
        if found is None:
            found = self._found[name, place] = self._search(name, place)
        return found

    def rate(self, name: str, place: Place) -> int | None:
        """The rate limit `name`, None while rates are not enforced (`limits=real` enforces them)."""
        overridden = self._override(name, place)
        if overridden is not None or self.real_rates:
            return self.get(name, place)
        return None

    def failure(self, name: str, place: Place) -> Mapping[str, Any] | None:
        """The parameters of the failure `name` where it is asked for in `place`, else None."""
        rule = self.rule_at(name, place)
        return None if rule is None else {**self.failures[name].parameters, **rule.parameters}

    @property
    def failing(self) -> bool:
        """Whether any failure is asked for anywhere."""
        return bool(self._rules)

    def rule_at(self, name: str, place: Place) -> FailureRule | None:
        """The rule by which the failure `name` is asked for in `place`, the narrowest one, else None."""
        if not self._rules:
            return None
        return next((self._rules[key] for key in _widening(name, place) if key in self._rules), None)

    def era(self, account: str) -> str:
        """The era an account lives in; "" asks for that of all who have none of their own."""
        return self._eras.get(account) or self._eras.get("") or self.default_era

    def rule(self, name: str) -> Mapping[str, Any] | None:
        """How the failure `name` is set anywhere, None when it is not."""
        return next((rule.parameters for key, rule in self._rules.items() if key[0] == name), None)

    def _search(self, name: str, place: Place) -> int:
        limit = self.declared.get(name)
        if limit is None:
            raise UnknownName(f"no limit is called {name}")
        overridden = self._override(name, place)
        if overridden is not None:
            return overridden
        return self.figures.get(name, limit.eras.get(self.era(place.account), limit.today))

    def _override(self, name: str, place: Place) -> int | None:
        if not self._overrides:
            return None
        for key in _widening(name, place):
            if key in self._overrides:
                return self._overrides[key]
        return None


def _widening(name: str, place: Place) -> tuple[tuple[str, str, str], ...]:
    return (
        (name, place.account, place.region),
        (name, place.account, ""),
        (name, "", place.region),
        (name, "", ""),
    )
