"""The aims that the design sets, each beside what was measured."""

from dataclasses import dataclass

from bench.measures import Figure, ObjectFigure, Result
from bench.objects import EVERY_CORE, KILO, LARGE, MEGA, NAMES

MEGABYTE = 1_000_000
COUNTS = (16, 64)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One aim, what was measured, and whether that reaches it; None where it was not measured."""

    aim: str
    measured: str
    holds: bool | None


def _rate(result: Result | None, scenario: str, connections: int) -> float | None:
    figure: Figure | None = result.figure(scenario, connections) if result else None
    return figure.load.rate if figure and not figure.load.errors and figure.load.requests else None


def _compare(aim: str, value: float | None, least: float, form: str = "{:,.0f}") -> Verdict:
    if value is None:
        return Verdict(aim, "not measured", None)
    return Verdict(aim, form.format(value), value >= least)


def _at_most(aim: str, value: float | None, most: float, form: str) -> Verdict:
    if value is None:
        return Verdict(aim, "not measured", None)
    return Verdict(aim, form.format(value), value <= most)


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def throughput(results: dict[str, Result]) -> list[Verdict]:
    """Sends a second, alone and beside echo and peers, at 16 and 64 connections; FIFO batches."""
    ours, verdicts = results.get("orrery"), []
    for count in COUNTS:
        sends = _rate(ours, "send", count)
        at = f"at {count} connections"
        echo = _ratio(sends, _rate(results.get("echo"), "echo", count))
        ministack = _ratio(sends, _rate(results.get("ministack"), "send", count))
        moto = _ratio(sends, _rate(results.get("moto"), "send", count))
        elasticmq = _ratio(sends, _rate(results.get("elasticmq"), "send", count))
        verdicts += [
            _compare(f"14,000 SQS sends a second {at}", sends, 14_000),
            _compare(f"sends no less than 0.15 of the same server's echo {at}", echo, 0.15, "{:.3f}"),
            _compare(f"sends 7 times MiniStack's {at}", ministack, 7, "{:.1f} times"),
            _compare(f"sends 10 times MiniStack's {at} (the aim beyond)", ministack, 10, "{:.1f} times"),
            _compare(f"sends 50 times moto's {at}", moto, 50, "{:.1f} times"),
            _compare(f"sends no fewer than ElasticMQ's {at}", elasticmq, 1, "{:.1f} times"),
        ]
    batches = _rate(ours, "fifo-batch", 16)
    per_message = batches * 10 if batches is not None else None
    return [*verdicts, _compare("3,000 FIFO messages a second in batches", per_message, 3_000)]


def footprint(results: dict[str, Result]) -> list[Verdict]:
    """Start to first answer and idle memory."""
    ours = results.get("orrery")
    first = sorted(ours.first_answers)[len(ours.first_answers) // 2] * 1e3 if ours and ours.first_answers else None
    idle = ours.idle.rss / MEGABYTE if ours and ours.idle.rss else None
    return [
        _at_most("first answer within 300 ms of the process's start", first, 300, "{:.0f} ms"),
        _at_most("idle under 60 MB", idle, 60, "{:.0f} MB"),
    ]


def flatness(results: dict[str, Result]) -> list[Verdict]:
    """Costs at every depth of a queue beside the least depth."""
    ours, verdicts = results.get("orrery"), []
    depths = sorted(ours.depths.items()) if ours else []
    for held, figures in depths[1:]:
        for least, here in zip(depths[0][1], figures, strict=True):
            ratio = _ratio(least.cpu_us, here.cpu_us)
            aim = f"{here.load.scenario} at {held:,} queued messages costs within 20 % of {depths[0][0]:,}"
            verdicts.append(_compare(aim, ratio, 1 / 1.2, "{:.2f} of the speed"))
    wanted = 10_000_000
    if not any(held >= wanted * 0.9 for held, _ in depths):
        verdicts.append(Verdict(f"the same at {wanted:,} queued messages", "not measured", None))
    return verdicts


def _object_rate(result: Result | None, kind: str, size: int, connections: int, form: str = "") -> float | None:
    found: ObjectFigure | None = result.object(kind, size, connections, form) if result else None
    return found.figure.load.rate if found and not found.figure.load.errors and found.figure.load.requests else None


def small_objects(results: dict[str, Result]) -> list[Verdict]:
    """Puts and gets of 1 KB: the floors that AWS publishes, and beside MiniStack."""
    ours, peer, verdicts = results.get("orrery"), results.get("ministack"), []
    for count in COUNTS:
        for kind, floor in (("put", 3_500), ("get", 5_500)):
            rate = _object_rate(ours, kind, KILO, count)
            ratio = _ratio(rate, _object_rate(peer, kind, KILO, count))
            at = f"of 1 KB at {count} connections"
            verdicts += [
                _compare(f"{floor:,} {kind}s a second {at}", rate, floor),
                _compare(f"{kind}s {at} 5 times MiniStack's", ratio, 5, "{:.1f} times"),
            ]
    return verdicts


def long_objects(results: dict[str, Result], md5: float) -> list[Verdict]:
    """Bytes a second: of gets beside static files, of puts beside MD5 alone on one core."""
    ours, static, verdicts = results.get("orrery"), results.get("nginx"), []
    for size in (MEGA, LARGE):
        for count in (1, 16):
            rate = _object_rate(ours, "get", size, count)
            ratio = _ratio(rate, _object_rate(static, "get", size, count))
            aim = f"gets of {NAMES[size]} at {count} connections 80 % of nginx's"
            verdicts.append(_compare(aim, ratio, 0.8, "{:.2f}"))
    for form in ("", EVERY_CORE):
        for count in (1, 16):
            rate = _object_rate(ours, "put", LARGE, count, form)
            ratio = _ratio(rate, md5 / LARGE)
            aim = f"puts of {NAMES[LARGE]} at {count} connections{' ' * bool(form)}{form} 80 % of MD5's speed"
            verdicts.append(_compare(aim, ratio, 0.8, "{:.2f}"))
    return verdicts


def flat_keys(ours: Result | None) -> list[Verdict]:
    """Costs at every number of keys beside the least number; and the memory of long objects."""
    verdicts = []
    depths = sorted(ours.keys.items()) if ours else []
    for held, figures in depths[1:]:
        for what, here in figures.items():
            least = depths[0][1].get(what)
            ratio = _ratio(least.cpu_us, here.cpu_us) if least and not here.load.errors else None
            aim = f"{what} at {held:,} keys costs within 20 % of {depths[0][0]:,}"
            verdicts.append(_compare(aim, ratio, 1 / 1.2, "{:.2f} of the speed"))
    wanted = 10_000_000
    if not any(held >= wanted for held, _ in depths):
        verdicts.append(Verdict(f"the same at {wanted:,} keys", "not measured", None))
    streamed = ours.streamed / MEGABYTE if ours and ours.streamed else None
    return [*verdicts, _at_most("3 GiB in and out of one process under 150 MB", streamed, 150, "{:.0f} MB")]


def object_verdicts(results: dict[str, Result], md5: float) -> list[Verdict]:
    """Every aim for objects; `md5` is the machine's speed in bytes a second."""
    return [*small_objects(results), *long_objects(results, md5), *flat_keys(results.get("orrery"))]


def verdicts(results: dict[str, Result]) -> list[Verdict]:
    """Every aim of the design that these measurements can speak of."""
    return [*throughput(results), *footprint(results), *flatness(results)]
