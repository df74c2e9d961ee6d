"""A no-break space is a blank to Python alone; to the devices it is a part of the word."""

import pytest

from parsers.pf.xml import words_of
from tests.parsers.pf.reading import read, rules, said

_ALIASES = """<aliases>
<alias><name>TWO</name><type>host</type><address>10.1.0.10{0}10.1.0.11</address></alias>
<alias><name>WEB</name><type>port</type><address>80{0}443</address></alias>
</aliases>"""
_LEFT_OUT = "FW307: pfSense leaves the rule out"

CASES = {
    _ALIASES + rules("<destination><address>TWO</address></destination>"): [
        "FW902: only the device knows `10.1.0.10{0}10.1.0.11` in the alias TWO"
    ],
    _ALIASES + rules("<protocol>tcp</protocol><destination><any/><port>WEB</port></destination>"): [
        "FW902: only the device knows `80{0}443` in the alias WEB"
    ],
    rules("<protocol>tcp{0}</protocol>"): [
        "FW901: `tcp{0}` is no protocol that is known here",
    ],
    rules("<interface>wan{0}</interface>"): [
        f"{_LEFT_OUT}: the interface wan{{0}} does not exist or is disabled"
    ],
    rules("<destination><address>10.1.0.10{0}</address></destination>"): [
        f"{_LEFT_OUT}: its destination means no address: there is no alias `10.1.0.10{{0}}`"
    ],
}


@pytest.mark.parametrize("odd", ["\xa0", "\u3000", "\u2009"])
@pytest.mark.parametrize("pieces", CASES)
def test_a_word_with_one_is_another_word(pieces: str, odd: str) -> None:
    assert said(read(pieces.format(odd))) == [each.format(odd) for each in CASES[pieces]]


@pytest.mark.parametrize("blank", [" ", "\t", "\n", " \n\t"])
@pytest.mark.parametrize("pieces", CASES)
def test_blanks_are_none_of_the_word(pieces: str, blank: str) -> None:
    assert said(read(pieces.format(blank))) == []


def test_words_stand_between_blanks() -> None:
    assert words_of("") == words_of(" \n") == []
    assert words_of(" a\tb\r\nc\xa0d ") == ["a", "b", "c\xa0d"]
