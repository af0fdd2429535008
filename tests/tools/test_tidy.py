from pathlib import Path

import pytest
from tools.sources import ROOT

from tools import tidy

KERNEL = ROOT / "src/orrery/kernel/x.py"
SERVICE = ROOT / "src/orrery/services/x.py"


def findings(text: str, file: Path = SERVICE) -> list[str]:
    return [found.text for found in tidy.check_file(file, '"""Doc."""\n' + text, tidy.SOURCE_RULES)]


@pytest.mark.parametrize(
    "text",
    [
        "import time\nnow = time.time()\n",
        "from time import sleep\n",
        "import asyncio\nasync def f():\n    await asyncio.sleep(1)\n",
        "import datetime\nx = datetime.datetime.now()\n",
        "from uuid import uuid4\n",
        "import os\nx = os.urandom(4)\n",
        "import random\nx = random.random()\n",
        "import secrets\nx = secrets.token_hex()\n",
    ],
)
def test_time_and_chance_belong_to_the_kernel(text: str) -> None:
    assert len(findings(text)) == 1
    assert findings(text, KERNEL) == []


def test_what_only_sounds_like_time_is_left_alone() -> None:
    assert findings("import uuid\nx = uuid.UUID(int=1)\nfrom datetime import datetime, UTC\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "seen = []\ndef f():\n    seen.append(1)\n",
        "seen = {}\ndef f():\n    seen['a'] = 1\n",
        "count = 0\ndef f():\n    global count\n    count += 1\n",
        "from collections import deque\nwaiting = deque()\n",
        "from contextvars import ContextVar\ncurrent = ContextVar('current')\n",
    ],
)
def test_state_at_module_level_is_found(text: str) -> None:
    assert len(findings(text)) == 1


def test_a_constant_table_and_a_local_of_its_name_are_no_state() -> None:
    assert findings("SIZES = {'a': 1}\nseen = []\ndef f():\n    seen = []\n    seen.append(SIZES['a'])\n") == []


def test_long_functions_are_found_without_counting_their_docstring() -> None:
    body = "    x = 1\n" * 49
    doc = '    """' + "words\n" * 20 + '    """\n'
    assert findings(f"def f():\n{doc}{body}") == []
    assert findings(f"def f():\n{doc}{body}    x = 2\n") == ["f has 51 lines; at most 50"]


def test_long_files_are_found() -> None:
    assert "divide it by nouns" in findings("x = 1\n" * 400)[0]


@pytest.mark.parametrize("name", ["utils", "http_helpers", "common", "queue_manager"])
def test_names_that_say_nothing_are_found(name: str) -> None:
    assert len(findings("", SERVICE.with_name(f"{name}.py"))) == 1


def test_classes_that_say_nothing_are_found() -> None:
    assert len(findings("class QueueManager: ...\n")) == 1
    assert findings("class Management: ...\nclass Communal: ...\n") == []
