"""The override file by which Terraform works against the cloud: providers, S3 backend, remote states.

An override file's arguments take the place of those in the configuration, block by block, alias by alias; a backend's
block takes the place of the whole. https://developer.hashicorp.com/terraform/language/files/override
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from orrery.cli.hcl import Block

SERVICES = """
accessanalyzer account acm acmpca amp amplify apigateway apigatewayv2 appautoscaling appconfig appflow
applicationinsights appmesh apprunner appstream appsync athena autoscaling autoscalingplans backup batch budgets ce
cloud9 cloudcontrol cloudformation cloudfront cloudhsmv2 cloudsearch cloudtrail cloudwatch codeartifact codebuild
codecommit codedeploy codepipeline codestarconnections cognitoidentity cognitoidp configservice connect cur databrew
dataexchange datapipeline datasync dax detective devicefarm directconnect dlm dms docdb ds dynamodb ec2 ecr ecrpublic
ecs efs eks elasticache elasticbeanstalk elb elbv2 emr emrcontainers es events firehose fis fms fsx gamelift glacier
globalaccelerator glue grafana guardduty iam identitystore imagebuilder iot kafka kafkaconnect keyspaces kinesis
kinesisanalytics kinesisanalyticsv2 kinesisvideo kms lakeformation lambda lexmodels licensemanager lightsail location
logs macie2 mediaconvert mediapackage memorydb mq mwaa neptune networkfirewall networkmanager opensearch organizations
outposts pinpoint pricing quicksight ram rds redshift redshiftdata resourcegroups resourcegroupstaggingapi route53
route53domains route53resolver s3 s3control s3outposts sagemaker schemas secretsmanager securityhub serverlessrepo
servicecatalog servicediscovery servicequotas ses sesv2 sfn shield signer sns sqs ssm ssoadmin storagegateway sts swf
synthetics timestreamwrite transcribe transfer waf wafregional wafv2 workspaces xray
"""
"""Names of the provider's `endpoints`, known to its versions since 4, one for each service. What else there is follows
AWS_ENDPOINT_URL, which the provider reads since version 5."""

STATE_SERVICES = ("s3", "dynamodb", "iam", "sts", "sso")
OLD_BACKEND = {"s3": "endpoint", "dynamodb": "dynamodb_endpoint", "iam": "iam_endpoint", "sts": "sts_endpoint"}
"""How a backend names its endpoints before Terraform 1.6."""

_OURS = {
    *("access_key", "secret_key", "token", "profile", "endpoints", "use_path_style", "force_path_style"),
    *("skip_credentials_validation", "skip_metadata_api_check", "shared_credentials_file", "shared_credentials_files"),
    *OLD_BACKEND.values(),
}


class Target(NamedTuple):
    """Where Terraform is to go, and as whom. `keep_keys`: the configuration's own keys stay."""

    endpoint: str
    key_id: str
    secret: str
    keep_keys: bool = False


def needs_version(root: Block) -> bool:
    """Whether what is written depends on Terraform's version."""
    return any(backends(root)) or any(_remote_states(root))


def backends(root: Block) -> Iterator[Block]:
    """The S3 backend of a configuration."""
    for each in root.within("terraform"):
        yield from each.within("backend", "s3")


def text(root: Block, target: Target, version: tuple[int, int] = (1, 6)) -> str:
    """The override file for a configuration; empty when there is nothing of AWS in it."""
    parts = [_provider(name, block, target) for name, block in _providers(root)]
    parts += [_backend(block, target, version) for block in backends(root)]
    parts += [_remote_state(block, target, version) for block in _remote_states(root)]
    return "\n".join(parts)


def _providers(root: Block) -> Iterator[tuple[str, Block]]:
    """Each configuration of the AWS provider by its local name; the default one also where none is written."""
    names = ["aws"]
    for terraform in root.within("terraform"):
        for required in terraform.within("required_providers"):
            for name, expression in required.attributes.items():
                if re.search(r'["/]hashicorp/aws"', expression) and name not in names:
                    names.append(name)
    for name in names:
        blocks = list(root.within("provider", name))
        yield from ((name, block) for block in blocks)
        if all("alias" in block.attributes for block in blocks) and (blocks or _used(root, name)):
            yield name, Block("provider", (name,), {}, ())


