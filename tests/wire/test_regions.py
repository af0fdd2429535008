from orrery.wire.regions import known_regions


def test_regions_of_every_partition_are_known_and_pseudo_regions_are_none() -> None:
    regions = known_regions()
    assert {"us-east-1", "eu-west-3", "ap-southeast-2", "cn-north-1", "us-gov-west-1"} <= regions
    assert not {"aws-global", "aws-cn-global", "mars-north-1", ""} & regions
