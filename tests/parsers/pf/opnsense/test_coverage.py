"""Nothing of the sections about filtering is lost: read, ignored on purpose, or reported."""

from pathlib import Path

import pytest

from flowmodel.source import Source
from parsers.pf.opnsense import read
from parsers.pf.opnsense.coverage import SECTIONS, Section, strangers, table
from parsers.pf.xml import read_xml
from tests import ROOT

_ROOT = ROOT
_FIXTURES = sorted((_ROOT / "fixtures" / "opnsense").glob("*/config.xml"))


def _wrapped(section: Section, inside: str) -> str:
    """A config with one element of the section."""
    tags = ["opnsense", *("lan" if tag == "*" else tag for tag in section.path)]
    begin, end = ("".join(f"<{mark}{tag}>" for tag in order) for mark, order in (
        ("", tags), ("/", reversed(tags))))  # fmt: skip
    return f"{begin}{inside}{end}"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: "/".join(section.path))
def test_an_unknown_element_is_reported_with_its_place(section: Section) -> None:
    text = _wrapped(section, "\n<unheard-of>1</unheard-of>\n")

    gaps = read(read_xml(Source("config.xml", text.split("\n")))).gaps

    (gap,) = [each for each in gaps if each.text == "<unheard-of>"]
    assert (gap.check, gap.span.line, gap.span.column) == ("FW901", 2, 1)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: "/".join(section.path))
def test_a_known_element_is_not_reported(section: Section) -> None:
    inside = "".join(f"<{tag}></{tag}>" for tag in sorted(section.read | set(section.ignored)))
    root = read_xml(Source("config.xml", [_wrapped(section, inside)]))

    assert [each.element.tag for each in strangers(root)] == []


@pytest.mark.parametrize("path", _FIXTURES, ids=lambda path: path.parent.name)
def test_the_fixtures_have_no_unknown_element(path: Path) -> None:
    source = Source("config.xml", path.read_text(encoding="utf-8").split("\n"))

    assert [each.element.tag for each in strangers(read_xml(source))] == []


def test_the_document_has_the_table_of_all_elements() -> None:
    assert table() in (_ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
