"""Each element of each entry: read, ignored on purpose, or unknown, doubled or misspelt.

An entry of which something is not understood is remarked, and nothing that depends on it is
certain; an element that the device does not ask for changes nothing.
"""

from typing import NamedTuple

import pytest

from flowmodel.ruleset import RuleSet
from linter.engine.device.trace import traced
from parsers.pf.coverage import LEAVES, RULE_IGNORED, RULE_READ
from parsers.pf.opnsense.coverage import SECTIONS
from tests.oracles.opnsense import facts
from tests.oracles.pf.facts import packet
from tests.parsers.pf.reading import of_text, whole


class Entry(NamedTuple):
    """An entry on which the fate of a packet depends."""

    product: str
    path: tuple[str, ...]
    read: frozenset[str]
    ignored: tuple[str, ...]
    before: str
    inside: str
    after: str
    asked: tuple[tuple[str, object], ...]

    def found(self, more: str = "", inside: str = "") -> RuleSet:
        """What is read with something more in the entry."""
        text = f"{self.before}{inside or self.inside}{more}{self.after}"
        if self.product == "pfsense":
            return of_text(whole(text, "24.0"))
        is_model = self.path[0] == "opnsense"
        mode = "<nat><outbound><mode>advanced</mode></outbound></nat>"
        pieces = {"model": text, "older": mode} if is_model else {"model": "", "older": text}
        return of_text(facts.BASE.format(**pieces))

    def possible(self, found: RuleSet) -> frozenset[str]:
        """What may become of the packet."""
        (answer,) = traced((found,), "forward", [packet(dict(self.asked))])
        return answer.possible


_ENDS = "<source><any/></source><destination><address>{}</address></destination>"
_RULE = "<type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>"
_TO = f"<filter><rule>{_RULE}{_ENDS.format('{}')}</rule></filter>"
_OUT = (
    "<filter><rule><type>block</type><interface>wan</interface><ipprotocol>inet</ipprotocol>"
    "<floating>yes</floating><quick>1</quick><direction>out</direction>"
    "<source><address>192.0.2.9</address></source><destination><any/></destination></rule>"
    "<rule><type>pass</type><interface>lan</interface><ipprotocol>inet</ipprotocol>"
    "<source><any/></source><destination><any/></destination></rule></filter>"
)
_SIX = (
    "<filter><rule><type>pass</type><interface>wan</interface><ipprotocol>inet6</ipprotocol>"
    "<source><any/></source><destination><address>2001:db8:1::/64</address></destination></rule>"
    "</filter>"
)
_OUTWARD = (("src", "10.1.0.7"), ("dst", "8.8.8.8"), ("in_name", "em1"), ("out_name", "em0"))
_FORWARD = (
    "<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>"
    "<source><any/></source><destination><address>198.51.100.77</address><port>443</port>"
    "</destination><target>10.1.0.10</target><local-port>443</local-port>"
    "<associated-rule-id>pass</associated-rule-id><natreflection>disable</natreflection>"
)
_OUTBOUND = (
    "<interface>wan</interface><ipprotocol>inet</ipprotocol><source><network>any</network></source>"
    "<destination><any/></destination><target>192.0.2.9</target>"
)
_ONE = (
    "<interface>wan</interface><external>198.51.100.77</external>"
    "<source><address>10.1.0.10</address></source><destination><any/></destination>"
)
_NPT = (
    "<interface>wan</interface><source><address>2001:db8:1::/64</address></source>"
    "<destination><address>2001:db8:b::/64</address></destination>"
)
_OLDER: dict[tuple[str, ...], tuple[str, str, str, tuple[tuple[str, object], ...]]] = {
    ("filter", "rule"): (
        "<filter><rule>",
        _RULE + _ENDS.format("10.1.0.10"),
        "</rule></filter>",
        (),
    ),
    ("nat", "rule"): ("<nat><rule>", _FORWARD, "</rule></nat>", (("dst", "198.51.100.77"),)),
    ("nat", "outbound", "rule"): (
        _OUT + "<nat><outbound><mode>advanced</mode><rule>",
        _OUTBOUND,
        "</rule></outbound></nat>",
        _OUTWARD,
    ),
    ("nat", "onetoone"): (
        _TO.format("10.1.0.10") + "<nat><onetoone>",
        _ONE,
        "</onetoone></nat>",
        (("dst", "198.51.100.77"),),
    ),
    ("nat", "npt"): (
        _SIX + "<nat><npt>",
        _NPT,
        "</npt></nat>",
        (("src", "2001:db8:5::9"), ("dst", "2001:db8:b::10"), ("family", 6)),
    ),
    ("aliases", "alias"): (
        _TO.format("WEB") + "<aliases><alias>",
        "<name>WEB</name><type>host</type><address>10.1.0.10</address>",
        "</alias></aliases>",
        (),
    ),
}
_MODEL: dict[tuple[str, ...], tuple[str, str, str, tuple[tuple[str, object], ...]]] = {
    ("rules", "rule"): (
        "<Filter><rules><rule>",
        (
            "<enabled>1</enabled><action>pass</action><interface>wan</interface>"
            "<ipprotocol>inet</ipprotocol><protocol>any</protocol><source_net>any</source_net>"
            "<destination_net>10.1.0.10</destination_net>"
        ),
        "</rule></rules></Filter>",
        (),
    ),
    ("snatrules", "rule"): (
        (
            "<Filter><rules><rule><enabled>1</enabled><action>block</action><interface>wan</interface>"
            "<direction>out</direction><source_net>192.0.2.9</source_net></rule><rule><enabled>1"
            "</enabled><action>pass</action><interface>lan</interface></rule></rules><snatrules><rule>"
        ),
        (
            "<enabled>1</enabled><interface>wan</interface><ipprotocol>inet</ipprotocol>"
            "<source_net>any</source_net><target>192.0.2.9</target>"
        ),
        "</rule></snatrules></Filter>",
        _OUTWARD,
    ),
}
_SECTIONS = {section.path: section for section in SECTIONS}


