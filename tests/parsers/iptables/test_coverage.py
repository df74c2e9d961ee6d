"""docs/formats.md says of every match and target of iptables what becomes of it."""

from parsers.iptables.coverage import section
from tests import ROOT

_DOCUMENT = ROOT / "docs" / "formats.md"


def test_the_section_on_iptables_is_current() -> None:
    found = _DOCUMENT.read_text(encoding="utf-8")

    assert section() in found, "put in what `python -m parsers.iptables.coverage` prints"
