"""`make bench`: measure Orrery beside the echo of its own server and its peers, and write docs/benchmarks.md."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import measures, object_page, objects, page, stages
from bench.content import key_of, md5_speed, write
from bench.generator import GeneratorError, build
from bench.measures import Bench, Plan, Result
from bench.objects import BUCKET, GET_KEYS, ObjectBench, ObjectPlan
from bench.orrery import FillError, echo, fill, orrery, orrery_power
from bench.peers import OBJECT_PEERS, PEERS, STATIC, Peer, PeerError, prepare
from bench.pinning import cores
from bench.servers import Recipe, Server, ServerError

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
QUICK = Plan(
    seconds=1.5, warmup=0.3, connections=(16,), waiting=200, starts=2, depths=(1_000, 10_000), peer_depths=(),
    prefill=10_000, peer_prefill=500, deep=0,
)  # fmt: skip
QUICK_OBJECTS = ObjectPlan(
    seconds=1, large_seconds=10, connections=(16,), peer_large_connections=(1,), depths=(1_000, 100_000),
    file=1 << 28, files=200, long=1 << 30,
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


def stages_section(names: Sequence[str], profiled: Sequence[str]) -> str:
    """Microseconds per stage of Orrery's pipeline, and the functions that take most."""
    columns = {name: stages.measure(name) for name in names}
    return page.stages(columns, {name: stages.hotspots(name) for name in profiled})


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


def of_objects(recipe: Recipe, plan: ObjectPlan, work: Path, what: Callable[[ObjectBench], None]) -> Result:
    """Start the server once for what is asked of its objects."""
    server_core, load_core = cores()
    result = Result(recipe)
    say(f"{recipe.name} {recipe.version}")
    try:
        with Server(recipe, work, core=server_core) as server:
            what(ObjectBench(server, result, plan, load_core, say))
    except (ServerError, GeneratorError) as problem:
        result.notes.append(str(problem))
        say(f"  {problem}")
    return result


def static_files(plan: ObjectPlan, work: Path) -> Result:
    """Gets of the same bytes from a server of files."""
    recipe = prepare(STATIC)
    root = Path(recipe.command[-1]).parent / "root"
    for size in plan.sizes:
        for number in range(GET_KEYS[size]):
            write(root / BUCKET / str(size) / key_of(number), size)
    try:
        return of_objects(recipe, plan, work, objects.static)
    finally:
        shutil.rmtree(root)


def our_objects(plan: ObjectPlan, work: Path) -> Result:
    """Everything that is measured of Orrery's objects."""
    result = of_objects(orrery(work / "objects"), plan, work, objects.ours)
    shutil.rmtree(work / "objects", ignore_errors=True)
    for step in (objects.streaming, objects.programs, objects.keys):
        directory = work / step.__name__
        try:
            step(result, plan, directory, say)
        except (ServerError, GeneratorError, FillError, subprocess.SubprocessError) as problem:
            result.notes.append(f"{step.__name__}: {problem}")
            say(f"  {step.__name__}: {problem}")
        shutil.rmtree(directory, ignore_errors=True)
    return result


def all_objects(plan: ObjectPlan, names: list[str], work: Path) -> dict[str, Result]:
    """The results of objects of all servers that were asked for, by name."""
    results = {}
    if "orrery" in names:
        results["orrery"] = our_objects(plan, work)
    for peer in OBJECT_PEERS:
        if peer.name in names:
            _try(peer, lambda peer: of_objects(prepare(peer), plan, work, objects.theirs), results)
    if STATIC.name in names:
        _try(STATIC, lambda peer: static_files(plan, work), results)
    return results


def _try(peer: Peer, measured: Callable[[Peer], Result], results: dict[str, Result]) -> None:
    try:
        results[peer.name] = measured(peer)
    except (PeerError, subprocess.SubprocessError, OSError) as problem:
        say(f"{peer.name}: {problem}")


def queues_part(names: list[str], work: Path, *, quick: bool) -> tuple[str, bool]:
    """The part about queues, and whether all of Orrery's answers were right."""
    plan, load_before = QUICK if quick else Plan(), os.getloadavg()[0]
    results = everything(plan, names, work)
    dear = stages.SCENARIOS[:1]
    section = stages_section(dear if quick else stages.SCENARIOS, dear) if "orrery" in results else ""
    text = page.render(results, plan, section, quick=quick, load_before=load_before)
    ours = results.get("orrery")
    return text, not (ours and any(figure.load.errors for figure in ours.figures))


def objects_part(names: list[str], work: Path, *, quick: bool) -> tuple[str, bool]:
    """The part about objects, and whether all of Orrery's answers were right."""
    plan, load_before = QUICK_OBJECTS if quick else ObjectPlan(), os.getloadavg()[0]
    md5 = md5_speed(cores()[0])
    results = all_objects(plan, names, work)
    section = stages_section(stages.OBJECT_SCENARIOS, stages.OBJECT_SCENARIOS) if "orrery" in results else ""
    text = object_page.render(results, plan, md5, section, quick=quick, load_before=load_before)
    ours = results.get("orrery")
    return text, not (ours and any(found.figure.load.errors for found in ours.objects))


def main() -> int:
    """Measure and write the page; 1 when a request of Orrery's was answered wrongly."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    everyone = ["echo", "orrery", *(peer.name for peer in PEERS), STATIC.name]
    parts = {"queues": queues_part, "objects": objects_part}
    parser.add_argument("--quick", action="store_true", help="a short run: one to two minutes")
    parser.add_argument("--part", default=",".join(parts), metavar="PARTS", help=f"some of {','.join(parts)}")
    parser.add_argument("--only", default=",".join(everyone), metavar="NAMES", help=f"some of {','.join(everyone)}")
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write; parts not measured stay")
    words = parser.parse_args()
    build()
    fresh, right = {}, True
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as directory:
        for name, part in parts.items():
            if name in words.part.split(","):
                fresh[name], good = part(words.only.split(","), Path(directory) / name, quick=words.quick)
                right &= good
    before = words.output.read_text() if words.output.exists() else ""
    words.output.parent.mkdir(parents=True, exist_ok=True)
    words.output.write_text(page.assemble(fresh, before))
    say(f"\nWritten: {words.output}")
    return int(not right)


if __name__ == "__main__":
    sys.exit(main())
