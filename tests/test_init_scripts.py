import asyncio
import os
import stat
from pathlib import Path

import pytest

from orrery.init_scripts import InitScripts, directory_of, environment


def write(directory: Path, name: str, text: str, mode: int = stat.S_IRWXU) -> None:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def run(scripts: InitScripts, *stages: str) -> list[bool]:
    async def all_of_them() -> list[bool]:
        return [await scripts.run(stage) for stage in stages]

    return asyncio.run(all_of_them())


def states(scripts: InitScripts) -> dict[str, str]:
    return {f"{each.stage}/{each.name}": each.state for each in scripts.scripts}


@pytest.fixture
def said() -> list[str]:
    return []


def test_scripts_run_in_the_order_of_their_names_those_of_subdirectories_last(tmp_path: Path, said: list[str]) -> None:
    for name in ("ready.d/20.sh", "ready.d/10.py", "ready.d/00-more/05.sh", "ready.d/notes.txt"):
        write(tmp_path, name, "#!/bin/sh\necho here\n" if name.endswith("sh") else "print('here')\n")
    scripts = InitScripts(tmp_path, said.append)
    assert run(scripts, "ready") == [True]
    assert said == ["ready.d/10.py: here", "ready.d/20.sh: here", "ready.d/00-more/05.sh: here"]


def test_each_stage_runs_its_own_and_their_states_are_told(tmp_path: Path, said: list[str]) -> None:
    write(tmp_path, "boot.d/a.sh", "#!/bin/sh\ntrue\n")
    write(tmp_path, "shutdown.d/b.sh", "#!/bin/sh\ntrue\n")
    scripts = InitScripts(tmp_path, said.append)
    run(scripts, "boot", "start")
    assert scripts.told() == {
        "completed": {"BOOT": True, "START": True, "READY": False, "SHUTDOWN": False},
        "scripts": [
            {"stage": "BOOT", "name": "a.sh", "state": "SUCCESSFUL"},
            {"stage": "SHUTDOWN", "name": "b.sh", "state": "UNKNOWN"},
        ],
    }


def test_one_that_fails_is_told_of_and_does_not_stop_the_next(tmp_path: Path, said: list[str]) -> None:
    write(tmp_path, "boot.d/1.sh", "#!/bin/sh\necho lost >&2\nexit 3\n")
    write(tmp_path, "boot.d/2.py", "raise SystemExit('no')\n")
    write(tmp_path, "boot.d/3.sh", "#!/bin/sh\n", mode=stat.S_IRUSR)
    write(tmp_path, "boot.d/4.sh", "#!/bin/sh\n")
    scripts = InitScripts(tmp_path, said.append)
    assert run(scripts, "boot") == [False]
    assert list(states(scripts).values()) == ["ERROR", "ERROR", "ERROR", "SUCCESSFUL"]
    assert said[:2] == ["boot.d/1.sh: lost", "boot.d/1.sh: failed, exit code 3"]
    assert "boot.d/3.sh: cannot be run: Permission denied; is it executable (chmod +x)" in said[-1]


def test_scripts_are_given_the_cloud_and_never_somebodys_real_account(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    text = "#!/bin/sh\necho $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_DEFAULT_REGION\n"
    write(tmp_path, "ready.d/a.sh", text + "echo ${AWS_PROFILE-none} ${AWS_SESSION_TOKEN-none}\n")
    scripts = InitScripts(tmp_path, said.append)
    scripts.environ = environment("http://127.0.0.1:4566", "test", "test", "eu-west-1")
    run(scripts, "ready")
    assert said == ["ready.d/a.sh: http://127.0.0.1:4566 test test eu-west-1", "ready.d/a.sh: none none"]


def test_a_long_line_and_one_without_an_end_are_told(tmp_path: Path, said: list[str]) -> None:
    write(tmp_path, "ready.d/a.py", "print('x' * 200_000)\nprint('end', end='')\n")
    run(InitScripts(tmp_path, said.append), "ready")
    assert sum(line.count("x") for line in said) == 200_000
    assert said[-1] == "ready.d/a.py: end"


def test_a_script_that_runs_when_the_cloud_stops_is_ended_with_its_children(tmp_path: Path) -> None:
    write(tmp_path, "ready.d/a.sh", "#!/bin/sh\nsleep 60 &\necho $$\nwait\n")
    write(tmp_path, "ready.d/b.sh", "#!/bin/sh\n")

    async def stopped() -> tuple[bool, dict[str, str], int]:
        stop, pids = asyncio.Event(), []

        def say(line: str) -> None:
            pids.append(int(line.rpartition(" ")[2]))
            stop.set()

        scripts = InitScripts(tmp_path, say)
        done = await scripts.run_unless("ready", stop)
        scripts.close()
        return done, states(scripts), pids[0]

    done, after, group = asyncio.run(stopped())
    assert (done, after) == (False, {"ready/a.sh": "ERROR", "ready/b.sh": "UNKNOWN"})
    assert not _lives(group)


def _lives(group: int) -> bool:
    """Whether a process of a group has not ended; those that nobody has collected yet have."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] not in ("Z", "X"):
            return True
    return False


def test_where_nothing_is_asked_for_only_localstacks_place_is_looked_at(tmp_path: Path) -> None:
    assert directory_of(str(tmp_path)) == tmp_path
    assert directory_of("") == (Path("/etc/localstack/init") if os.path.isdir("/etc/localstack/init") else None)  # noqa: PTH112
    assert run(InitScripts(None, print), "boot", "start", "ready", "shutdown") == [True] * 4
