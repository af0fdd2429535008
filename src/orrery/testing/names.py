"""The settings of tests' clouds by name, made from `orrery/settings.py` by `make docs`: pytest is told them at every
start, and importing the settings would take longer than all else that the plugin does then."""

SETTINGS = (
    "host",
    "port",
    "data_dir",
    "states_dir",
    "state",
    "durability",
    "auth",
    "trust_test_keys",
    "root_key_id",
    "root_secret",
    "strict",
    "clock",
    "limits",
    "era",
    "sqs_60_second_rules",
    "region",
    "host_names",
    "store",
    "log_bodies",
    "max_connections",
    "max_head_size",
    "max_body_size",
    "head_timeout",
    "idle_timeout",
)
