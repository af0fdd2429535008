"""Seeded removals: take a piece of behaviour out of a copy of the source, and expect the tests named for it to fail.

`tools/removals.toml` lists them: `file`, the text `old` (which must stand there exactly once), `new` in its place, and
`tests` that must notice. A removal that nobody notices is a promise without proof.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.sources import ROOT

LIST = ROOT / "tools/removals.toml"
COPIED = ("src", "tests", "tools", "docs", "pyproject.toml", "README.md")
FAILED_TESTS = 1
"""pytest's exit code when tests ran and some failed."""

PATIENCE = 600
"""Seconds that the tests of one removal may take."""


@dataclass(frozen=True, slots=True)
class Removal:
    """One piece of behaviour taken out, and the tests that must notice."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file and the first line taken out."""
        return f"{self.file}: {self.old.strip().splitlines()[0].strip()}"


def main(arguments: list[str]) -> int:
    """Try the removals whose file or text contains one of the arguments, or all; 1 when one goes unnoticed."""
    removals = read(LIST.read_text())
    chosen = [each for each in removals if not arguments or any(word in each.name for word in arguments)]
    problems = [problem for each in removals if (problem := misplaced(each, ROOT))]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    unnoticed = 0
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for each, outcome in zip(chosen, pool.map(attempt, chosen), strict=True):
            unnoticed += outcome is not None
            print(outcome or f"{each.name}: noticed", flush=True)
    print(f"{len(chosen) - unnoticed} of {len(chosen)} removals noticed")
    return 1 if unnoticed else 0


def read(text: str) -> list[Removal]:
    """The removals of a TOML text."""
    return [
        Removal(each["file"], each["old"], each["new"], tuple(each["tests"]))
        for each in tomllib.loads(text).get("removal", ())
    ]


def misplaced(removal: Removal, root: Path) -> str | None:
    """What is wrong with the removal's text or tests in the tree `root`; None when nothing is."""
    path = root / removal.file
    count = path.read_text().count(removal.old) if path.exists() else 0
    if count != 1:
        return f"{removal.name}: its text stands there {count} times, not once: bring tools/removals.toml up to date"
    missing = [test for test in removal.tests if not (root / test.partition("::")[0]).exists()]
    return f"{removal.name}: there is no {missing[0]}" if missing else None


def attempt(removal: Removal) -> str | None:
    """Run the removal's tests on a copy without the behaviour; what is wrong, or None when they failed as they must."""
    with tempfile.TemporaryDirectory(prefix="removal-") as folder:
        copy = Path(folder)
        _copy_tree(copy)
        path = copy / removal.file
        path.write_text(path.read_text().replace(removal.old, removal.new))
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *removal.tests]
        environ = os.environ | {"PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=copy, env=environ, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return f"{removal.name}: the tests did not end within {PATIENCE} seconds"
    if done.returncode == FAILED_TESTS and not _broke(done.stdout):
        return None
    if done.returncode == 0:
        return f"{removal.name}: nobody noticed; {' '.join(removal.tests)} passed without it"
    return f"{removal.name}: the tests could not run:\n{(done.stdout + done.stderr)[-2000:]}"


def _broke(output: str) -> bool:
    """True when the tests could not even be collected: a removal must leave a program that runs."""
    return "errors during collection" in output or "error during collection" in output


def _copy_tree(target: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, target / name)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
