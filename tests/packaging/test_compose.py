import re
from typing import Any

import pytest
from tests.packaging.files import ROOT, Dockerfile, settings_of, yaml_of

from orrery.settings import Settings


@pytest.fixture
def cloud() -> dict[str, Any]:
    service: dict[str, Any] = yaml_of(ROOT / "compose.yaml")["services"]["orrery"]
    return service


def environment(service: dict[str, Any]) -> dict[str, str]:
    """A service's variables where the shell sets none: `${NAME:-value}` is value."""
    return {name: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value) for name, value in service["environment"].items()}


def test_the_variables_are_settings_that_can_be_used(cloud: dict[str, Any]) -> None:
    loaded = settings_of(Dockerfile().variables() | environment(cloud))
    assert loaded.warnings == ()
    assert loaded.settings.host_names == ("orrery",)


def test_a_cloud_that_trusts_test_keys_is_open_to_this_machine_alone(cloud: dict[str, Any]) -> None:
    assert settings_of(environment(cloud)).settings.trust_test_keys
    port = Settings().port
    assert cloud["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_volume_is_the_images_and_all_else_is_read_only(cloud: dict[str, Any]) -> None:
    file = Dockerfile()
    [volume] = cloud["volumes"]
    name, _, place = volume.partition(":")
    assert name in yaml_of(ROOT / "compose.yaml")["volumes"]
    assert place == file.one("VOLUME")
    assert cloud["read_only"] == "true"
    assert file.variables()["XDG_CACHE_HOME"].startswith(cloud["tmpfs"][0])


def test_the_example_finds_the_cloud_by_the_name_of_its_service_when_it_is_healthy() -> None:
    example = yaml_of(ROOT / "compose.yaml")["services"]["example"]
    assert example["depends_on"] == {"orrery": {"condition": "service_healthy"}}
    assert example["environment"]["AWS_ENDPOINT_URL"] == f"http://orrery:{Settings().port}"
    assert example["profiles"] == ["example"]
