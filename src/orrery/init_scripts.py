"""Scripts that prepare a cloud: those in `boot.d`, `start.d`, `ready.d` and `shutdown.d` below one directory.

As LocalStack runs them: executable `.sh` files and `.py` files in the order of their names, those of subdirectories
after their parent's. All run as processes of their own, one after the other; one that fails does not stop the next.
https://docs.localstack.cloud/references/init-hooks/
"""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

STAGES = ("boot", "start", "ready", "shutdown")
LOCALSTACK_DIRECTORY = Path("/etc/localstack/init")
"""Where LocalStack's containers have them mounted."""

LINE = 64 << 10
"""Bytes of a line of output that are told at once."""

_UNWANTED = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""What would lead a script's clients to somebody's real account."""


@dataclass(slots=True)
class Script:
    """One script and how it stands: UNKNOWN before it ran, RUNNING, SUCCESSFUL or ERROR."""

    stage: str
    path: Path
    name: str
    state: str = "UNKNOWN"


class InitScripts:
    """The scripts below `directory`, None for none. `say` is told each line that a script writes, and of failures."""

    def __init__(self, directory: Path | None, say: Callable[[str], object]) -> None:
        self._say = say
        self._completed = dict.fromkeys(STAGES, False)
        self.scripts = [] if directory is None else [each for stage in STAGES for each in _found(directory, stage)]
        self.environ: Mapping[str, str] = {}
        self._tails: set[asyncio.Task[None]] = set()

    def told(self) -> Mapping[str, object]:
        """The stages that are over, and every script's state."""
        return {
            "completed": {stage.upper(): done for stage, done in self._completed.items()},
            "scripts": [{"stage": each.stage.upper(), "name": each.name, "state": each.state} for each in self.scripts],
        }

    async def run(self, stage: str) -> bool:
        """Run the scripts of a stage; True when all of them succeeded. Cancelled, it ends the one that runs."""
        ran = [script for script in self.scripts if script.stage == stage]
        for script in ran:
            await self._run(script)
        self._completed[stage] = True
        return all(script.state == "SUCCESSFUL" for script in ran)

    async def run_unless(self, stage: str, stop: asyncio.Event) -> bool:
        """The same until `stop` is set; False then too."""
        running, stopped = asyncio.ensure_future(self.run(stage)), asyncio.ensure_future(stop.wait())
        await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not running.done():
            running.cancel()
            await asyncio.wait((running,))
            return False
        return running.result()

    def close(self) -> None:
        """No longer tell what scripts left running in the background write."""
        for task in self._tails:
            task.cancel()

    async def _run(self, script: Script) -> None:
        script.state = "RUNNING"
        name = f"{script.stage}.d/{script.name}"
        command = [sys.executable, str(script.path)] if script.path.suffix == ".py" else [str(script.path)]
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                env={**_inherited(), **self.environ},
                start_new_session=True,
                limit=LINE,
            )
        except OSError as problem:
            script.state = "ERROR"
            hint = "; is it executable (chmod +x), with a first line such as #!/bin/sh?"
            self._say(f"{name}: cannot be run: {problem.strerror or problem}{hint}")
            return
        try:
            code = await self._follow(process, name)
        except asyncio.CancelledError:
            script.state = "ERROR"
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
        script.state = "SUCCESSFUL" if code == 0 else "ERROR"
        if code:
            self._say(f"{name}: failed, exit code {code}")

    async def _follow(self, process: Process, name: str) -> int:
        """Tell what a script writes, until it has ended; its exit code."""
        assert process.stdout is not None
        reading = asyncio.get_running_loop().create_task(self._tell(process.stdout, name))
        self._tails.add(reading)
        reading.add_done_callback(self._tails.discard)
        code = await process.wait()
        # What it left running in the background may hold its output open for ever.
        await asyncio.wait((reading,), timeout=1)
        return code

    async def _tell(self, output: asyncio.StreamReader, name: str) -> None:
        while True:
            try:
                line = await output.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                line = end.partial
                if not line:
                    return
            except asyncio.LimitOverrunError:
                line = await output.read(LINE)
            self._say(f"{name}: {line.decode(errors='replace').rstrip()}")


def directory_of(setting: str) -> Path | None:
    """Where the scripts are: where the setting `init-dir` says, else LocalStack's place where that is there."""
    if setting:
        return Path(setting)
    return LOCALSTACK_DIRECTORY if LOCALSTACK_DIRECTORY.is_dir() else None


def environment(endpoint: str, key: str, secret: str, region: str) -> dict[str, str]:
    """The variables by which a script's clients find the cloud."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "ORRERY_ENDPOINT": endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }


def _inherited() -> dict[str, str]:
    """The environment of the cloud, with the commands of its installation at hand."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept


def _found(directory: Path, stage: str) -> list[Script]:
    base = directory / f"{stage}.d"
    return [Script(stage, path, str(path.relative_to(base))) for path in _below(base)]


def _below(directory: Path) -> list[Path]:
    """The scripts of a directory by name, then those of its subdirectories; none when it is not there."""
    if not directory.is_dir():
        return []
    entries = sorted(directory.iterdir())
    found = [path for path in entries if path.is_file() and path.suffix in (".sh", ".py")]
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            found += _below(entry)
    return found
