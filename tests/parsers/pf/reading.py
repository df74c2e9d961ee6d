"""Reads pieces of a pfSense config in the usual surroundings, and asks what becomes of packets."""

from ipaddress import ip_address
from typing import Any

from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.source import Source
from linter.engine.device.trace import Answer, judge
from parsers.pf.read import parse
from parsers.shared.context import Context

_BASE = """<pfsense>
<version>{version}</version>
<system><ipv6allow/><disablenatreflection>yes</disablenatreflection>{system}
<webgui><protocol>https</protocol></webgui></system>
<interfaces>
<wan><enable/><if>em0</if><descr>WAN</descr><ipaddr>198.51.100.2</ipaddr><subnet>24</subnet>
<gateway>GW</gateway>{wan}</wan>
<lan><enable/><if>em1</if><descr>Office</descr><ipaddr>10.1.0.1</ipaddr><subnet>24</subnet></lan>
<opt1><enable/><if>em2</if><descr>DMZ</descr><ipaddr>10.2.0.1</ipaddr><subnet>24</subnet></opt1>
<opt2><if>em3</if><descr>OFF</descr></opt2>
</interfaces>
{pieces}
</pfsense>"""


def whole(pieces: str = "", version: str = "24.0", system: str = "", interface: str = "") -> str:
    """A config with the pieces in it."""
    return _BASE.format(version=version, pieces=pieces, system=system, wan=interface)


def read(pieces: str = "", version: str = "24.0", system: str = "", interface: str = "") -> RuleSet:
    """What is read of it."""
    return of_text(whole(pieces, version, system, interface))


def of_text(text: str) -> RuleSet:
    """What is read of a whole file."""
    return parse(Source("config.xml", text.split("\n")), Context())


def rule(what: str) -> str:
    """One rule of the wan interface, unless it names another."""
    on = "" if "<interface>" in what else "<interface>wan</interface>"
    source = "" if "<source>" in what else "<source><any/></source>"
    destination = "" if "<destination>" in what else "<destination><any/></destination>"
    return f"<rule>{on}{what}{source}{destination}</rule>"


def rules(*several: str) -> str:
    """A filter of such rules."""
    return "<filter>" + "\n".join(rule(what) for what in several) + "</filter>"


def said(ruleset: RuleSet) -> list[str]:
    """The remarks: check and message."""
    return [f"{gap.check}: {gap.message}" for gap in ruleset.gaps]


def titles(ruleset: RuleSet, chain: str = "filter in") -> list[str]:
    """The rules of a chain in words."""
    return [each.text for each in ruleset.tables[0].chains[chain].rules]


_USUAL = Packet(4, int(ip_address("203.0.113.9")), int(ip_address("10.1.0.10")), 6, 40000, 443)


def answer(ruleset: RuleSet, traffic: Traffic = "forward", **given: Any) -> Answer:
    """What becomes of a TCP SYN of 203.0.113.9 to 10.1.0.10 port 443, but for what is given."""
    names = {"forward": ("em0", "em1"), "input": ("em0", ""), "output": ("", "em0")}[traffic]
    asked = {"in_name": names[0], "out_name": names[1], **given}
    for end in ("src", "dst"):
        if end in asked:
            asked[end] = int(ip_address(asked[end]))
    packet = replace(_USUAL, **asked)
    return judge((ruleset,), traffic, [packet])[0]


def verdict(ruleset: RuleSet, traffic: Traffic = "forward", **given: Any) -> str:
    """The verdict alone."""
    return answer(ruleset, traffic, **given).verdict
