from orrery.cli import hcl, overrides
from orrery.cli.overrides import Target

HERE = Target("http://127.0.0.1:4566", "test", "test")


def made(text: str, target: Target = HERE, version: tuple[int, int] = (1, 11)) -> hcl.Block:
    """The override of a configuration, read again."""
    return hcl.parse(overrides.text(hcl.parse(text), target, version))


def test_every_provider_block_gets_its_own_by_alias_with_all_endpoints_and_keeps_its_region() -> None:
    given = 'provider "aws" {\n region = "eu-west-1"\n}\nprovider "aws" {\n alias = "west"\n}\nprovider "google" {}\n'
    default, west = made(given).blocks
    assert (default.labels, west.labels) == (("aws",), ("aws",))
    assert ("alias" in default.attributes, west.literal("alias")) == (False, "west")
    for provider in (default, west):
        assert "region" not in provider.attributes
        assert provider.literal("access_key") == "test"
        assert provider.attributes["s3_use_path_style"] == "true"
        assert provider.attributes["skip_credentials_validation"] == "true"
        assert provider.attributes["skip_metadata_api_check"] == "true"
        [endpoints] = provider.within("endpoints")
        assert set(endpoints.attributes) == set(overrides.SERVICES.split())
        assert {"s3", "sqs", "sts", "dynamodb", "iam", "lambda"} <= set(endpoints.attributes)
        assert set(endpoints.attributes.values()) == {'"http://127.0.0.1:4566"'}


def test_the_default_provider_is_overridden_also_where_it_is_not_written() -> None:
    [provider] = made('resource "aws_sqs_queue" "orders" {}\n').blocks
    assert provider.labels == ("aws",)
    assert len(made('provider "aws" {\n alias = "west"\n}\n').blocks) == 2
    assert overrides.text(hcl.parse('resource "null_resource" "x" {}\n'), HERE) == ""


def test_a_provider_of_another_local_name_is_found_by_its_source() -> None:
    given = 'terraform {\n required_providers {\n  amazon = { source = "hashicorp/aws" }\n }\n}\n'
    assert [block.labels for block in made(given + 'provider "amazon" {}\n').blocks] == [("amazon",)]


def test_real_keys_and_profiles_give_way_and_those_of_an_account_of_the_cloud_stay() -> None:
    real = made('provider "aws" {\n profile = "work"\n access_key = "AKIAREAL"\n secret_key = var.s\n}\n').blocks[0]
    assert (real.literal("access_key"), real.attributes["profile"]) == ("test", "null")
    account = made('provider "aws" {\n access_key = "111122223333"\n secret_key = "test"\n}\n').blocks[0]
    assert "access_key" not in account.attributes
    kept = made('provider "aws" {\n access_key = "AKIAREAL"\n}\n', HERE._replace(keep_keys=True)).blocks[0]
    assert "access_key" not in kept.attributes


STATE = """
terraform {
  backend "s3" {
    bucket   = "states"
    key      = "app.tfstate"
    profile  = "work"
    endpoint = "https://s3.amazonaws.com"
    assume_role {
      role_arn = "arn:aws:iam::1:role/x"
    }
  }
}
"""


def test_a_backend_is_written_whole_for_it_is_replaced_whole() -> None:
    backend = next(made(STATE).blocks[0].within("backend", "s3"))
    assert (backend.literal("bucket"), backend.literal("key")) == ("states", "app.tfstate")
    assert "profile" not in backend.attributes
    assert "endpoint" not in backend.attributes
    assert 's3 = "http://127.0.0.1:4566"' in backend.attributes["endpoints"]
    assert backend.attributes["use_path_style"] == "true"
    assert [block.kind for block in backend.blocks] == ["assume_role"]


def test_an_older_terraform_gets_a_backend_in_its_own_words() -> None:
    backend = next(made(STATE, version=(1, 5)).blocks[0].within("backend", "s3"))
    assert backend.literal("endpoint") == "http://127.0.0.1:4566"
    assert backend.literal("sts_endpoint") == "http://127.0.0.1:4566"
    assert backend.attributes["force_path_style"] == "true"
    assert "endpoints" not in backend.attributes


def test_a_remote_state_keeps_its_configuration_and_reads_from_the_cloud() -> None:
    given = 'data "terraform_remote_state" "net" {\n backend = "s3"\n config = {\n  bucket = var.b\n }\n}\n'
    [state] = made(given).blocks
    assert state.labels == ("terraform_remote_state", "net")
    assert state.attributes["config"].startswith("merge({\n  bucket = var.b\n }, {")
    assert "use_path_style = true" in state.attributes["config"]
