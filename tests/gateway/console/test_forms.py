"""What the console's forms do, and who may send them."""

import json
from urllib.request import urlopen

import pytest
from tests.conftest import Clients
from tests.gateway.console.reading import look, token
from tests.running import RunningCloud

HOUR = 3_600_000
ADVANCE = {"do": "advance", "length": "2", "unit": "hours"}
CLOCK = "/_orrery/console/clock"
STATES = "/_orrery/console/states"


def test_the_crank_advances_the_clock(cloud: RunningCloud) -> None:
    before = cloud.clock.now()
    page = look(cloud, CLOCK, ADVANCE | {"form-token": token(cloud)})
    assert page.status == 200
    assert "jobs that ran: 0" in page.text
    assert cloud.clock.now() == before + 2 * HOUR


def test_the_clock_s_mode_is_changed(cloud: RunningCloud) -> None:
    look(cloud, CLOCK, {"do": "mode", "mode": "real", "rate": "60", "form-token": token(cloud)})
    with urlopen(cloud.url + "/_orrery/clock", timeout=10) as answer:
        state = json.load(answer)
    assert (state["mode"], state["rate"]) == ("real", 60)


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": "-1"}, {"length": "soon"}, {"length": "nan"}, {"length": "inf"}, {"length": "1e300"},
        {"unit": "years"}, {"do": "stop"}, {"do": "mode", "mode": "backwards", "rate": "1"},
        {"do": "mode", "mode": "real", "rate": "0"}, {"do": "mode", "mode": "real", "rate": "nan"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_changes_nothing(cloud: RunningCloud, wrong: dict[str, str]) -> None:
    before = cloud.clock.now()
    page = look(cloud, CLOCK, ADVANCE | {"form-token": token(cloud)} | wrong)
    assert page.status == 400
    assert page.fields["content-type"].startswith("text/html")
    assert cloud.clock.now() == before


@pytest.mark.parametrize("given", [{}, {"form-token": ""}, {"form-token": "0" * 64}, {"form-token": "é"}])
def test_a_form_without_this_cloud_s_token_is_refused(cloud: RunningCloud, given: dict[str, str]) -> None:
    before = cloud.clock.now()
    assert look(cloud, CLOCK, ADVANCE | given).status == 403
    assert cloud.clock.now() == before


@pytest.mark.parametrize(
    "fields",
    [{"Origin": "https://evil.example.test"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
     {"Host": "evil.example.test"}],
)  # fmt: skip
def test_a_page_of_another_site_cannot_send_forms_even_with_the_token(
    cloud: RunningCloud, fields: dict[str, str]
) -> None:
    before = cloud.clock.now()
    assert look(cloud, CLOCK, ADVANCE | {"form-token": token(cloud)}, **fields).status == 403
    assert cloud.clock.now() == before


def test_the_console_s_own_origin_may_send_forms(cloud: RunningCloud) -> None:
    page = look(cloud, CLOCK, ADVANCE | {"form-token": token(cloud)}, Origin=cloud.url, Sec_Fetch_Site="same-origin")
    assert page.status == 200


def test_json_is_no_form(cloud: RunningCloud) -> None:
    assert look(cloud, CLOCK, ADVANCE, Content_Type="application/json").status == 415


def test_forms_are_not_sent_by_links(cloud: RunningCloud) -> None:
    assert look(cloud, f"{CLOCK}?do=advance").status == 405


def test_a_state_is_saved_and_loaded(cloud: RunningCloud, aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="before")
    secret = token(cloud)
    saved = look(cloud, STATES, {"do": "save", "name": "first", "form-token": secret})
    assert saved.status == 200
    assert "first" in saved.text
    aws.sqs.create_queue(QueueName="after")
    assert look(cloud, STATES, {"do": "load", "name": "first", "form-token": secret}).status == 400
    assert len(aws.sqs.list_queues()["QueueUrls"]) == 2
    assert look(cloud, STATES, {"do": "load", "name": "first", "sure": "yes", "form-token": secret}).status == 200
    assert [url.rpartition("/")[2] for url in aws.sqs.list_queues()["QueueUrls"]] == ["before"]


def test_names_that_are_none_are_told_of(cloud: RunningCloud) -> None:
    secret = token(cloud)
    for name in ("", "../x", "<b>"):
        assert look(cloud, STATES, {"do": "save", "name": name, "form-token": secret}).status == 400
    unknown = look(cloud, STATES, {"do": "load", "name": "none", "sure": "yes", "form-token": secret})
    assert unknown.status == 404