def _entries() -> list[Entry]:
    found = []
    for path, parts in _OLDER.items():
        read, ignored = (RULE_READ, RULE_IGNORED) if path[0] == "filter" else LEAVES[path]
        found.append(Entry("pfsense", path, read, tuple(ignored), *parts))
        section = _SECTIONS[path]
        found.append(Entry("opnsense", path, section.read, tuple(section.ignored), *parts))
    for path, parts in _MODEL.items():
        section = _SECTIONS["opnsense", "firewall", "filter", *path]
        found.append(Entry("opnsense", section.path, section.read, tuple(section.ignored), *parts))
    return found


ENTRIES = _entries()
_NAMES = [f"{each.product}:{'/'.join(each.path)}" for each in ENTRIES]
EVERY = pytest.mark.parametrize("entry", ENTRIES, ids=_NAMES)


@EVERY
def test_the_entry_is_understood_and_certain(entry: Entry) -> None:
    found = entry.found()

    assert len(entry.possible(found)) == 1
    assert [gap.message for gap in found.gaps if gap.check == "FW901"] == []


@EVERY
def test_an_element_that_the_device_does_not_ask_for_changes_nothing(entry: Entry) -> None:
    plain = entry.possible(entry.found())
    for tag in entry.ignored:
        if f"<{tag}>" in entry.inside:
            continue
        for text in ("", "on", "1"):
            found = entry.found(f"<{tag}>{text}</{tag}>")
            assert entry.possible(found) == plain, (tag, text)
            assert [gap.message for gap in found.gaps if gap.check == "FW901"] == [], (tag, text)


@EVERY
def test_an_unknown_or_misspelt_element_is_remarked_and_leaves_nothing_certain(
    entry: Entry,
) -> None:
    known = entry.read | set(entry.ignored)
    wrong = {tag[:-1] for tag in entry.read} | {tag + "s" for tag in entry.read}
    for tag in [*sorted(wrong - known - {""}), "shinynew"]:
        found = entry.found(f"<{tag}>1</{tag}>")
        assert len(entry.possible(found)) == 2, tag
        assert any(gap.message.startswith(f"<{tag}> is not") for gap in found.gaps), tag


@EVERY
def test_an_element_that_stands_there_twice_is_remarked_and_leaves_nothing_certain(
    entry: Entry,
) -> None:
    for tag in sorted(entry.read):
        if f"<{tag}>" not in entry.inside:
            continue
        found = entry.found(f"<{tag}>1</{tag}>")
        assert len(entry.possible(found)) == 2, tag
        assert any(f"<{tag}> stands in it 2 times" in gap.message for gap in found.gaps), tag


SIDES = [each for each in ENTRIES if "<destination>" in each.inside]
WRONG = ("adress", "nott", "addres", "netwok", "ports", "an", "not2")


@pytest.mark.parametrize("entry", SIDES, ids=[f"{e.product}:{'/'.join(e.path)}" for e in SIDES])
@pytest.mark.parametrize("tag", WRONG)
@pytest.mark.parametrize("side", ["source", "destination"])
def test_what_an_end_has_is_understood_or_leaves_nothing_certain(
    entry: Entry, side: str, tag: str
) -> None:
    inside = entry.inside.replace(f"</{side}>", f"<{tag}/></{side}>")
    found = entry.found(inside=inside)

    assert len(entry.possible(found)) == 2
    assert any(gap.message.startswith(f"<{tag}> is not") for gap in found.gaps)


@pytest.mark.parametrize("entry", SIDES, ids=[f"{e.product}:{'/'.join(e.path)}" for e in SIDES])
def test_an_end_that_names_two_addresses_leaves_nothing_certain(entry: Entry) -> None:
    for tag in ("address", "network", "port", "any", "not"):
        twice = f"<{tag}>1</{tag}><{tag}>2</{tag}></destination>"
        found = entry.found(inside=entry.inside.replace("</destination>", twice))
        assert any(f"<{tag}> stands in it" in gap.message for gap in found.gaps), tag


_BOTH = (
    "<type>{}</type><interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>"
    "<source><any/></source><destination><any/></destination>"
)
TWICE = (
    "<type>block</type>",
    "<type>pass</type>",
    "<protocol>udp</protocol>",
    "<interface>lan</interface>",
    "<ipprotocol>inet6</ipprotocol>",
    "<destination><address>10.9.9.9</address></destination>",
    "<source><address>10.9.9.9</address></source>",
)


@pytest.mark.parametrize("product", ["pfsense", "opnsense"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("kind", ["pass", "block"])
@pytest.mark.parametrize("more", TWICE)
def test_of_an_element_that_stands_there_twice_either_may_count(
    product: str, kind: str, more: str, *, first: bool
) -> None:
    inside = _BOTH.format(kind)
    rule = f"<rule>{more}{inside}</rule>" if first else f"<rule>{inside}{more}</rule>"
    rest = f"<rule>{_BOTH.format('block' if kind == 'pass' else 'pass')}</rule>"
    text = f"<filter>{rule}{rest}</filter>"
    whole_text = whole(text) if product == "pfsense" else facts.BASE.format(model="", older=text)

    found = of_text(whole_text)
    (answer,) = traced((found,), "forward", [packet({})])
    assert answer.possible == {"accept", "drop"}
    assert any("stands in it 2 times" in gap.message for gap in found.gaps)
