"""LocalStack's environment variables: which of our settings each becomes, or what is said of it at the start.

They count only where no flag, no variable ORRERY_… and no file says otherwise. Each may also have the prefix
`LOCALSTACK_`, as LocalStack's containers take it. `docs/guides/from-localstack.md` has its table from here.
https://docs.localstack.cloud/references/configuration/
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Values = Mapping[str, str]
Reader = Callable[[str, Mapping[str, str]], "Values | str"]
"""From a variable's value and all variables: values of our settings, or a remark why there are none."""

TRUE = ("1", "true")
FALSE = ("0", "false", "")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its name (`*` stands for the rest of one), what documents say of it, and how it is read.

    Without a reader it has no effect, and `told` is its warning. `shared` marks names that other programs read too:
    those are warned of only beside another variable of LocalStack's.
    """

    name: str
    told: str
    read: Reader | None = None
    shared: bool = False


@dataclass(slots=True)
class Found:
    """What an environment says: values by setting with the variable each came from, and warnings."""

    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read(environ: Mapping[str, str]) -> Found:
    """LocalStack's variables in `environ`, as settings of ours and as warnings that name them (never their values)."""
    found = Found()
    remarks: list[tuple[Variable, str, str]] = []
    plain = {name.removeprefix("LOCALSTACK_"): value for name, value in environ.items()} | dict(environ)
    own = False
    for variable, name in _present(environ):
        value = environ[name].strip()
        said = variable.told if variable.read is None else variable.read(value, plain)
        own = own or not variable.shared
        if isinstance(said, str):
            if said:
                remarks.append((variable, name, said))
            continue
        for setting, text in said.items():
            found.values.setdefault(setting, (text, name))
    found.warnings = [f"{name}: {said}" for variable, name, said in remarks if own or not variable.shared]
    return found


def _present(environ: Mapping[str, str]) -> list[tuple[Variable, str]]:
    """The variables that are set, in the order of VARIABLES."""
    found = []
    for variable in VARIABLES:
        start = variable.name.removesuffix("*")
        for name in sorted(environ):
            for prefixed in (start, f"LOCALSTACK_{start}"):
                if name == prefixed or (start != variable.name and name.startswith(prefixed) and name not in _NOT_OURS):
                    found.append((variable, name))
                    break
    return found


# --- how each is read ---


def _flag(value: str, on: Values | str, off: Values | str = "") -> Values | str:
    if value.lower() in TRUE:
        return on
    return off if value.lower() in FALSE else ""


def _listen(value: str, environ: Mapping[str, str]) -> Values | str:
    """`ADDRESS:PORT,…`: LocalStack has a port for TLS too; ours serves both on one."""
    hosts: dict[str, None] = {}
    port = ""
    for each in (part for part in re.split(r"[,\s]+", value) if part):
        found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\s]*)(?::([0-9]+))?", each)
        if found is None:
            return "it is not ADDRESS:PORT; left out"
        port = port or found[2] or ""
        hosts[found[1].strip("[]") or "0.0.0.0"] = None
    listening = {"host": ",".join(hosts)} if hosts else {}
    return listening | ({"port": port} if port else {})


def _external(value: str, environ: Mapping[str, str]) -> Values | str:
    secure = environ.get("USE_SSL", "").lower() in TRUE
    return {"external-host": f"https://{value}" if secure else value} if value else ""


def _use_ssl(value: str, environ: Mapping[str, str]) -> Values | str:
    named = environ.get("LOCALSTACK_HOST") or environ.get("HOSTNAME_EXTERNAL")
    return _flag(value, "" if named else "URLs in answers have the scheme of their request; TLS is always served")


def _persistence(value: str, environ: Mapping[str, str]) -> Values | str:
    volume = environ.get("LOCALSTACK_VOLUME_DIR", "")
    return _flag(value, {"data-dir": f"{volume}/orrery"} if volume else "", {"data-dir": ":memory:"})


def _volume(value: str, environ: Mapping[str, str]) -> Values | str:
    if environ.get("PERSISTENCE", "").lower() in TRUE:
        return ""
    return "used with PERSISTENCE=1 only; the setting data-dir says where state is kept"


