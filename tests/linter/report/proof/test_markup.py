"""The elements that a merged page may be made of are those of the templates, and no others."""

import re
from pathlib import Path

import pytest

from linter.report.diagram import svg
from linter.report.proof import engine
from linter.report.proof.markup import ATTRIBUTES, ELEMENTS, foreign

_TEMPLATES = Path(engine.__file__).with_name("templates")
_OF_INPUTS = ("body", "checked", "input", "openings", "parts", "row")
_SVG = Path(svg.__file__).read_text(encoding="utf-8")
_OF_FILES_ALONE = {"style", "g", "transform", "xmlns"}
"""What a picture has that is a file of its own."""
_NO_ATTRIBUTES = {"href", "note"}
"""What has a rule of its own, and a variable of a template."""
_SOURCES = [
    *(Path(_TEMPLATES / f"{name}.html.j2").read_text(encoding="utf-8") for name in _OF_INPUTS),
    _SVG,
]


def _used(expression: str) -> set[str]:
    return {name for text in _SOURCES for name in re.findall(expression, text)}


def test_every_element_of_the_templates_is_known() -> None:
    used = _used(r"<([a-z][a-z0-9]*)\b(?=[ >{/])") - _OF_FILES_ALONE

    assert used == set(ELEMENTS)


def test_every_attribute_of_the_templates_is_known() -> None:
    used = _used(r"[ \n']([a-zA-Z][a-zA-Z:-]*)=\"") - _OF_FILES_ALONE

    assert used - _NO_ATTRIBUTES <= {*ATTRIBUTES}
    assert {*ATTRIBUTES} - used <= {"open", "marker-end", "marker-start"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("no element &lt;script&gt; at all > \" '", ""),
        ('<a href="#x" rel="noreferrer">x</a>', ""),
        ('<a href="https://example.com/?a&amp;b">x</a>', ""),
        ("<details open><br/><br></details>", ""),
        ("<a href='#x'>", "<a href='#x'>"),
        ('<a href="javascript:alert(1)">', '<a href="javascript:alert(1)">'),
        ('<a href="//example.com">', '<a href="//example.com">'),
        ("<b>a</b><script>", "<script>"),
        ("<B>", "<B>"),
        ("<b\n>", ""),
        ("<bb>", "<bb>"),
        ('<b class="x" onclick="x">', '<b class="x" onclick="x">'),
        ('<b class="x"style="x">', '<b class="x"style="x">'),
        ("<b", "<b"),
        ("a < b", "< b"),
        ("<!-- -->", "<!-- -->"),
        ("<![CDATA[", "<![CDATA["),
        ("<?php", "<?php"),
        ('<path d="<script>">', '<path d="<script>">'),
        ("<b " + " " * 100_000, "<b " + " " * 77),
        ("<p class " * 20_000, "<p class <p class"),
    ],
)
def test_what_is_none_of_them_is_told(text: str, expected: str) -> None:
    assert foreign(text)[:80].startswith(expected) if expected else foreign(text) == ""
