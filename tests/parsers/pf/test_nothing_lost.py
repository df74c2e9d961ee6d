"""What fwlint does not know of a config.xml it names, with its place."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from flowmodel.ruleset import Gap
from flowmodel.source import InputError
from parsers import read_exports
from tests.oracles.pf.compare import read
from tests.oracles.pf.facts import Fact
from tests.oracles.pf.tree import add, written

_FULL = """
<virtualip><vip><mode>ipalias</mode><interface>wan</interface><subnet>198.51.100.9</subnet>
<subnet_bits>32</subnet_bits></vip></virtualip>
<ifgroups><ifgroupentry><ifname>EDGE</ifname><members>wan opt1</members></ifgroupentry></ifgroups>
<schedules><schedule><name>DAY</name><timerange><position>1</position><hour>8:00-9:00</hour>
</timerange></schedule></schedules>
<aliases><alias><name>WEB</name><type>host</type><address>10.1.0.10</address></alias></aliases>
<filter><rule><type>pass</type><interface>wan</interface><ipprotocol>inet</ipprotocol>
<protocol>tcp</protocol><source><any/></source><destination><address>WEB</address>
<port>443</port></destination><sched>DAY</sched></rule></filter>
<nat><rule><interface>wan</interface><protocol>tcp</protocol><source><any/></source>
<destination><network>wanip</network><port>80</port></destination><target>10.1.0.10</target>
<local-port>80</local-port></rule>
<onetoone><interface>wan</interface><external>198.51.100.77</external><source>
<address>10.1.0.11</address></source><destination><any/></destination></onetoone>
<outbound><mode>hybrid</mode><rule><interface>wan</interface><source><network>10.1.0.0/24</network>
</source><destination><any/></destination><target/></rule></outbound>
<npt><interface>wan</interface><source><address>2001:db8:1::/64</address></source>
<destination><address>2001:db8:b::/64</address></destination></npt></nat>"""

PLACES = (
    "filter",
    "filter/rule",
    "filter/rule/source",
    "filter/rule/destination",
    "nat",
    "nat/rule",
    "nat/rule/source",
    "nat/rule/destination",
    "nat/onetoone",
    "nat/onetoone/source",
    "nat/onetoone/destination",
    "nat/outbound",
    "nat/outbound/rule",
    "nat/outbound/rule/source",
    "nat/outbound/rule/destination",
    "nat/npt",
    "nat/npt/source",
    "nat/npt/destination",
    "aliases",
    "aliases/alias",
    "interfaces/wan",
    "virtualip",
    "virtualip/vip",
    "ifgroups",
    "ifgroups/ifgroupentry",
    "schedules",
    "schedules/schedule",
    "schedules/schedule/timerange",
)


def _root() -> Element:
    return Fact("", _FULL).root


def _gaps(root: Element) -> list[Gap]:
    return [gap for ruleset in read(root) for gap in ruleset.gaps]


def _named(gaps: Sequence[Gap], name: str) -> list[Gap]:
    return [gap for gap in gaps if name in gap.text or name in gap.message]


def test_a_config_that_is_known_has_no_unknown_elements() -> None:
    assert [gap for gap in _gaps(_root()) if gap.check == "FW901"] == []


@pytest.mark.parametrize("place", PLACES)
def test_an_unknown_element_is_named_where_it_stands(place: str, tmp_path: Path) -> None:
    root = _root()
    found = root.find(place)
    assert found is not None
    add(found, "shinynew", "1")
    path = tmp_path / "config.xml"
    path.write_text(written(root))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "shinynew" in text)

    gaps = _named([gap for rules in read_exports([str(path)]) for gap in rules.gaps], "shinynew")

    assert [line] == [gap.span.line for gap in gaps]


VALUES = (
    ("filter/rule", "protocol"),
    ("filter/rule", "icmptype"),
    ("filter/rule", "direction"),
    ("filter/rule/destination", "port"),
    ("filter/rule/destination", "address"),
    ("nat/rule", "protocol"),
    ("nat/rule", "target"),
    ("nat/rule", "local-port"),
    ("nat/rule/destination", "port"),
    ("nat/onetoone", "external"),
    ("nat/onetoone/source", "address"),
    ("nat/outbound", "mode"),
    ("nat/outbound/rule", "target"),
    ("nat/outbound/rule/source", "network"),
    ("nat/npt/source", "address"),
    ("aliases/alias", "type"),
    ("aliases/alias", "address"),
    ("virtualip/vip", "subnet"),
    ("virtualip/vip", "mode"),
    ("interfaces/wan", "ipaddr"),
    ("interfaces/wan", "subnet"),
)


@pytest.mark.parametrize(("place", "name"), VALUES, ids="/".join)
def test_a_value_that_is_not_understood_is_named_or_refused(place: str, name: str) -> None:
    root = _root()
    parent = root.find(place)
    assert parent is not None
    found = parent.find(name)
    if found is None:
        found = add(parent, name)
    if name == "direction":
        add(parent, "floating", "yes")
    if name == "icmptype":
        parent.find("protocol").text = "icmp"  # type: ignore[union-attr]
    found.text = "sh1ny,new"
    try:
        gaps = _gaps(root)
        # A text that may be a secret is not quoted: its element is named.
        found_gaps = _named(gaps, "sh1ny,new") or _named(gaps, f"<{name}>")
    except InputError as error:
        refusal = error
    else:
        assert found_gaps
        return
    assert refusal.span.line > 1
