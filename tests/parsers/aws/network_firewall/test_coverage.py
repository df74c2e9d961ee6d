"""docs/formats.md says what of Network Firewall is read."""

from parsers.aws.network_firewall.coverage import section
from tests import ROOT

DOCUMENT = ROOT / "docs" / "formats.md"


def test_the_document_says_what_happens() -> None:
    assert section() in DOCUMENT.read_text(encoding="utf-8")
