"""docs/formats.md says of every element of pfSense's sections what becomes of it."""

from pathlib import Path

from parsers.pf.coverage import section

_DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_section_on_pfsense_is_current() -> None:
    found = _DOCUMENT.read_text(encoding="utf-8")

    assert section() in found, "put in what `python -m parsers.pf.coverage` prints"
