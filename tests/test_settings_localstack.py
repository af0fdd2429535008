from pathlib import Path
from typing import Any

import pytest

from orrery.localstack_variables import VARIABLES
from orrery.settings import Loaded, declared, load


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


def given(directory: Path, **environ: str) -> Loaded:
    return load(environ={"HOME": "/home/me", **environ}, directory=directory)


@pytest.mark.parametrize(
    ("environ", "settings"),
    [
        ({"GATEWAY_LISTEN": "0.0.0.0:4600,0.0.0.0:443"}, {"host": ("0.0.0.0",), "port": 4600}),
        ({"GATEWAY_LISTEN": "[::1]:4600,10.0.0.7"}, {"host": ("::1", "10.0.0.7"), "port": 4600}),
        ({"GATEWAY_LISTEN": ":4600"}, {"host": ("0.0.0.0",), "port": 4600}),
        ({"EDGE_PORT": "4600"}, {"port": 4600}),
        ({"LOCALSTACK_HOST": "cloud.test:4600"}, {"external_host": "cloud.test:4600"}),
        ({"LOCALSTACK_HOST": "cloud.test", "USE_SSL": "1"}, {"external_host": "https://cloud.test"}),
        ({"HOSTNAME_EXTERNAL": "cloud.test"}, {"external_host": "cloud.test"}),
        ({"PERSISTENCE": "0"}, {"data_dir": ":memory:"}),
        ({"PERSISTENCE": "1"}, {"data_dir": "/home/me/.local/share/orrery"}),
        ({"PERSISTENCE": "1", "LOCALSTACK_VOLUME_DIR": "/volume"}, {"data_dir": "/volume/orrery"}),
        ({"LOCALSTACK_PERSISTENCE": "0"}, {"data_dir": ":memory:"}),
        ({"DEBUG": "1"}, {"log_level": "debug"}),
        ({"DEBUG": "0"}, {"log_level": "info"}),
        ({"LS_LOG": "trace"}, {"log_level": "debug"}),
        ({"LS_LOG": "warn"}, {"log_level": "warning"}),
        ({"SQS_ENDPOINT_STRATEGY": "off"}, {"sqs_url_style": "host"}),
        ({"SQS_ENDPOINT_STRATEGY": "path"}, {"sqs_url_style": "path"}),
        ({"DEFAULT_REGION": "eu-west-1"}, {"region": "eu-west-1"}),
        ({"EXTRA_CORS_ALLOWED_ORIGINS": "http://a:1,http://B/"}, {"cors_origins": ("http://a:1", "http://b")}),
        ({"EXTRA_CORS_ALLOWED_HEADERS": "x-Mine"}, {"cors_headers": ("x-mine",)}),
        ({"DISABLE_CORS_CHECKS": "1"}, {"cors_origins": ("*",), "cors_headers": ("*",)}),
        ({"DISABLE_CORS_CHECKS": "1", "DISABLE_CORS_HEADERS": "1"}, {"cors_origins": ()}),
        ({"IAM_SOFT_MODE": "1"}, {"auth": "audit"}),
        ({"SQS_DELAY_RECENTLY_DELETED": "0"}, {"sqs_60_second_rules": False}),
    ],
)
def test_a_variable_of_localstack_becomes_our_setting(
    directory: Path, environ: dict[str, str], settings: dict[str, Any]
) -> None:
    loaded = given(directory, **environ)
    assert {name: getattr(loaded.settings, name) for name in settings} == settings
    assert loaded.warnings == ()


def test_our_own_variables_flags_and_file_win(directory: Path) -> None:
    (directory / "orrery.toml").write_text('region = "eu-west-3"\n')
    environ = {"EDGE_PORT": "1", "PERSISTENCE": "0", "DEFAULT_REGION": "eu-west-1", "HOME": "/home/me"}
    loaded = load({"data-dir": "/kept"}, environ | {"ORRERY_PORT": "2"}, directory=directory)
    chosen = loaded.settings
    assert (chosen.port, chosen.data_dir, chosen.region) == (2, "/kept", "eu-west-3")
    assert loaded.taken == ()
    assert loaded.warnings == (
        "EDGE_PORT: without effect on port, for which ORRERY_PORT goes before",
        "PERSISTENCE: without effect on data-dir, for which --data-dir goes before",
        f"DEFAULT_REGION: without effect on region, for which {directory / 'orrery.toml'} goes before",
    )


def test_nothing_is_said_where_both_say_the_same(directory: Path) -> None:
    assert given(directory, EDGE_PORT="4600", ORRERY_PORT="4600").warnings == ()


def test_what_was_taken_is_told_with_its_source(directory: Path) -> None:
    loaded = given(directory, EDGE_PORT="4600", DEBUG="1")
    assert loaded.taken == ("EDGE_PORT (port 4600)", "DEBUG (log-level debug)")
    assert loaded.sources["port"] == "EDGE_PORT"


@pytest.mark.parametrize(
    "name",
    [
        "SERVICES",
        "EAGER_SERVICE_LOADING",
        "STRICT_SERVICE_LOADING",
        "ALLOW_NONSTANDARD_REGIONS",
        "S3_SKIP_SIGNATURE_VALIDATION",
        "LOCALSTACK_AUTH_TOKEN",
        "LAMBDA_EXECUTOR",
        "LAMBDA_KEEPALIVE_MS",
        "DYNAMODB_SHARE_DB",
        "SKIP_SSL_CERT_DOWNLOAD",
        "USE_SSL",
        "LOCALSTACK_VOLUME_DIR",
        "SNAPSHOT_SAVE_STRATEGY",
    ],
)
def test_a_variable_without_effect_is_warned_of_by_its_name_and_not_its_value(directory: Path, name: str) -> None:
    loaded = given(directory, **{name: "1"})
    assert [warning.partition(":")[0] for warning in loaded.warnings] == [name]
    assert loaded.taken == ()
    assert "s3cret" not in str(given(directory, **{name: "s3cret"}).warnings)


def test_a_name_that_other_programs_read_too_is_warned_of_only_beside_another(directory: Path) -> None:
    assert given(directory, DOCKER_HOST="unix:///run").warnings == ()
    assert given(directory, DOCKER_HOST="unix:///run", PERSISTENCE="0").warnings == ("DOCKER_HOST: no Docker is used",)


def test_what_functions_are_given_by_aws_is_not_localstacks(directory: Path) -> None:
    assert given(directory, LAMBDA_TASK_ROOT="/var/task").warnings == ()


@pytest.mark.parametrize(
    ("name", "value"), [("EDGE_PORT", "x"), ("LS_LOG", "loud"), ("GATEWAY_LISTEN", "a:b:c"), ("LOCALSTACK_HOST", "?")]
)
def test_a_value_that_cannot_be_used_is_warned_of_and_left_out(directory: Path, name: str, value: str) -> None:
    loaded = given(directory, **{name: value})
    assert name in loaded.warnings[0]
    assert set(loaded.sources.values()) == {"default"}


def test_debug_of_other_programs_changes_nothing(directory: Path) -> None:
    loaded = given(directory, DEBUG="express:*")
    assert (loaded.settings.log_level, loaded.warnings) == ("info", ())


def test_every_setting_a_variable_is_said_to_become_exists() -> None:
    names = {each.name for each in declared()}
    told = [part for each in VARIABLES if each.read for part in each.told.split("`")[1::2]]
    assert [part for part in told if part.split()[0] not in names and not part.startswith("http")] == []
