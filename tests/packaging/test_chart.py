import json
import re
from typing import Any

import pytest
from tests.packaging.files import CHART, Dockerfile, project, settings_of, yaml_of

from orrery.gateway.operator_routes import find
from orrery.settings import Settings, declared

STATEFULSET = (CHART / "templates/statefulset.yaml").read_text()


@pytest.fixture
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    return found


def variables() -> list[str]:
    """The variables that the template sets by name."""
    return re.findall(r"- name: (ORRERY_[A-Z_]+)$", STATEFULSET, re.MULTILINE)


def test_chart_and_product_have_the_projects_version() -> None:
    chart = yaml_of(CHART / "Chart.yaml")
    assert (chart["version"], chart["appVersion"]) == (project()["version"],) * 2


def test_the_pods_variables_are_settings() -> None:
    known = {setting.variable for setting in declared()}
    assert variables()
    assert [name for name in variables() if name not in known] == []
    fixed = dict(re.findall(r'- name: (ORRERY_[A-Z_]+)\n +value: "?([^"{\n]+)"?\n', STATEFULSET))
    assert settings_of(fixed).settings.port == Settings().port
    assert settings_of(fixed).settings.data_dir == Dockerfile().one("VOLUME")


def test_what_the_chart_decides_itself_is_not_taken_as_a_setting_too(schema: dict[str, Any]) -> None:
    refused = schema["properties"]["settings"]["propertyNames"]["not"]["enum"]
    named = {setting.name: setting.variable for setting in declared()}
    assert sorted(named[name] for name in refused) == sorted(variables())


def test_every_other_setting_can_be_given_by_its_name(schema: dict[str, Any]) -> None:
    names = schema["properties"]["settings"]["propertyNames"]
    free = [setting.name for setting in declared() if setting.name not in names["not"]["enum"]]
    assert [name for name in free if not re.fullmatch(names["pattern"], name)] == []
    assert 'ORRERY_{{ $name | replace "-" "_" | upper }}' in STATEFULSET


def test_the_pod_runs_as_the_images_user_with_the_images_volume() -> None:
    image = Dockerfile()
    names = (CHART / "templates/_names.tpl").read_text()
    user, group = image.one("USER").split(":")
    assert f"runAsUser: {user}\nrunAsGroup: {group}\nfsGroup: {group}\n" in names
    assert "readOnlyRootFilesystem: true" in names
    assert f"mountPath: {image.one('VOLUME')}\n" in STATEFULSET
    assert image.variables()["XDG_CACHE_HOME"].startswith("/tmp/")
    assert "mountPath: /tmp\n" in STATEFULSET


def test_probes_ask_for_the_health_that_strangers_are_told() -> None:
    paths = re.findall(r"path: (/\S+)", STATEFULSET)
    assert len(paths) == 3
    assert set(paths) == {"/_orrery/health"}
    assert find("/_orrery/health") is not None
    assert f"containerPort: {Settings().port}\n" in STATEFULSET


def test_values_and_their_schema_have_the_same_names(schema: dict[str, Any]) -> None:
    values = yaml_of(CHART / "values.yaml")
    assert {*values, "global"} == set(schema["properties"])
    for name, value in values.items():
        known = schema["properties"][name].get("properties")
        if known is not None:
            assert set(value) == set(known), name


def test_templates_ask_only_for_values_that_there_are(schema: dict[str, Any]) -> None:
    for template in sorted((CHART / "templates").rglob("*")):
        for path in re.findall(r"\.Values\.([A-Za-z.]+)", template.read_text() if template.is_file() else ""):
            first, _, second = path.partition(".")
            assert first in schema["properties"], f"{template.name}: {path}"
            assert not second or second in schema["properties"][first]["properties"], f"{template.name}: {path}"
