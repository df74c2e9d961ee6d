"""Of every element of a config.xml something is said: in docs/formats.md, or in a remark."""

import pytest

from flowmodel.source import InputError
from parsers.pf.coverage import section
from tests import ROOT
from tests.parsers.pf.reading import answer, of_text, read, rules, said

_DOCUMENT = ROOT / "docs" / "formats.md"


def test_the_section_on_pfsense_is_current() -> None:
    found = _DOCUMENT.read_text(encoding="utf-8")

    assert section() in found, "put in what `python -m parsers.pf.coverage` prints"


def test_what_stands_in_a_rule_twice_is_remarked_and_the_rule_is_possible() -> None:
    found = read(rules("<protocol>tcp</protocol><protocol>udp</protocol>"))

    assert said(found) == ["FW901: <protocol> stands in it 2 times"]
    assert answer(found, proto=17).possible == {"accept", "drop"}


@pytest.mark.parametrize("product", ["pfsense", "opnsense"])
@pytest.mark.parametrize("section", ["filter", "nat", "aliases", "interfaces"])
def test_a_section_that_stands_there_twice_is_refused(product: str, section: str) -> None:
    text = f"<{product}>\n<{section}/>\n<system/>\n<{section}><rule/></{section}>\n</{product}>"

    with pytest.raises(InputError) as raised:
        of_text(text)

    assert raised.value.message == (
        f"<{section}> stands in line 2 already, and config.xml has it once"
    )
    assert raised.value.span is not None
    assert raised.value.span.line == 4


@pytest.mark.parametrize(
    "path",
    [
        "interfaces/lan",
        "nat/outbound",
        "nat/outbound/mode",
        "system/webgui",
        "system/ssh",
        "OPNsense/Firewall",
        "OPNsense/Firewall/Filter",
        "OPNsense/Firewall/Filter/rules",
        "OPNsense/Firewall/Alias/aliases",
    ],
)
def test_a_part_of_a_section_that_stands_there_twice_is_refused(path: str) -> None:
    *above, last = path.split("/")
    begin = "".join(f"<{tag}>" for tag in above)
    end = "".join(f"</{tag}>" for tag in reversed(above))
    text = f"<opnsense>\n{begin}<{last}/>\n<{last}/>{end}\n</opnsense>"

    with pytest.raises(InputError) as raised:
        of_text(text)

    assert raised.value.message == (
        f"<{last.lower()}> stands in line 2 already, and <{above[-1].lower()}> has it once"
    )
    assert raised.value.span is not None
    assert raised.value.span.line == 3


def test_more_interfaces_than_a_device_has_are_refused() -> None:
    ports = "".join(f"<opt{n}><if>em{n}</if></opt{n}>" for n in range(2049))

    with pytest.raises(InputError, match="has more than 2048 interfaces"):
        of_text(f"<pfsense><interfaces>{ports}</interfaces></pfsense>")
