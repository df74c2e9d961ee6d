"""What docs/limits.md says about OPNsense: where the model takes a side, or leaves things open."""

from typing import Any

import pytest

from linter.engine.device.trace import traced
from tests.oracles.opnsense.facts import Fact, aliases, forward, rules
from tests.oracles.pf.compare import read
from tests.parsers.pf.opnsense.reading import configuration, of_text, said

_V6 = {"src": "2001:db8:5::9", "dst": "2001:db8:1::10"}
_WEB = {"destination_port": "443"}
_FROM_LAN = {"src": "10.1.0.10", "in_name": "em1", "out_name": "em0"}
_BOGONS = "<blockbogons>1</blockbogons><gateway>GW"
_ONE_TO_ONE = """<nat><onetoone><interface>wan</interface><external>198.51.100.9</external>
<source><address>10.2.0.9</address></source><destination><any/></destination>{}</onetoone></nat>"""
_TO = "<destination_net>2001:db8:9::/64</destination_net>"
_NPT = """<Filter><npt><rule><enabled>1</enabled><interface>wan</interface>
<source_net>2001:db8:1::/64</source_net><trackif>wan</trackif></rule></npt></Filter>"""


def _possible(fact: Fact, given: dict[str, Any]) -> frozenset[str]:
    """What may become of a packet."""
    asked = Fact(fact.name, fact.model, fact.older, (given,), traffic=fact.traffic)
    ((packet, _),) = asked.packets()
    return traced(read(asked.root), fact.traffic, [packet])[0].possible


@pytest.mark.parametrize(
    ("fact", "given", "expected"),
    [
        (
            Fact("tables that programs fill are empty", rules(_WEB)),
            {},
            {"accept"},
        ),
        (
            Fact("but not the one that a rule's limit fills",
                 rules({**_WEB, "max-src-conn-rate": "3", "max-src-conn-rates": "10"}, _WEB)),
            {"src": "203.0.113.77"},
            {"accept", "drop"},
        ),
        (
            Fact("of ICMPv6 the types of 24.1 come in", rules()),
            {**_V6, "proto": 58, "icmp_type": 3},
            {"accept"},
        ),
        (
            Fact("without <enabled> an alias is off",
                 aliases(("web", "host", "10.1.0.10")).replace("<enabled>1</enabled>", "")
                 + rules({"destination_net": "web"})),
            {},
            {"drop"},
        ),
        (
            Fact("without reflection of 1:1 rules", rules({"interface": "lan"}),
                 _ONE_TO_ONE.format("<natreflection>enable</natreflection>")),
            {**_FROM_LAN, "dst": "198.51.100.9", "out_name": "em2"},
            {"accept"},
        ),
        (
            Fact("in automatic mode older versions ask source NAT rules",
                 rules({"interface": "lan"},
                       {"interface": "wan", "direction": "out", "action": "block",
                        "source_net": "198.51.100.77"},
                       inside="<snatrules><rule><enabled>1</enabled><interface>wan</interface>"
                       "<ipprotocol>inet</ipprotocol><source_net>lan</source_net>"
                       "<target>198.51.100.77</target></rule></snatrules>")),
            {**_FROM_LAN, "dst": "203.0.113.9"},
            {"accept", "drop"},
        ),
        (
            Fact("what goes to another program may be dropped by it",
                 rules({**_WEB, "divert-to": "8000"})),
            {},
            {"accept", "drop"},
        ),
        (
            Fact("any name may be a service's", rules({"destination_port": "portal"})),
            {},
            {"accept", "drop"},
        ),
        (
            Fact("what no model of packets has: operating systems, priorities",
                 rules({**_WEB, "os": "Linux"}, {"destination_port": "80", "prio": "2"})),
            {},
            {"accept", "drop"},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Fact) else "",
)  # fmt: skip
def test_the_model_says(fact: Fact, given: dict[str, Any], expected: set[str]) -> None:
    assert _possible(fact, given) == expected


@pytest.mark.parametrize(
    ("model", "sections", "message"),
    [
        (
            "",
            _ONE_TO_ONE.format("<natreflection>enable</natreflection>"),
            "FW902: what comes from inside to its outer address is judged without reflection",
        ),
        (
            "<Filter><settings><nat><reflection_snat>1</reflection_snat></nat></settings></Filter>",
            forward({}),
            "FW902: that reflection changes the source, too, is not judged",
        ),
        (
            _NPT,
            "",
            (
                "FW902: what leaves is not translated here to the prefix of wan, which only the "
                "device knows"
            ),
        ),
    ],
)
def test_what_is_not_translated_is_said(model: str, sections: str, message: str) -> None:
    assert message in said(configuration(model, sections).gaps)


@pytest.mark.parametrize(
    ("model", "sections"),
    [
        ("", _ONE_TO_ONE.format("")),
        ("", _ONE_TO_ONE.format("<natreflection>disable</natreflection>")),
        ("", forward({})),
        (_NPT.replace("<trackif>wan</trackif>", _TO), ""),
    ],
)  # fmt: skip
def test_what_is_translated_is_not_said(model: str, sections: str) -> None:
    assert said(configuration(model, sections).gaps) == []


def test_bogons_are_no_globally_reachable_addresses() -> None:
    text = """<opnsense><interfaces><wan><enable>1</enable><if>em0</if>
<blockbogons>1</blockbogons></wan></interfaces></opnsense>"""

    rule, _ = [each for each in of_text(text).rules if "bogon" in each.title]

    assert rule.source.unread == ("addresses of the table bogons",)
    assert not any(first <= 0x08080808 <= last for first, last in rule.source.within.v4)
    assert any(first <= 0xC0000201 <= last for first, last in rule.source.within.v4)