def _level(value: str, environ: Mapping[str, str]) -> Values | str:
    levels = {"trace": "debug", "trace-internal": "debug", "warn": "warning"}
    return {"log-level": levels.get(value.lower(), value.lower())} if value else ""


def _strategy(value: str, environ: Mapping[str, str]) -> Values | str:
    styles = {"off": "host", "dynamic": "host", "standard": "standard", "domain": "domain", "path": "path"}
    if value.lower() not in styles:
        return "it is none of off, dynamic, standard, domain and path; left out"
    return {"sqs-url-style": styles[value.lower()]}


def _origins(value: str, environ: Mapping[str, str]) -> Values | str:
    if environ.get("DISABLE_CORS_HEADERS", "").lower() in TRUE:
        return "without effect beside DISABLE_CORS_HEADERS=1"
    return {"cors-origins": value} if value else ""


def _every_origin(value: str, environ: Mapping[str, str]) -> Values | str:
    if environ.get("DISABLE_CORS_HEADERS", "").lower() in TRUE:
        return ""
    return _flag(value, {"cors-origins": "*", "cors-headers": "*"})


def _minute_rules(value: str, environ: Mapping[str, str]) -> Values | str:
    return _flag(value, {"sqs-60-second-rules": "on"}, {"sqs-60-second-rules": "off"})


def _unbuilt(what: str) -> str:
    return f"{what} is not offered yet"


def _to(setting: str) -> Reader:
    return lambda value, environ: {setting: value} if value else ""


_NOT_OURS = ("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR")
"""What AWS itself sets where functions run."""

