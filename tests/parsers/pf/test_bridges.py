"""What pf's rules say of a bridge's members, where tunables say that pf is asked elsewhere."""

import pytest

from flowmodel.ruleset import RuleSet
from flowmodel.source import Source
from parsers.pf.read import parse
from parsers.shared.context import Context
from tests.parsers.pf.reading import of_text, rules, said, verdict, whole

_BRIDGE = "<bridges><bridged><members>{}</members><bridgeif>bridge0</bridgeif></bridged></bridges>"
_OPNSENSE = """<opnsense><system><webgui><noantilockout>1</noantilockout></webgui></system>
<interfaces>
<wan><enable>1</enable><if>em0</if></wan>
<lan><enable>1</enable><if>em1</if></lan>
<opt1><enable>1</enable><if>em2</if></opt1></interfaces>
{pieces}
</opnsense>"""
_UNASKED = (
    "FW902: pf asks no rule of a bridge's members about what crosses the bridge "
    "(net.link.bridge.pfil_member)"
)
_TWICE = (
    "FW902: pf asks the rules of a bridge, too, about what crosses it (net.link.bridge.pfil_bridge)"
)


def _sysctl(**values: str) -> str:
    items = "".join(
        f"<item><tunable>net.link.bridge.pfil_{name}</tunable><value>{value}</value></item>"
        for name, value in values.items()
    )
    return f"<sysctl>{items}</sysctl>"


def _read(product: str, kind: str, sysctl: str, members: str = "wan,lan") -> RuleSet:
    given = rules(f"<type>{kind}</type>")
    pieces = given + _BRIDGE.format(members) + sysctl
    if product == "pfsense":
        return of_text(whole(pieces))
    return parse(Source("config.xml", _OPNSENSE.format(pieces=pieces).split("\n")), Context())


@pytest.mark.parametrize("product", ["pfsense", "opnsense"])
@pytest.mark.parametrize(
    ("kind", "sysctl", "members", "expected"),
    [
        # pf is asked on the members, and on nothing else.
        ("pass", "", "wan,lan", "accept"),
        ("block", _sysctl(member="1", bridge="0"), "wan,lan", "drop"),
        ("block", _sysctl(member="default", onlyip="0"), "wan,lan", "drop"),
        # It is not asked there, so that what they block passes.
        ("block", _sysctl(member="0"), "wan,lan", "unknown"),
        ("pass", _sysctl(member="0"), "wan,lan", "accept"),
        ("block", _sysctl(member="off"), "wan,lan", "unknown"),
        ("block", _sysctl(member="0"), "opt1,lan", "drop"),
        ("block", _sysctl(member="0"), "", "drop"),
        # What is no interface here may be any: pfSense takes a device's name, too.
        ("block", _sysctl(member="0"), "opt7", "unknown"),
        ("block", _sysctl(member="0"), "opt1,em1", "unknown"),
        # The bridge's rules are asked, which may drop what the members' pass.
        ("pass", _sysctl(bridge="1"), "wan,lan", "unknown"),
        ("block", _sysctl(bridge="1"), "wan,lan", "drop"),
        ("pass", _sysctl(member="0", bridge="1"), "wan,lan", "unknown"),
        ("block", _sysctl(member="0", bridge="1"), "wan,lan", "unknown"),
    ],
)
def test_members_rules_decide_where_pf_is_asked_of_them(
    product: str, kind: str, sysctl: str, members: str, expected: str
) -> None:
    assert verdict(_read(product, kind, sysctl, members)) == expected


@pytest.mark.parametrize(("name", "expected"), [("em0", "drop"), ("bridge0", "accept")])
def test_what_is_for_the_device_itself_comes_in_by_the_bridge(name: str, expected: str) -> None:
    """Only who says that it comes by a member is told what the member's rules say."""
    given = rules("<type>block</type>", "<interface>opt3</interface><type>pass</type>")
    bridge = "<opt3><enable/><if>bridge0</if><descr>BRIDGE</descr></opt3></interfaces>"
    text = whole(given + _BRIDGE.format("wan,lan")).replace("</interfaces>", bridge)

    found = verdict(of_text(text), "input", in_name=name, dst="198.51.100.2")

    assert found == expected


_RDR = """<nat><rule><interface>{on}</interface><protocol>tcp</protocol><source><any/></source>
<destination><any/><port>8443</port></destination><target>10.1.0.10</target>
<local-port>443</local-port></rule></nat>"""


@pytest.mark.parametrize(
    ("on", "sysctl", "expected"),
    [
        ("wan", "", "accept"),
        ("wan", _sysctl(member="0"), "unknown"),
        ("opt1", "", "drop"),
    ],
)
def test_nor_does_pf_translate_where_it_is_not_asked(on: str, sysctl: str, expected: str) -> None:
    to = "<destination><any/><port>443</port></destination>"
    allowed = f"<type>pass</type><protocol>tcp</protocol>{to}"
    pieces = rules(allowed) + _RDR.format(on=on) + _BRIDGE.format("wan,lan") + sysctl

    assert verdict(of_text(whole(pieces)), dst="198.51.100.2", dport=8443) == expected


@pytest.mark.parametrize("product", ["pfsense", "opnsense"])
@pytest.mark.parametrize(
    ("sysctl", "told"),
    [
        (_sysctl(member="0"), [_UNASKED]),
        (_sysctl(member="0", bridge="1"), [_UNASKED, _TWICE]),
        (_sysctl(bridge="1"), [_TWICE]),
        (_sysctl(member="1", bridge="0"), []),
    ],
)
def test_it_is_said(product: str, sysctl: str, told: list[str]) -> None:
    found = said(_read(product, "pass", sysctl))

    assert [each for each in found if "pfil_" in each] == told
