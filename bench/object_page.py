"""The part of docs/benchmarks.md about objects, from what was measured."""

from collections.abc import Iterable

from bench.aims import object_verdicts
from bench.measures import ObjectFigure, Result
from bench.objects import LARGE, MEGA, NAMES, ObjectPlan
from bench.page import about, aims_section, servers_section, table

TITLES = {"put": "PutObject", "get": "GetObject"}
TEXT = """Puts say `UNSIGNED-PAYLOAD` where no other form is named; *SHA-256 signed, CRC-32* is what SDKs send over
plain HTTP. The bytes of objects beyond 8 MiB are counted, and compared in samples. Of 100 MB sixteen requests are
made, or one on each connection. *Generator* is the share of its core that the load generator used: near 100 % it is
itself the measure.
"""


def _figures(results: dict[str, Result], kind: str, size: int) -> Iterable[tuple[str, ObjectFigure]]:
    for name, result in results.items():
        for found in result.objects:
            if (found.kind, found.size) == (kind, size):
                yield f"{name}, {found.form}" if found.form else name, found


def _row(name: str, found: ObjectFigure) -> list[str]:
    load = found.figure.load
    kind = load.kinds.get(found.kind)
    cells = [f"{value / 1000:.2f}" for value in (kind.p50_us, kind.p90_us, kind.p99_us)] if kind else ["", "", ""]
    errors = f"{load.errors}: {load.error[:120]}".replace("|", "\\|") if load.errors else "0"
    speed = [f"{found.speed / MEGA:,.0f}"] if found.size >= MEGA else []
    rate = f"{load.rate:,.0f}" if load.rate >= 100 else f"{load.rate:.1f}"
    cpu, own = f"{found.figure.cpu_us:,.0f}", f"{load.generator:.0%}"
    return [name, str(load.connections), rate, *speed, *cells, cpu, own, errors.replace("\n", " ")]


def _size_section(results: dict[str, Result], kind: str, size: int) -> str:
    rows = [_row(name, found) for name, found in _figures(results, kind, size)]
    speed = ["MB a second"] if size >= MEGA else []
    head = ["", "connections", "a second", *speed, "p50", "p90", "p99", "CPU", "generator", "errors"]
    return f"### {TITLES[kind]} of {NAMES[size]}\n\n{table(head, rows)}"


def _keys_section(ours: Result | None) -> str:
    rows = []
    for held, figures in sorted(ours.keys.items()) if ours else []:
        for what, figure in figures.items():
            load = figure.load
            errors = f"{load.errors}: {load.error[:120]}" if load.errors else "0"
            middle = next((kind.p50_us for kind in load.kinds.values()), 0.0) / 1000
            cells = [f"{load.rate:,.0f}", f"{middle:.2f}", f"{figure.cpu_us:,.0f}", errors]
            rows.append([f"{held:,}", what, *cells])
    text = (
        "Pages of a hundred from ListObjectsV2 at 4 connections; puts of new keys and gets of keys from everywhere,\n"
        "of 100 bytes, at 16. The keys lie in a hundred folders.\n"
    )
    head = ["keys held", "requests", "a second", "p50", "CPU", "errors"]
    return f"### A bucket that is full\n\n{text}\n{table(head, rows)}"


def _wholes_section(ours: Result | None) -> str:
    rows = [[whole.what, f"{whole.seconds:.1f}", f"{whole.peak / MEGA:.0f}"] for whole in (ours.wholes if ours else [])]
    if ours and ours.streamed:
        rows.append(["3 GiB put and got in one request each", "", f"{ours.streamed / MEGA:.0f}"])
    text = "Whole programs from their start to their end, and the most memory that the server held meanwhile.\n"
    return f"### Long objects and many files\n\n{text}\n{table(['', 'seconds', 'MB at most'], rows)}"


def render(
    results: dict[str, Result], plan: ObjectPlan, md5: float, stages: str, *, quick: bool, load_before: float
) -> str:
    """The part about objects; `md5` is the machine's speed in bytes a second."""
    head = about(seconds=plan.seconds, load_before=load_before, quick=quick)
    speed = f"MD5 alone, on one core, takes in {md5 / MEGA:,.0f} MB a second: {md5 / LARGE:.1f} objects of 100 MB.\n"
    sections = [head, aims_section(object_verdicts(results, md5)), servers_section(results)]
    sections += [TEXT, speed]
    sections += [_size_section(results, kind, size) for kind in TITLES for size in plan.sizes]
    sections += [_keys_section(results.get("orrery")), _wholes_section(results.get("orrery"))]
    return "\n".join([*sections, stages]).rstrip() + "\n"
