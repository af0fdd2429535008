"""docs/benchmarks.md, from what was measured: its frame, and the part about queues."""

import os
import platform
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.aims import Verdict, verdicts
from bench.measures import DEPTH_CONNECTIONS, Plan, Result

TITLES = {
    "send": "SendMessage, a text of 300 bytes",
    "receive-delete": "ReceiveMessage then DeleteMessage (requests of both kinds a second)",
    "fifo-batch": "SendMessageBatch of ten to a FIFO queue (requests a second; ten messages each)",
    "identity": "GetCallerIdentity",
}

HEAD = """# Benchmarks

Written by `make bench`. One machine: compare the figures of one part with each other, not with other machines; each
part says when it was measured.

Every request is made and signed anew (Signature Version 4) by a load generator in C, `bench/load.c`: one thread, N
keep-alive connections, one request under way on each. Every answer is read and checked; one that is not 2xx, or lacks
what it must hold, is an error and is shown. The server has one core, the generator the other. Latencies in
milliseconds; *CPU* is the processor time the server itself used a request, in microseconds.
"""

PARTS = {"queues": "Queues", "objects": "Objects"}
MARK = "<!-- part: {name} -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; every column but the first is aligned to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def machine() -> str:
    """Processor, cores, memory, kernel and interpreter of this machine."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}, CPython {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}"


def _load_section(results: dict[str, Result], scenario: str) -> str:
    rows = []
    for name, result in results.items():
        for figure in result.figures:
            load = figure.load
            if load.scenario != scenario and not (name == "echo" and scenario == "send"):
                continue
            slowest = max(load.kinds.values(), key=lambda kind: kind.p99_us, default=None)
            cells = (
                [f"{value / 1000:.2f}" for value in (slowest.p50_us, slowest.p90_us, slowest.p99_us)] if slowest else []
            )
            errors = f"{load.errors}: {load.error[:120]}" if load.errors else "0"
            rows.append([name, str(load.connections), f"{load.rate:,.0f}", *(cells or ["", "", ""]),
                         f"{figure.cpu_us:.0f}", errors.replace("|", "\\|")])  # fmt: skip
    head = ["", "connections", "a second", "p50", "p90", "p99", "CPU", "errors"]
    return f"### {TITLES[scenario]}\n\n{table(head, rows)}"


def _waiting_section(results: dict[str, Result]) -> str:
    rows = []
    for name, result in results.items():
        for figure in result.figures:
            wake = figure.load.kinds.get("wake")
            if figure.load.scenario == "longpoll" and wake:
                cells = [f"{value / 1000:.2f}" for value in (wake.p50_us, wake.p90_us, wake.p99_us, wake.max_us)]
                rows.append([name, str(figure.load.connections), str(wake.count), *cells, str(figure.load.lost)])
    text = "One queue, that many ReceiveMessage calls waiting, one message at a time: from the send to its receipt.\n"
    head = ["", "waiting", "messages", "p50", "p90", "p99", "longest", "lost"]
    return f"### Long polls\n\n{text}\n{table(head, rows)}"


def _depth_section(results: dict[str, Result]) -> str:
    rows = []
    for name, result in results.items():
        for held, figures in sorted(result.depths.items()):
            for figure in figures:
                load = figure.load
                errors = f"{load.errors}: {load.error[:120]}" if load.errors else "0"
                rows.append([name, f"{held:,}", load.scenario, f"{load.rate:,.0f}", f"{figure.cpu_us:.0f}", errors])
    text = f"{DEPTH_CONNECTIONS} connections; *cycle* is send, receive and delete in turn.\n"
    head = ["", "messages held", "requests", "a second", "CPU", "errors"]
    return f"### A queue that is long\n\n{text}\n{table(head, rows)}"


def _footprint_section(results: dict[str, Result]) -> str:
    rows = []
    for name, result in results.items():
        if not result.first_answers:
            continue
        first, *later = result.first_answers
        middle = f"{sorted(later)[len(later) // 2] * 1e3:.0f}" if later else ""
        sizes = [result.idle.rss, result.idle.pss, result.loaded.rss]
        rows.append([name, f"{first * 1e3:.0f}", middle, *(f"{size / 1e6:.0f}" for size in sizes)])
    text = "Milliseconds from the process's start to its first good answer (GetCallerIdentity); megabytes.\n"
    head = ["", "first start", "later starts", "idle RSS", "idle PSS", "RSS after the load"]
    return f"### Start and memory\n\n{text}\n{table(head, rows)}"


def aims_section(found: Iterable[Verdict]) -> str:
    """Each aim beside what was measured."""
    words = {True: "yes", False: "**no**", None: "not measured"}
    rows = [[verdict.aim, verdict.measured, words[verdict.holds]] for verdict in found]
    return f"### The aims\n\n{table(['aim', 'measured', 'holds'], rows)}"


def servers_section(results: dict[str, Result]) -> str:
    """How each server was started, and what went wrong."""
    rows = [
        f"- **{name}** {result.recipe.version}: `{result.recipe.shown}` — {result.recipe.remark}."
        for name, result in results.items()
    ]
    notes = [f"- {name}: {note.splitlines()[0][:300]}" for name, result in results.items() for note in result.notes]
    failures = "\nWhat did not work:\n\n" + "\n".join(notes) + "\n" if notes else ""
    return "### What was measured\n\n" + "\n".join(rows) + "\n" + failures


def stages(
    columns: dict[str, tuple[dict[str, float], float]], hotspots: Mapping[str, list[tuple[str, float, float]]]
) -> str:
    """Microseconds per stage, a column a scenario; and for some scenarios the functions that take most."""
    names = list(next(iter(columns.values()))[0])
    rows = [[name, *(f"{spent.get(name, 0):.1f}" for spent, _ in columns.values())] for name in names]
    rows.append(["sum", *(f"{sum(spent.values()):.1f}" for spent, _ in columns.values())])
    rows.append(["**all of it, unwatched**", *(f"**{whole:.1f}**" for _, whole in columns.values())])
    text = (
        "The pipeline in one process, sixteen requests a turn of the loop, without the HTTP server (the echo shows\n"
        "its cost). Each stage without what is listed elsewhere; watching adds a few tenths of a microsecond to each.\n"
    )
    parts = [f"### Microseconds per stage\n\n{text}\n{table(['', *columns], rows)}"]
    for scenario, found in hotspots.items():
        head = f"The functions that take most of a {scenario}, by cProfile, which makes many small calls look dearer:\n"
        dear = [[name, f"{calls:.1f}", f"{share:.1%}"] for name, calls, share in found]
        parts.append(f"{head}\n{table(['function', 'calls a request', 'share'], dear)}")
    return "\n".join(parts)


def about(*, seconds: float, load_before: float, quick: bool) -> str:
    """The machine and the moment of a part's run."""
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    short = " This was a short run (`--quick`)." if quick else ""
    return f"{machine()}. {moment}; {seconds:g} s a figure; load average before: {load_before:.2f}.{short}\n"


def render(results: dict[str, Result], plan: Plan, stages: str, *, quick: bool, load_before: float) -> str:
    """The part about queues."""
    head = about(seconds=plan.seconds, load_before=load_before, quick=quick)
    sections = [head, aims_section(verdicts(results)), servers_section(results)]
    sections += [_load_section(results, scenario) for scenario in TITLES]
    sections += [_waiting_section(results), _depth_section(results), _footprint_section(results)]
    return "\n".join([*sections, stages]).rstrip() + "\n"


def assemble(fresh: Mapping[str, str], before: str) -> str:
    """The whole page: the parts that were measured now, and of `before`, the page until now, the others."""
    parts = {**parts_of(before), **fresh}
    text = [HEAD]
    for name, title in PARTS.items():
        if name in parts:
            text.append(f"{MARK.format(name=name)}\n\n## {title}\n\n{parts[name].strip()}\n")
    return "\n".join(text)


def parts_of(page: str) -> dict[str, str]:
    """The parts of a page, without mark and heading."""
    _, *pieces = re.split(MARK.format(name=r"(\w+)"), page)
    names, texts = pieces[::2], pieces[1::2]
    return {name: text.strip().partition("\n")[2].strip() for name, text in zip(names, texts, strict=True)}
