import json
from pathlib import Path

import pytest

from orrery.cli import hcl

TEXT = r"""
# a comment with { and "
provider "aws" { // another }
  region = var.region   # to the end
  alias  = "west"
  default_tags {
    tags = { team = "a}b", "${var.x}" = "q\"}" }
  }
}
/* provider "aws" { alias = "no" } */
locals {
  text = <<-EOT
    } provider "aws" {
  EOT
  nested = "${join(",", [for x in ["a", "}"] : "${x}"])}"
  sum = (
    1 + 2 # in brackets a line goes on
  )
  one = true
}
resource aws_sqs_queue "orders" { name = "$${not}" }
"""


def test_blocks_their_labels_and_their_expressions_are_found() -> None:
    root = hcl.parse(TEXT)
    assert [(block.kind, block.labels) for block in root.blocks] == [
        ("provider", ("aws",)),
        ("locals", ()),
        ("resource", ("aws_sqs_queue", "orders")),
    ]
    provider, local, queue = root.blocks
    assert provider.attributes == {"region": "var.region", "alias": '"west"'}
    assert (provider.literal("alias"), provider.literal("region")) == ("west", None)
    assert provider.blocks[0].attributes["tags"] == r'{ team = "a}b", "${var.x}" = "q\"}" }'
    assert list(local.attributes) == ["text", "nested", "sum", "one"]
    assert local.attributes["text"].endswith("EOT")
    assert local.attributes["sum"].endswith(")")
    assert queue.attributes == {"name": '"$${not}"'}


@pytest.mark.parametrize("text", ["}", 'a "b" {', 'x = "', "<<", "a = <<E\nnever", "provider aws"])
def test_what_terraform_could_not_read_is_not_guessed_at(text: str) -> None:
    with pytest.raises(hcl.Unreadable):
        hcl.parse(text)


def test_a_directory_is_read_whole_but_for_overrides_and_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('provider "aws" {}\n')
    (tmp_path / "b.tf").write_text('provider "aws" {\n')
    (tmp_path / "some_override.tf").write_text('provider "aws" { alias = "x" }\n')
    written = {
        "provider": {"aws": [{"alias": "j", "region": "${var.r}"}]},
        "terraform": {"backend": {"s3": {"bucket": "states"}}},
        "resource": {"aws_sqs_queue": {"orders": {"name": "x"}}},
    }
    (tmp_path / "c.tf.json").write_text(json.dumps(written))
    (tmp_path / "d.tf.json").write_text("[")
    root = hcl.configuration(tmp_path)
    assert [(block.kind, block.labels) for block in root.blocks] == [
        ("provider", ("aws",)),
        ("provider", ("aws",)),
        ("resource", ("aws_sqs_queue", "orders")),
        ("terraform", ()),
    ]
    assert root.blocks[1].attributes == {"alias": '"j"', "region": '"${var.r}"'}
    assert next(root.blocks[3].within("backend", "s3")).literal("bucket") == "states"
