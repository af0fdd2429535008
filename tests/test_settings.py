from pathlib import Path

import pytest

from orrery.settings import ClockMode, Settings, SettingsError, declared, load


def test_without_anything_given_the_defaults_hold_and_the_data_directory_is_the_users(tmp_path: Path) -> None:
    loaded = load({}, {"HOME": "/home/ada"}, directory=tmp_path)
    assert loaded.settings.port == 4566
    assert loaded.settings.data_dir == "/home/ada/.local/share/orrery"
    assert set(loaded.sources.values()) == {"default"}


def test_the_data_directory_follows_xdg(tmp_path: Path) -> None:
    environ = {"HOME": "/home/ada", "XDG_DATA_HOME": "/data"}
    assert load({}, environ, directory=tmp_path).settings.data_dir == "/data/orrery"


def test_a_flag_wins_over_a_variable_over_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "orrery.toml").write_text(
        'port = 1111\nstrict = true\nclock = "manual"\nhost-names = ["a.test", "b.test"]\n'
    )
    loaded = load({"port": "3333"}, {"ORRERY_PORT": "2222", "ORRERY_CLOCK": "rate=60"}, directory=tmp_path)
    assert loaded.settings.port == 3333
    assert loaded.settings.clock == ClockMode("rate", 60)
    assert loaded.settings.strict is True
    assert loaded.settings.host_names == ("a.test", "b.test")
    assert loaded.sources["port"] == "--port"
    assert loaded.sources["clock"] == "ORRERY_CLOCK"
    assert loaded.sources["strict"] == str(tmp_path / "orrery.toml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "http"),
        ("durability", "maybe"),
        ("auth", "OPEN"),
        ("strict", "perhaps"),
        ("clock", "rate=0"),
        ("clock", "rate="),
        ("max-body-size", "3 parsecs"),
        ("data-dir", ""),
        ("host", " "),
        ("host-names", "http://x"),
    ],
)
def test_a_bad_value_is_refused_with_the_settings_name_and_its_source(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load({name: value}, {}, directory=tmp_path)
    assert str(refused.value).startswith(f"{name}: ")
    assert f"--{name}" in str(refused.value)


def test_a_refused_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"root-secret": "hush"}, {})
    assert "hush" not in str(refused.value)


def test_sizes_take_units(tmp_path: Path) -> None:
    assert load({"max-body-size": "8M"}, {}, directory=tmp_path).settings.max_body_size == 8 << 20
    assert load({"max-body-size": "64KiB"}, {}, directory=tmp_path).settings.max_body_size == 65536


def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "orrery.toml").write_text("prot = 1\n")
    with pytest.raises(SettingsError, match="no setting 'prot'; 'port'"):
        load({}, {}, directory=tmp_path)


def test_a_file_that_was_named_must_exist_and_be_toml(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load({}, {}, file=tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("port = = 1")
    with pytest.raises(SettingsError, match="cannot be read"):
        load({}, {"ORRERY_CONFIG": str(tmp_path / "bad.toml")})


def test_an_unknown_variable_is_warned_of_with_the_nearest_one(tmp_path: Path) -> None:
    loaded = load({}, {"ORRERY_PROT": "1", "ORRERY_ENDPOINT": "http://x"}, directory=tmp_path)
    assert loaded.warnings == ("ORRERY_PROT is no setting of Orrery; ORRERY_PORT?",)


def test_the_variables_kubernetes_sets_for_a_service_called_orrery_are_left_alone(tmp_path: Path) -> None:
    environ = {
        "ORRERY_PORT": "tcp://10.0.0.1:4566",
        "ORRERY_SERVICE_HOST": "10.0.0.1",
        "ORRERY_PORT_4566_TCP": "tcp://10.0.0.1:4566",
    }
    loaded = load({}, environ, directory=tmp_path)
    assert loaded.settings.port == 4566
    assert loaded.warnings == ()


def test_every_setting_is_documented_and_its_default_is_a_value_it_takes(tmp_path: Path) -> None:
    written = {each.name: each.default for each in declared() if each.default and each.name != "data-dir"}
    loaded = load(written, {"HOME": "/home/ada"}, directory=tmp_path)
    assert all(len(each.doc) > 20 and each.form for each in declared())
    assert loaded.settings == Settings(data_dir="/home/ada/.local/share/orrery")
