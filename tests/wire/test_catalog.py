"""The catalog is what botocore's data say."""

from tools.catalog import TARGET, render

from orrery.wire.catalog import Catalog, Models


def test_the_checked_in_catalog_is_current() -> None:
    assert TARGET.read_text() == render()


def test_services_are_found_by_what_a_request_shows() -> None:
    catalog = Catalog.load()

    assert catalog.by_target["AmazonSQS"] == ("sqs",)
    assert catalog.by_signing["monitoring"] == ("cloudwatch",)
    assert catalog.by_signing["s3"] == ("s3", "s3control")
    assert "sts" in catalog.by_version["2011-06-15"]


def test_a_service_that_is_named_like_the_key_comes_first() -> None:
    assert Catalog.load().by_signing["rds"][0] == "rds"


def test_a_model_is_loaded_once() -> None:
    models = Models()

    assert models("sts") is models("sts")
