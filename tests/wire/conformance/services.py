"""Which services the generated tests go through, and botocore's models of them."""

from collections.abc import Iterator

import botocore.loaders
import pytest
from botocore.model import OperationModel, ServiceModel

_NAMES = """
    account acm apigateway apigatewaymanagementapi apigatewayv2 application-autoscaling appsync athena
    autoscaling backup budgets ce cloudformation cloudfront cloudtrail cloudwatch codedeploy cognito-identity
    cognito-idp cognito-sync config dax directconnect dlm dms ds dynamodb dynamodbstreams ebs ec2
    ec2-instance-connect ecr ecs efs elasticache elasticbeanstalk elb elbv2 es events firehose fsx glacier
    globalaccelerator glue greengrass greengrassv2 health iam importexport iot kinesis kinesisanalytics
    kinesisanalyticsv2 kms lambda license-manager logs marketplace-agreement marketplace-catalog
    meteringmarketplace mq opensearch organizations pinpoint-sms-voice-v2 pricing ram rds rds-data redshift
    redshift-data route53 route53domains route53resolver s3 s3control savingsplans service-quotas ses sesv2
    shield signin snow-device-management snowball sns sqs ssm stepfunctions storagegateway sts support waf
    waf-regional wafv2
    """
NEEDED = frozenset(_NAMES.split())
"""The services that Orrery is to have; the others run only in `make test-all`."""


def every_service() -> list[object]:
    """Parameters for a test: each service by name."""
    names = botocore.loaders.Loader().list_available_services("service-2")
    return [pytest.param(name, marks=() if name in NEEDED else pytest.mark.slow) for name in names]


NARROWED: dict[str, dict[str, dict[str, object]]] = {
    "s3": {
        "AccountId": {"type": "string", "pattern": "^[0-9]{12}$"},
        "Expires": {"type": "string"},
        "ResponseExpires": {"type": "string"},
        "WebsiteRedirectLocation": {"type": "string", "enum": ["/x"]},
    }
}
"""Shapes of which the service itself takes or gives something else than botocore's model says."""


def their_model(name: str) -> ServiceModel:
    """botocore's model of a service."""
    described = botocore.loaders.Loader().load_service_model(name, "service-2")
    described["shapes"].update(NARROWED.get(name, {}))
    return ServiceModel(described, name)


def protocols(service: ServiceModel) -> list[str]:
    """The protocols the model lists."""
    return list(service.metadata.get("protocols") or [service.metadata["protocol"]])


def operations(service: ServiceModel) -> Iterator[OperationModel]:
    """Every operation."""
    for name in service.operation_names:
        yield service.operation_model(name)


def report(problems: list[str]) -> str:
    """The first problems, to be read in a failed assertion."""
    shown = "\n".join(line[:600] for line in problems[:20])
    return f"{len(problems)} problems:\n{shown}"
