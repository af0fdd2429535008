"""What the console shows."""

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.gateway.console.reading import look
from tests.running import RunningCloud

from orrery import __version__
from orrery.gateway.console.coverage import coverage

HOSTILE = '<script>alert("1")</script>&"\''
PAGES = (
    "/_orrery/",
    "/_orrery",
    "/_orrery/console/requests",
    "/_orrery/console/services",
    "/_orrery/console/services/sqs",
    "/_orrery/console/services/s3",
    "/_orrery/console/services/sts",
    "/_orrery/console/states",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_well_formed_and_guarded(cloud: RunningCloud, path: str) -> None:
    page = look(cloud, path)
    assert page.status == 200
    assert page.fields["content-type"] == "text/html; charset=utf-8"
    assert page.fields["content-security-policy"].startswith("default-src 'self';")
    assert page.fields["x-content-type-options"] == "nosniff"
    assert page.fields["cache-control"] == "no-store"


def test_every_link_of_every_page_leads_somewhere(cloud: RunningCloud, aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="one")
    wanted = {link.partition("#")[0] for path in PAGES for link in look(cloud, path).links} - {""}
    assert len(wanted) >= 8
    assert {path: look(cloud, path).status for path in wanted} == dict.fromkeys(wanted, 200)


def test_the_first_page_tells_status_clock_services_and_requests(cloud: RunningCloud, aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="one")
    page = look(cloud, "/_orrery/")
    for told in (__version__, "manual", "sqs.CreateQueue", "Simple Queue Service", ":memory:"):
        assert told in page.text


def test_style_and_script_are_files_of_their_own(cloud: RunningCloud) -> None:
    assert look(cloud, "/_orrery/console/console.css").fields["content-type"] == "text/css; charset=utf-8"
    assert look(cloud, "/_orrery/console/console.js").fields["content-type"] == "text/javascript; charset=utf-8"


def test_requests_are_filtered(cloud: RunningCloud, aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="one")
    aws.sts.get_caller_identity()
    page = look(cloud, "/_orrery/console/requests?service=sts&status=2xx&limit=5")
    assert "sts.GetCallerIdentity" in page.text
    assert "sqs.CreateQueue" not in page.text
    assert page.inputs["service"] == "sts"


def test_a_filter_that_cannot_be_is_told_of_beside_the_form(cloud: RunningCloud) -> None:
    page = look(cloud, "/_orrery/console/requests?status=99999")
    assert page.status == 400
    assert "99999" in page.text
    assert page.inputs["status"] == "99999"
    assert look(cloud, "/_orrery/console/requests?limit=many").status == 400


def test_a_request_shows_its_life_and_what_refused_it(cloud: RunningCloud, aws: Clients) -> None:
    with pytest.raises(ClientError) as refused:
        aws.sqs.get_queue_url(QueueName="none")
    page = look(cloud, f"/_orrery/console/requests/{refused.value.response['ResponseMetadata']['RequestId']}")
    for told in ("sqs.GetQueueUrl: 400", "refused by", "perform", "verify", "whose signature it is"):
        assert told in page.text
    assert look(cloud, "/_orrery/console/requests/unknown").status == 404


def test_a_service_shows_its_tables_with_rows_of_the_place_asked_for(cloud: RunningCloud, aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="here")
    aws.at(region="eu-west-3").sqs.create_queue(QueueName="elsewhere")
    page = look(cloud, "/_orrery/console/services/sqs")
    assert "here" in page.text and "elsewhere" not in page.text
    assert "elsewhere" in look(cloud, "/_orrery/console/services/sqs?region=eu-west-3").text
    assert "sqs.Queue" in page.text
    assert look(cloud, "/_orrery/console/services/none").status == 404
    assert look(cloud, "/_orrery/console/services/sqs?limit=0").status == 400


def test_hostile_names_and_keys_stay_text(cloud: RunningCloud, aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName="one", tags={"a": HOSTILE})["QueueUrl"]
    aws.sqs.send_message(QueueUrl=url, MessageBody=HOSTILE)
    aws.s3.create_bucket(Bucket="some-bucket")
    aws.s3.put_object(Bucket="some-bucket", Key=HOSTILE, Body=b"x")
    with pytest.raises(ClientError):
        aws.sqs.get_queue_url(QueueName="x", QueueOwnerAWSAccountId="<b>")
    for path in (*PAGES, f"/_orrery/console/requests?service={'%3Cscript%3E%22'}"):
        page = look(cloud, path)
        assert "<script>alert" not in page.source
        assert page.tags.count("script") == 1
    assert HOSTILE in look(cloud, "/_orrery/console/services/s3").text


def test_tables_leave_secrets_out_and_show_no_bytes(cloud: RunningCloud, aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName="one")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=url, MessageBody='{"password": "hush"}')
    assert "hush" not in look(cloud, "/_orrery/console/services/sqs").text


def test_the_coverage_names_every_service_that_is_offered(cloud: RunningCloud) -> None:
    known = coverage()
    assert set(known) == set(cloud.do(cloud.cloud.offered))
    assert "SendMessage" in known["sqs"].full or "SendMessage" in known["sqs"].partial


def test_no_request_to_aws_is_answered_with_a_page(cloud: RunningCloud) -> None:
    for path in ("/", "/_orreryx", "/console", "/bucket/_orrery/"):
        assert not look(cloud, path, Accept="text/html").fields["content-type"].startswith("text/html")


def test_a_bucket_with_its_own_host_name_keeps_the_console_s_path_as_a_key(cloud: RunningCloud) -> None:
    page = look(cloud, "/_orrery/", Host="photos.s3.us-east-1.localhost.localstack.cloud")
    assert not page.fields["content-type"].startswith("text/html")
