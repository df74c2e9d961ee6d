"""docs/formats.md says what of Network Firewall is read."""

from pathlib import Path

from parsers.aws.network_firewall_coverage import section

DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_document_says_what_happens() -> None:
    assert section() in DOCUMENT.read_text(encoding="utf-8")
