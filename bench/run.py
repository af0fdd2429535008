"""`make bench`: measure Orrery beside the echo of its own server and its peers, and write docs/benchmarks.md."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import measures, page, stages
from bench.generator import build
from bench.measures import Bench, Plan, Result
from bench.orrery import echo, fill, orrery, orrery_power
from bench.peers import PEERS, PeerError, prepare
from bench.pinning import cores
from bench.servers import Recipe, Server, ServerError

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
QUICK = Plan(
    seconds=1.5, warmup=0.3, connections=(16,), waiting=200, starts=2, depths=(1_000, 10_000), peer_depths=(),
    prefill=10_000, peer_prefill=500, deep=0,
)  # fmt: skip


def say(text: str) -> None:
    """Tell how far the run is."""
    print(text, flush=True)


def measure(recipe: Recipe, plan: Plan, work: Path, what: Callable[[Bench], None]) -> Result:
    """Start the server a few times for its footprint, then once for `what`."""
    server_core, load_core = cores()
    result = Result(recipe)
    say(f"{recipe.name} {recipe.version}")
    try:
        measures.starts(recipe, result, plan, work, server_core)
        with Server(recipe, work, core=server_core) as server:
            bench = Bench(server, result, plan, load_core, say)
            measures.warm(bench)
            what(bench)
            result.loaded = server.memory()
    except ServerError as problem:
        result.notes.append(str(problem))
        say(f"  {problem}")
    return result


def ours(bench: Bench) -> None:
    """Everything, for Orrery."""
    measures.messages(bench, bench.plan.prefill)
    measures.waiting(bench)
    measures.depths(bench, bench.plan.depths, 60)


def theirs(bench: Bench) -> None:
    """Everything, for a peer: fewer messages, because their rates fall with what they hold."""
    measures.messages(bench, bench.plan.peer_prefill)
    measures.waiting(bench)
    measures.depths(bench, bench.plan.peer_depths, bench.plan.peer_fill_seconds)


def deep(plan: Plan, work: Path, result: Result) -> None:
    """A queue filled beneath the API to a depth that sending would take too long for."""
    data = work / "deep"
    recipe = orrery(data)
    server_core, load_core = cores()
    say(f"  filling a queue to {plan.deep:,}")
    with Server(recipe, work, core=server_core) as server:
        bench = Bench(server, result, plan, load_core, say)
        url = bench.queue()
        bench.generator.load("send", 1, seconds=5, requests=1, queue_url=url, size=100)
    held = fill(data, url.rpartition("/")[2], plan.deep, plan.deep_seconds)
    with Server(recipe, work, core=server_core) as server:
        bench = Bench(server, result, plan, load_core, say)
        result.notes.append(f"first answer with {held:,} messages stored: {server.first_answer * 1e3:.0f} ms")
        if held < plan.deep:
            result.notes.append(f"filling stopped at {held:,} of {plan.deep:,} after {plan.deep_seconds:.0f} s")
        measures.depth(bench, url, held, plan.deep)


def stages_section(quick: bool) -> str:
    """Microseconds per stage of Orrery's pipeline, and the functions that take most."""
    names = ("send",) if quick else stages.SCENARIOS
    columns = {name: stages.measure(name) for name in names}
    return page.stages(columns, stages.hotspots("send"))


def everything(plan: Plan, names: list[str], work: Path) -> dict[str, Result]:
    """The results of all servers that were asked for, by name."""
    results = {}
    if "echo" in names:
        results["echo"] = measure(echo(), plan, work, measures.echo)
    if "orrery" in names:
        results["orrery"] = measure(orrery(work / "data"), plan, work, ours)
        if plan.deep:
            deep(plan, work, results["orrery"])
        results["orrery-power"] = measure(orrery_power(work / "power"), plan, work, measures.sends)
    for peer in PEERS:
        if peer.name not in names:
            continue
        try:
            results[peer.name] = measure(prepare(peer), plan, work, theirs)
        except (PeerError, subprocess.SubprocessError) as problem:
            say(f"{peer.name}: {problem}")
    return results


def main() -> int:
    """Measure and write the page; 1 when a request of Orrery's was answered wrongly."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    everyone = ["echo", "orrery", *(peer.name for peer in PEERS)]
    parser.add_argument("--quick", action="store_true", help="a short run: one to two minutes")
    parser.add_argument("--only", default=",".join(everyone), metavar="NAMES", help=f"some of {','.join(everyone)}")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write")
    words = parser.parse_args()
    plan = QUICK if words.quick else Plan()
    build()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as directory:
        results = everything(plan, words.only.split(","), Path(directory))
    section = stages_section(words.quick) if "orrery" in results else ""
    text = page.render(results, plan, section, quick=words.quick, load_before=load_before)
    words.output.parent.mkdir(parents=True, exist_ok=True)
    words.output.write_text(text)
    say(f"\nWritten: {words.output}")
    orrery_result = results.get("orrery")
    return int(bool(orrery_result and any(figure.load.errors for figure in orrery_result.figures)))


if __name__ == "__main__":
    sys.exit(main())
