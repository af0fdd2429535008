"""The page of measurements tells what falls short, what went wrong and what was not measured."""

from bench.aims import verdicts
from bench.generator import Latency, Load
from bench.measures import Figure, Plan, Result
from bench.servers import Memory, Recipe

from bench import page

MEGABYTE = 1_000_000


def figure(
    scenario: str, connections: int, rate: float, *, errors: int = 0, error: str = "", cpu: float = 50
) -> Figure:
    kind = Latency(int(rate), rate, 1000, 900, 1500, 2500, 4000)
    kinds = {"wake" if scenario == "longpoll" else "send": kind}
    return Figure(Load(scenario, connections, 1.0, int(rate), rate, errors, 0, 0, 0, error, kinds), cpu)


def result(name: str, *figures: Figure) -> Result:
    made = Result(Recipe(name, "1.0", (f"/somewhere/{name}", "--port", "1"), 1, {"PORT": "1"}, remark="as it comes"))
    made.figures += figures
    return made


def holds(results: dict[str, Result], aim: str) -> bool | None:
    return next(verdict.holds for verdict in verdicts(results) if verdict.aim.startswith(aim))


def test_an_aim_that_is_reached_holds_and_one_that_is_missed_does_not() -> None:
    ours = result("orrery", figure("send", 16, 14_001), figure("send", 64, 13_999))
    peer = result("ministack", figure("send", 16, 2_000), figure("send", 64, 2_000))
    results = {"orrery": ours, "ministack": peer}

    assert holds(results, "14,000 SQS sends a second at 16") is True
    assert holds(results, "14,000 SQS sends a second at 64") is False
    assert holds(results, "sends 7 times MiniStack's at 16") is True
    assert holds(results, "sends 7 times MiniStack's at 64") is False


def test_what_was_not_measured_or_had_errors_is_no_success() -> None:
    ours = result("orrery", figure("send", 16, 20_000, errors=1, error="boom"))

    assert holds({"orrery": ours}, "14,000 SQS sends a second at 16") is None
    assert holds({}, "idle under 60 MB") is None


def test_start_memory_and_depth_are_judged() -> None:
    ours = result("orrery")
    ours.first_answers += [0.9, 0.2, 0.25]
    ours.idle = Memory(61 * MEGABYTE, 40 * MEGABYTE)
    ours.depths = {
        1_000: [figure("cycle", 16, 5_000, cpu=60), figure("send", 16, 5_000, cpu=50)],
        100_000: [figure("cycle", 16, 5_000, cpu=71), figure("send", 16, 5_000, cpu=61)],
    }
    results = {"orrery": ours}

    assert holds(results, "first answer within 300 ms") is True
    assert holds(results, "idle under 60 MB") is False
    assert holds(results, "cycle at 100,000") is True
    assert holds(results, "send at 100,000") is False
    assert holds(results, "the same at 10,000,000") is None


def test_the_page_shows_how_servers_were_started_their_errors_and_their_notes() -> None:
    peer = result("moto", figure("send", 16, 90, errors=3, error="a|b"), figure("longpoll", 1000, 40))
    peer.notes.append("started anew before send, 64")

    text = page.render({"moto": peer}, Plan(), "", quick=True, load_before=1.5)

    assert "`PORT=1 moto --port 1`" in text
    assert "| moto | 16 | 90 | 0.90 | 1.50 | 2.50 | 50 | 3: a\\|b |" in text
    assert "| moto | 1000 | 40 | 0.90 | 1.50 | 2.50 | 4.00 | 0 |" in text
    assert "- moto: started anew before send, 64" in text
    assert "This was a short run" in text
    assert "load average before: 1.50" in text
