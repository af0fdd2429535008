"""Every setting of a cloud, declared once: its flag, its variable, its key in the file, its default, its meaning.

The setting `data_dir` is the flag `--data-dir`, the variable `ORRERY_DATA_DIR` and the key `data-dir` of
`orrery.toml`. A flag wins over a variable, a variable over the file, the file over LocalStack's variables
(localstack_variables.py), those over the default. A value that cannot be understood is refused with the setting's name
and where the value came from. `docs/settings.md` is made from this file.
"""

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from orrery import localstack_variables as localstack
from orrery import settings_forms as forms
from orrery.settings_file import SettingsError, read_file
from orrery.settings_forms import MEMORY, ClockMode, default_data_dir, show
from orrery.settings_names import Declared, variable_of
from orrery.settings_variables import kubernetes_link, unknown_variables

__all__ = [
    "MEMORY",
    "ClockMode",
    "Declared",
    "Loaded",
    "Settings",
    "SettingsError",
    "declared",
    "given",
    "load",
    "show",
]


def _setting(default: Any, parse: Callable[[str], Any], form: str, doc: str, *, secret: bool = False) -> Any:
    """A field of Settings: `default` is already parsed; `form` shows the values it takes."""
    return field(default=default, metadata={"parse": parse, "form": form, "doc": doc, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one cloud. `Settings()` holds the defaults, with nothing kept on disk (as tests want it)."""

    host: tuple[str, ...] = _setting(
        ("127.0.0.1", "::1"),
        forms.addresses,
        "ADDRESS[,ADDRESS]",
        "Addresses to listen on; 0.0.0.0 and :: are all of the machine's. On a machine without IPv6, "
        "::1 and :: are left out if there is another address; any other that cannot be had is an error.",
    )
    port: int = _setting(
        4566,
        forms.whole(0, 65535),
        "PORT",
        "Port for HTTP and TLS alike; 0 takes a free one, printed at start.",
    )
    data_dir: str = _setting(
        MEMORY,
        forms.path,
        "DIRECTORY|:memory:",
        "Where the cloud keeps its state; by default `orrery` in the user's data directory (`XDG_DATA_HOME`, else "
        "`~/.local/share`). `:memory:` keeps nothing.",
    )
    states_dir: str = _setting(
        "",
        forms.file,
        "DIRECTORY",
        "Where saved states lie; by default `states` in the data directory. Best on the same file system, which can "
        "then share the bodies of objects. With `:memory:` and without this they are gone with the cloud.",
    )
    state: str = _setting(
        "",
        forms.file,
        "PATH",
        "A saved state that a new cloud begins with: an exported file, or a state's directory. A data directory that "
        "holds a cloud already is left as it is.",
    )
    durability: str = _setting(
        "crash",
        forms.choice("crash", "power"),
        "crash|power",
        "What an acknowledged change survives: the death of the process (`kill -9`), or also the loss of power (one "
        "sync of the disk more).",
    )
    auth: str = _setting(
        "enforce",
        forms.choice("enforce", "audit", "open"),
        "enforce|audit|open",
        "`enforce` verifies signatures and authorises every call; `audit` lets pass what is not allowed and logs it; "
        "`open` accepts any key.",
    )
    trust_test_keys: bool = _setting(
        False,
        forms.switch,
        "on|off",
        "Accept the key pair test/test as root from other machines too. Whoever reaches the port is then root.",
    )
    root_key_id: str = _setting(
        "",
        forms.text,
        "KEY-ID",
        "Access key id of root off loopback; made and kept in the data directory when not given.",
    )
    root_secret: str = _setting(
        "",
        forms.text,
        "SECRET",
        "Secret key that belongs to root-key-id. Better a variable than a flag.",
        secret=True,
    )
    strict: bool = _setting(
        False,
        forms.switch,
        "on|off",
        "Refuse a request that uses a member which Orrery accepts without effect; otherwise it is logged and named in "
        "the header `x-orrery-ignored`.",
    )
    clock: ClockMode = _setting(
        ClockMode("real"),
        forms.clock,
        "real|manual|autojump|rate=N",
        "How virtual time runs: with the host's; only when advanced; leaping to the next job when nothing else "
        "happens; or N virtual seconds a second.",
    )
    limits: str = _setting(
        "off",
        forms.choice("off", "real"),
        "off|real",
        "`real` applies AWS's request rates too, with throttling errors. Sizes and quotas apply in both.",
    )
    era: str = _setting(
        "today",
        forms.choice("today", "notes2020"),
        "today|notes2020",
        "Whose limits apply: AWS's of today, or of 2020 (SQS messages of 256 KB and the like).",
    )
    sqs_60_second_rules: bool = _setting(
        True,
        forms.switch,
        "on|off",
        "SQS refuses to make a queue again within 60 seconds of its deletion, and a second purge within 60 seconds. "
        "`off` allows both.",
    )
    region: str = _setting(
        "us-east-1",
        forms.text,
        "REGION",
        "Region that `orrery env` and `orrery aws` give to clients. Requests that name none are us-east-1's.",
    )
    host_names: tuple[str, ...] = _setting(
        (),
        forms.names,
        "NAME[,NAME]",
        "Further names this cloud is reached by, beside localhost, *.localhost and *.localhost.localstack.cloud: for "
        "the certificate, for the operator interface, and for host names that carry a bucket or a service "
        "(`BUCKET.NAME`, `BUCKET.s3.NAME`, `sqs.us-east-1.NAME`).",
    )
    external_host: str = _setting(
        "",
        forms.endpoint,
        "NAME[:PORT]|http[s]://NAME[:PORT]",
        "Where URLs in answers lead (QueueUrls and the like), for when a proxy or a container's port mapping hides it; "
        "by default each follows the Host of its request. Without a scheme, the request's holds, and its port too "
        "where none is given. The name counts among host-names.",
    )
    sqs_url_style: str = _setting(
        "host",
        forms.choice("host", "standard", "domain", "path"),
        "host|standard|domain|path",
        "How QueueUrls are written: at the Host of the request; or, at external-host (else localhost.localstack.cloud "
        "with the request's port), as `sqs.REGION.HOST/…`, `REGION.queue.HOST/…` or `HOST/queue/REGION/…`. Every form "
        "is accepted.",
    )
    cors_origins: tuple[str, ...] = _setting(
        (),
        forms.origins,
        "ORIGIN[,ORIGIN]|*",
        "Origins of web pages that may read AWS's answers and use the test keys, as `http://localhost:3000` or "
        "`https://*.example.test`; `*` is every page that is open in a browser of this machine. A bucket's own CORS "
        "rules go before.",
    )
    cors_headers: tuple[str, ...] = _setting(
        (),
        forms.field_names,
        "NAME[,NAME]|*",
        "Further request headers that pages of cors-origins may send, beside those of AWS's clients.",
    )
    init_dir: str = _setting(
        "",
        forms.directory,
        "DIRECTORY",
        "Where the scripts to run are, in boot.d, start.d, ready.d and shutdown.d; default: `/etc/localstack/init`, if "
        "that is there. With `strict`, one that fails before the cloud is ready stops the start.",
    )
    store: str = _setting(
        "sqlite",
        forms.choice("sqlite", "rocksdb"),
        "sqlite|rocksdb",
        "The storage engine of the data directory; rocksdb needs the package rocksdict.",
    )
    log_level: str = _setting(
        "info",
        forms.choice("debug", "info", "warning", "error"),
        "debug|info|warning|error",
        "Least severity written to standard error; `info` has one line a request.",
    )
    log_format: str = _setting(
        "text", forms.choice("text", "json"), "text|json", "Log lines for people, or one JSON object a line."
    )
    log_bodies: int = _setting(
        0,
        forms.bytes_or_off(16 << 10),
        "off|BYTES",
        "Write heads and bodies of requests and answers to the log, and show them to `orrery explain`: so much of "
        "each, at most 16K. What names itself secret (signatures, tokens, passwords, keys) is left out; binary data is "
        "shown by length and hash.",
    )
    log_file: str = _setting(
        "",
        forms.file,
        "FILE",
        "File that takes the log instead of standard output and standard error, with time and level on every line; "
        "`start --detach` uses the file `log` in the data directory.",
    )
    open_metrics: bool = _setting(
        False,
        forms.switch,
        "on|off",
        "Show `/_orrery/metrics` to other machines too, for a Prometheus that runs elsewhere.",
    )
    max_connections: int = _setting(
        10_000,
        forms.whole(1, 1_000_000),
        "N",
        "Connections served at the same time; more are closed at once.",
    )
    max_head_size: int = _setting(
        65536,
        forms.size(4096, 16 << 20),
        "BYTES",
        "Largest start line and header fields of a request together.",
    )
    max_body_size: int = _setting(
        16 << 20,
        forms.size(65536, 1 << 30),
        "BYTES",
        "Largest body of a request that is not streamed. Objects and other streamed bodies are not bounded by it.",
    )
    head_timeout: int = _setting(
        20,
        forms.whole(1, 3600),
        "SECONDS",
        "How long a client may take for the head of a request, in the host's seconds.",
    )
    idle_timeout: int = _setting(
        120,
        forms.whole(1, 86400),
        "SECONDS",
        "How long a connection may lie idle between requests, in the host's seconds.",
    )
    workers: int = _setting(
        0,
        forms.whole(0, 64),
        "N",
        "How many processes beside the cloud's own serve clients: they do sockets, TLS, signatures and parsing, the "
        "cloud's own does the rest. 0 is one process for everything; see decisions/workers.md for when more pay. "
        "max-connections is then for each of them.",
    )
    drain_timeout: int = _setting(
        10,
        forms.whole(0, 600),
        "SECONDS",
        "How long running requests may take to end when the cloud is told to stop.",
    )

    @property
    def in_memory(self) -> bool:
        """True when nothing is kept on disk."""
        return self.data_dir == MEMORY


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with where each value came from (`--port`, `ORRERY_PORT`, the file's path, `default`), warnings, and
    `taken`: LocalStack's variables with the settings that came from them."""

    settings: Settings
    sources: Mapping[str, str]
    warnings: tuple[str, ...]
    taken: tuple[str, ...] = ()


def declared() -> list[Declared]:
    """Every setting, in the order of documents."""
    found = []
    for each in fields(Settings):
        name = each.name.replace("_", "-")
        default = "~/.local/share/orrery" if name == "data-dir" else show(each.default)
        found.append(
            Declared(name, each.metadata["form"], each.metadata["doc"], default, bool(each.metadata["secret"]))
        )
    return found


def load(
    flags: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
    directory: Path | None = None,
) -> Loaded:
    """Gather settings from `flags` (by name), `environ` (default: the process's) and a TOML file.

    The file is `file`, else the variable ORRERY_CONFIG, else `orrery.toml` in `directory` (default: the current one)
    if it is there. Raises SettingsError for a value, name or file that cannot be used.
    """
    environ = os.environ if environ is None else environ
    known = [each.name.replace("_", "-") for each in fields(Settings)]
    path, written = read_file(file, environ, directory or Path.cwd(), known)
    foreign = localstack.read(environ)
    warnings = [*unknown_variables(environ, known), *foreign.warnings]
    values: dict[str, Any] = {"data_dir": default_data_dir(environ)}
    sources: dict[str, str] = {}
    taken: list[str] = []
    for each in fields(Settings):
        name = each.name.replace("_", "-")
        variable = variable_of(name)
        found: tuple[str, str] | None = None
        if flags and name in flags:
            found = flags[name], f"--{name}"
        elif variable in environ and not kubernetes_link(environ[variable]):
            found = environ[variable], variable
        elif name in written:
            found = written[name], str(path)
        if found is not None:
            values[each.name] = _parse(name, found[0], found[1], each.metadata)
            warnings += _overruled(name, values[each.name], found[1], foreign, each.metadata)
        elif name in foreign.values and (understood := _parse_foreign(name, *foreign.values[name], each.metadata)):
            found = foreign.values[name]
            values[each.name] = understood[0]
            taken.append(f"{found[1]} ({name} {show(understood[0])})")
        elif name in foreign.values:
            warnings.append(f"LocalStack's {foreign.values[name][1]} gives no {name} that can be used; it is left out")
        sources[name] = found[1] if found else "default"
    return Loaded(_agreeing(Settings(**values)), sources, tuple(warnings), tuple(taken))


def _agreeing(settings: Settings) -> Settings:
    """The settings themselves. Raises SettingsError where one contradicts another."""
    if bool(settings.root_key_id) != bool(settings.root_secret):
        raise SettingsError("root-key-id and root-secret belong together: give both or neither")
    return settings


def given(values: Mapping[str, object], source: str) -> Settings:
    """Settings from `values` alone, by name (`data_dir` or `data-dir`), each as text or as the value itself; what is
    not given has its default, with nothing kept on disk. Raises SettingsError, which names `source`."""
    known = {each.name: each for each in fields(Settings)}
    parsed = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            raise SettingsError(f"{source}: there is no setting {key!r}" + (f"; {close[0]!r}?" if close else ""))
        text = ",".join(map(str, value)) if isinstance(value, list) else show(value)
        parsed[name] = _parse(key, text, source, known[name].metadata)
    return _agreeing(Settings(**parsed))


def _parse(name: str, value: str, source: str, metadata: Mapping[str, Any]) -> Any:
    try:
        return metadata["parse"](value.strip())
    except ValueError as problem:
        shown = "the value" if metadata["secret"] else repr(value)
        raise SettingsError(f"{name}: {shown} (from {source}) is not possible: {problem}") from None


def _overruled(
    name: str, value: object, source: str, foreign: localstack.Found, metadata: Mapping[str, Any]
) -> list[str]:
    """A warning where LocalStack's variables would have given the setting `name` another value than `source` does."""
    if name not in foreign.values:
        return []
    text, variable = foreign.values[name]
    if _parse_foreign(name, text, variable, metadata) in (None, (value,)):
        return []
    return [f"{variable}: without effect on {name}, for which {source} goes before"]


def _parse_foreign(name: str, value: str, source: str, metadata: Mapping[str, Any]) -> tuple[Any] | None:
    """What a variable that was not written for Orrery gives; None, and not an error, when it cannot be used."""
    try:
        return (_parse(name, value, source, metadata),)
    except SettingsError:
        return None
