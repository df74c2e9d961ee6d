"""What of a text is shown: nothing that acts on a terminal or on what runs a workflow."""

import json

import pytest

from linter.report.visible import (
    as_annotation,
    as_json,
    as_property,
    as_text,
    storable,
    visible,
    width,
)

SHOWN = [
    ("plain é 中 ::/0 #1 # [x] ##", "plain é 中 ::/0 #1 # [x] ##"),
    ("\x1b[2J\x07\r\n\t\x7f\0", "␛[2J␇␍␊␉␡␀"),
    ("\x9b31m\x85\x90", "�31m��"),
    ("a\u202eb\u2066c\u200fd\u061c", "a�b�c�d�"),
    ("a\u200bb\u200dc\ufeffd\u2060\xad", "a�b�c�d��"),
    ("a\u2028b\u2029c", "a�b�c"),
    ("\u3164\u115f\u034f\ufe0f\U000e0101\U000e0041", "������"),
    ("\udc80\ud800", "��"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_one_character_stays_one_that_is_seen(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert len(shown) == len(text)
    assert width(visible(text)) >= len(shown)


LINES = [
    ("a ##[group]b", "a �#[group]b"),
    ("##[error]", "�#[error]"),
    ("###[error]", "#�#[error]"),
    ("##vso[task.setvariable variable=a]b", "�#vso[task.setvariable variable=a]b"),
    ("##teamcity[x]", "�#teamcity[x]"),
    ("## [x] ##", "## [x] ##"),
    ("::error::x", "�:error::x"),
    ("  \t ::error file=a::x", "  ␉ ::error file=a::x"),
    ("   ::error file=a::x", "   �:error file=a::x"),
    ("\u3000::error::x", "�::error::x"),
    ("a\n::set-output name=a::b\nc", "a\n�:set-output name=a::b\nc"),
    ("::stop-commands::x", "�:stop-commands::x"),
    ("::endgroup::", "�:endgroup::"),
    ("::group", "�:group"),
    ("::1 is an address, and ::/0 too", "::1 is an address, and ::/0 too"),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("   ::: path/to:1:1", "   ::: path/to:1:1"),
    ("a ::error::x", "a ::error::x"),
    ("\x1b[1;31mred\x1b[0m", "␛[1;31mred␛[0m"),
]


@pytest.mark.parametrize(("text", "shown"), LINES)
def test_no_line_is_a_command(text: str, shown: str) -> None:
    assert as_text(text) == shown


def test_only_its_own_colours_stay_in_a_coloured_text() -> None:
    text = "\x1b[1;31mred\x1b[0m \x1b[2J\x1b[5m\x1b]0;x\x07 #\x1b[0m#[x]"

    expected = "\x1b[1;31mred\x1b[0m ␛[2J␛[5m␛]0;x␇ #\x1b[0m#[x]"
    assert as_text(text, color=True) == expected


def test_an_annotation_is_one_line_and_one_command() -> None:
    assert as_annotation("a%\r\n::error::b ##[x]\x1b") == "a%25␍%0A::error::b �#[x]␛"
    assert as_property("a:b,c\nd") == "a%3Ab%2Cc%0Ad"


def test_json_keeps_tabs_and_line_feeds_and_has_no_command_in_it() -> None:
    assert storable("a\tb\nc\x1b\u202e##[x]") == "a\tb\nc␛�##[x]"
    text = as_json({"##[a]": ["##vso[b]\x7f\u202e", "\\##[c]"]})

    assert text.isascii()
    assert text.isprintable()
    assert "##" not in text
    assert json.loads(text) == {"##[a]": ["##vso[b]\x7f\u202e", "\\##[c]"]}