def _used(root: Block, name: str) -> bool:
    """Whether a provider that is configured nowhere may be at work; what a module uses is not looked into."""
    kinds = ("resource", "data")
    prefix = f"{name}_"
    return any(
        each.kind == "module" or (each.kind in kinds and each.labels[:1] and each.labels[0].startswith(prefix))
        for each in root.blocks
    ) or any(
        name in each.attributes for block in root.within("terraform") for each in block.within("required_providers")
    )


def _provider(name: str, block: Block, target: Target) -> str:
    lines = [f'provider "{name}" {{']
    if "alias" in block.attributes:
        lines.append(f"  alias = {block.attributes['alias']}")
    lines += [f"  {key} = {value}" for key, value in _keys(block, target).items()]
    lines += ["  skip_credentials_validation = true", "  skip_metadata_api_check = true", "  s3_use_path_style = true"]
    lines += [
        "  endpoints {",
        *(f"    {service} = {json.dumps(target.endpoint)}" for service in SERVICES.split()),
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _keys(block: Block, target: Target) -> dict[str, str]:
    """Access keys in place of the configuration's, whose own may be real; those of an account of the cloud stay."""
    own = block.literal("access_key")
    if target.keep_keys or (own is not None and re.fullmatch(r"test|[0-9]{12}", own)):
        return {}
    keys = {"access_key": json.dumps(target.key_id), "secret_key": json.dumps(target.secret)}
    return keys | {name: "null" for name in ("profile", "token") if name in block.attributes}


def _settings(block: Block, target: Target, version: tuple[int, int]) -> dict[str, str]:
    """What a backend must be told to find its state in the cloud."""
    endpoint = json.dumps(target.endpoint)
    settings = _keys(block, target)
    if version >= (1, 6):
        settings["endpoints"] = "{ " + ", ".join(f"{name} = {endpoint}" for name in STATE_SERVICES) + " }"
        settings["use_path_style"] = "true"
    else:
        settings |= dict.fromkeys(OLD_BACKEND.values(), endpoint)
        settings["force_path_style"] = "true"
    return settings | {"skip_credentials_validation": "true", "skip_metadata_api_check": "true"}


def _backend(block: Block, target: Target, version: tuple[int, int]) -> str:
    settings = _settings(block, target, version)
    ours = _OURS if "access_key" in settings else _OURS - {"access_key", "secret_key", "token"}
    kept = {name: value for name, value in block.attributes.items() if name not in ours}
    lines = [f"    {name} = {value}" for name, value in (kept | settings).items() if value != "null"]
    lines += [_written(each, "    ") for each in block.blocks]
    return "\n".join(["terraform {", '  backend "s3" {', *lines, "  }", "}"]) + "\n"


def _remote_states(root: Block) -> Iterator[Block]:
    for block in root.within("data", "terraform_remote_state"):
        if block.literal("backend") == "s3" and "config" in block.attributes:
            yield block


def _remote_state(block: Block, target: Target, version: tuple[int, int]) -> str:
    settings = _settings(Block("", (), {}, ()), target, version)
    given = ", ".join(f"{name} = {value}" for name, value in settings.items())
    return (
        f'data "terraform_remote_state" "{block.labels[1]}" {{\n'
        f"  config = merge({block.attributes['config']}, {{ {given} }})\n}}\n"
    )


def _written(block: Block, indent: str) -> str:
    """A block within a backend, as it was."""
    labels = "".join(f' "{label}"' for label in block.labels)
    lines = [f"{indent}  {name} = {value}" for name, value in block.attributes.items()]
    lines += [_written(each, indent + "  ") for each in block.blocks]
    return "\n".join([f"{indent}{block.kind}{labels} {{", *lines, f"{indent}}}"])
