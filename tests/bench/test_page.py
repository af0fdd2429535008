"""The page of measurements tells what falls short, what went wrong and what was not measured."""

import base64
import hashlib
import zlib

from bench.aims import Verdict, object_verdicts, verdicts
from bench.content import PERIOD, crc32, etag, pieces
from bench.generator import Latency, Load
from bench.measures import Figure, ObjectFigure, Plan, Result, Whole
from bench.objects import EVERY_CORE, KILO, LARGE, ObjectPlan
from bench.servers import Memory, Recipe

from bench import object_page, page

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


def objects(name: str, *rates: tuple[str, int, int, float], form: str = "") -> Result:
    made = result(name)
    for kind, size, connections, rate in rates:
        made.objects.append(ObjectFigure(kind, size, figure(kind, connections, rate), form))
    return made


def judged(results: dict[str, Result], aim: str, md5: float = 700e6) -> Verdict:
    return next(verdict for verdict in object_verdicts(results, md5) if verdict.aim.startswith(aim))


def test_small_objects_are_judged_by_floors_and_beside_a_peer() -> None:
    ours = objects("orrery", ("put", KILO, 16, 3_499), ("get", KILO, 16, 5_500))
    peer = objects("ministack", ("put", KILO, 16, 600), ("get", KILO, 16, 2_000))
    results = {"orrery": ours, "ministack": peer}

    assert judged(results, "3,500 puts a second of 1 KB at 16").holds is False
    assert judged(results, "5,500 gets a second of 1 KB at 16").holds is True
    assert judged(results, "puts of 1 KB at 16 connections 5 times").holds is True
    assert judged(results, "gets of 1 KB at 16 connections 5 times").holds is False
    assert judged(results, "5,500 gets a second of 1 KB at 64").holds is None


def test_long_objects_are_judged_by_bytes_beside_static_files_and_md5() -> None:
    ours = objects("orrery", ("get", LARGE, 16, 20), ("put", LARGE, 16, 5))
    ours.objects += objects("orrery", ("put", LARGE, 16, 6), form=EVERY_CORE).objects
    results = {"orrery": ours, "nginx": objects("nginx", ("get", LARGE, 16, 25))}

    assert judged(results, "gets of 100 MB at 16 connections 80 % of nginx's").measured == "0.80"
    assert judged(results, "puts of 100 MB at 16 connections 80 % of MD5's").holds is False
    assert judged(results, "puts of 100 MB at 16 connections on every core 80 % of MD5's").holds is True


def test_a_full_bucket_and_the_memory_of_a_long_object_are_judged() -> None:
    ours = result("orrery")
    ours.keys = {
        1_000: {"put": figure("put", 16, 5_000, cpu=60), "first page": figure("rest", 4, 500, cpu=900)},
        10_000_000: {"put": figure("put", 16, 5_000, cpu=71), "first page": figure("rest", 4, 500, cpu=1_090)},
    }
    ours.streamed = 151 * MEGABYTE
    results = {"orrery": ours}

    assert judged(results, "put at 10,000,000 keys").holds is True
    assert judged(results, "first page at 10,000,000 keys").holds is False
    assert judged(results, "3 GiB in and out").holds is False


def test_the_part_about_objects_shows_rates_speeds_and_whole_programs() -> None:
    ours = objects("orrery", ("put", KILO, 16, 4_000), ("get", LARGE, 16, 20.5))
    ours.keys = {1_000: {"first page": figure("rest", 4, 500, cpu=900)}}
    ours.wholes.append(Whole("aws s3 cp of 5 GiB up", 12.34, 140 * MEGABYTE))

    text = object_page.render({"orrery": ours}, ObjectPlan(), 700e6, "", quick=False, load_before=0)

    assert "| orrery | 16 | 4,000 |" in text
    assert "| orrery | 16 | 20.5 | 2,050 |" in text
    assert "| 1,000 | first page | 500 | 0.90 | 900 | 0 |" in text
    assert "| aws s3 cp of 5 GiB up | 12.3 | 140 |" in text
    assert "takes in 700 MB a second: 7.0 objects" in text


def test_a_part_that_was_not_measured_stays_as_it_was() -> None:
    before = page.assemble({"queues": "old queues\n\n### more\n", "objects": "old objects\n"}, "")

    after = page.assemble({"objects": "new objects\n"}, before)

    assert after == before.replace("old objects", "new objects")
    assert page.parts_of(after) == {"queues": "old queues\n\n### more", "objects": "new objects"}


def test_the_content_of_objects_has_the_sums_that_are_expected_of_servers() -> None:
    size = len(PERIOD) + 1_000
    data = b"".join(pieces(size))

    assert data == PERIOD + PERIOD[:1_000]
    assert etag(size) == f'"{hashlib.md5(data).hexdigest()}"'
    assert crc32(size) == base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
