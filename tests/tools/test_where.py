import re

import pytest

from tools import where


def test_an_operation_is_found_with_its_line_tables_tests_and_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main(["sqs.CreateQueue"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^CreateQueue +src/orrery/services/sqs/queues\.py:\d+$", printed, re.MULTILINE)
    assert re.search(r"src/orrery/services/sqs/records\.py:\d+  Queue$", printed, re.MULTILINE)
    assert re.search(r"tests/services/sqs/\w+\.py:\d+$", printed, re.MULTILINE)
    assert re.search(r"^page +docs/services/sqs\.md:[1-9]\d*$", printed, re.MULTILINE)


def test_boto3s_names_are_understood_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main(["STS.get_caller_identity"]) == 0
    assert "src/orrery/services/sts.py:" in capsys.readouterr().out


def test_an_operation_that_is_not_built_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main(["sts.AssumeRoot"]) == 0
    assert "not built: answers 501" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["sqs.Nothing", "nothing.CreateQueue"])
def test_what_does_not_exist_is_told(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main([name]) == 1
    assert name in capsys.readouterr().err


def test_without_a_name_all_that_is_built_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert where.main([]) == 0
    assert "sts.GetCallerIdentity" in capsys.readouterr().out