VARIABLES = (
    Variable("GATEWAY_LISTEN", "`host` and `port`: all its addresses, and the first port, for HTTP and TLS", _listen),
    Variable("EDGE_BIND_HOST", "`host`", _to("host")),
    Variable("EDGE_PORT", "`port`", _to("port")),
    Variable("LOCALSTACK_HOST", "`external-host`, with https under USE_SSL=1", _external),
    Variable("HOSTNAME_EXTERNAL", "`external-host`, with https under USE_SSL=1", _external),
    Variable("USE_SSL", "the scheme of `external-host`; alone it is warned of: TLS is always served", _use_ssl),
    Variable(
        "PERSISTENCE",
        "0: `data-dir :memory:`; 1: state is kept as always, in LOCALSTACK_VOLUME_DIR/orrery where that is given",
        _persistence,
    ),
    Variable("LOCALSTACK_VOLUME_DIR", "where PERSISTENCE=1 keeps state; alone it is warned of", _volume),
    Variable("LS_LOG", "`log-level`", _level),
    Variable("DEBUG", "1: `log-level debug`", lambda value, _: _flag(value, {"log-level": "debug"}), shared=True),
    Variable("SQS_ENDPOINT_STRATEGY", "`sqs-url-style`; off and dynamic are `host`", _strategy),
    Variable("SQS_DELAY_RECENTLY_DELETED", "`sqs-60-second-rules`", _minute_rules),
    Variable("SQS_DELAY_PURGE_RETRY", "`sqs-60-second-rules`", _minute_rules),
    Variable("DISABLE_CORS_CHECKS", "1: `cors-origins *` and `cors-headers *`", _every_origin),
    Variable("EXTRA_CORS_ALLOWED_ORIGINS", "`cors-origins`", _origins),
    Variable("EXTRA_CORS_ALLOWED_HEADERS", "`cors-headers`", _to("cors-headers")),
    Variable("DISABLE_CORS_HEADERS", "1: no `cors-origins` from these variables", lambda value, _: ""),
    Variable("DEFAULT_REGION", "`region`", _to("region")),
    Variable("IAM_SOFT_MODE", "1: `auth audit`", lambda value, _: _flag(value, {"auth": "audit"})),
    Variable(
        "ENFORCE_IAM",
        "1: as always; 0: warned of",
        lambda value, _: _flag(value, "", "signatures and permissions are checked; `--auth open` lifts that"),
    ),
    Variable(
        "S3_SKIP_SIGNATURE_VALIDATION",
        "0: as always; 1: warned of",
        lambda value, _: _flag(value, "signatures are verified; `--auth open` accepts any"),
    ),
    Variable("SERVICES", "every service that Orrery offers answers, and is loaded at its first request"),
    Variable("EAGER_SERVICE_LOADING", "services are loaded at their first request, in milliseconds"),
    Variable("STRICT_SERVICE_LOADING", "every service that Orrery offers answers, whatever SERVICES says"),
    Variable("ALLOW_NONSTANDARD_REGIONS", "a Region that AWS does not have is taken for us-east-1"),
    Variable("EXTRA_CORS_EXPOSE_HEADERS", "pages of cors-origins may read every header"),
    Variable("DISABLE_CUSTOM_CORS_S3", "a bucket's own CORS rules always go before cors-origins"),
    Variable("DISABLE_CUSTOM_CORS_APIGATEWAY", _unbuilt("API Gateway")),
    Variable("LOCALSTACK_AUTH_TOKEN", "nothing asks for an account or a token; it is not read"),
    Variable("LOCALSTACK_API_KEY", "nothing asks for an account or a key; it is not read"),
    Variable("ACTIVATE_PRO", "there is one edition, with everything in it"),
    Variable("DOCKER_HOST", "no Docker is used", shared=True),
    Variable("DOCKER_FLAGS", "no Docker is used"),
    Variable("DOCKER_CMD", "no Docker is used"),
    Variable("MAIN_CONTAINER_NAME", "no Docker is used"),
    Variable("MAIN_DOCKER_NETWORK", "no Docker is used"),
    Variable("SKIP_SSL_CERT_DOWNLOAD", "no certificate is downloaded; `orrery ca` has the one made here"),
    Variable("CUSTOM_SSL_CERT_PATH", "certificates are made of the cloud's own authority; `orrery ca` has it"),
    Variable("SNAPSHOT_*", "every acknowledged change is kept at once; `orrery state` saves and loads states"),
    Variable("ENABLE_CONFIG_UPDATES", "settings are read at the start only"),
    Variable("GATEWAY_SERVER", "there is one server"),
    Variable("GATEWAY_WORKER_COUNT", "it counts threads of LocalStack's server"),
    Variable("DISABLE_EVENTS", "no events are sent to anybody"),
    Variable("EXTENSION_AUTO_INSTALL", "LocalStack's extensions cannot be used"),
    Variable("DNS_ADDRESS", "no DNS server is offered"),
    Variable("SQS_DISABLE_CLOUDWATCH_METRICS", _unbuilt("CloudWatch")),
    Variable("SQS_CLOUDWATCH_METRICS_REPORT_INTERVAL", _unbuilt("CloudWatch")),
    Variable("S3_DIR", "objects are kept in data-dir"),
    Variable("LAMBDA_*", _unbuilt("Lambda")),
    Variable("DYNAMODB_SHARE_DB", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_IN_MEMORY", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_HEAP_SIZE", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_ERROR_PROBABILITY", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_READ_ERROR_PROBABILITY", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_WRITE_ERROR_PROBABILITY", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_LOCAL_PORT", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_CORS", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_DELAY_TRANSIENT_STATUSES", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_OPTIMIZE_DB_BEFORE_STARTUP", _unbuilt("DynamoDB")),
    Variable("DYNAMODB_REMOVE_EXPIRED_ITEMS", _unbuilt("DynamoDB")),
    Variable("KINESIS_ERROR_PROBABILITY", _unbuilt("Kinesis")),
    Variable("KINESIS_LATENCY", _unbuilt("Kinesis")),
    Variable("KINESIS_SHARD_LIMIT", _unbuilt("Kinesis")),
    Variable("KINESIS_ON_DEMAND_STREAM_COUNT_LIMIT", _unbuilt("Kinesis")),
    Variable("OPENSEARCH_*", _unbuilt("OpenSearch")),
    Variable("CFN_*", _unbuilt("CloudFormation")),
    Variable("SMTP_HOST", _unbuilt("SES"), shared=True),
)
