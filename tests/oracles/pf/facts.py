"""Facts about pfSense that are easy to get wrong, each as a piece of config with packets.

Packets are named by what differs from a TCP SYN of 203.0.113.9 to 10.1.0.10 port 443 that comes in
by em0 (wan) and leaves by em1 (lan). Functions are those of filter.inc.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from flowmodel.packet import Packet
from flowmodel.record import replace
from tests.oracles.pf.evaluate import Traffic

_BASE = """<pfsense><version>24.0</version>
<system><ipv6allow/><disablenatreflection>yes</disablenatreflection>
<webgui><protocol>https</protocol></webgui></system>
<interfaces>
<wan><enable/><if>em0</if><descr>WAN</descr><ipaddr>198.51.100.2</ipaddr><subnet>24</subnet>
<gateway>GW</gateway><ipaddrv6>2001:db8:ffff::2</ipaddrv6><subnetv6>64</subnetv6></wan>
<lan><enable/><if>em1</if><descr>LAN</descr><ipaddr>10.1.0.1</ipaddr><subnet>24</subnet></lan>
<opt1><enable/><if>em2</if><descr>DMZ</descr><ipaddr>10.2.0.1</ipaddr><subnet>24</subnet></opt1>
<opt2><if>em3</if><descr>OFF</descr><ipaddr>10.3.0.1</ipaddr><subnet>24</subnet></opt2>
</interfaces>
{}</pfsense>"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is in the config, and what becomes of packets."""

    name: str
    config: str
    passes: tuple[dict[str, Any], ...] = ()
    drops: tuple[dict[str, Any], ...] = ()
    either: tuple[dict[str, Any], ...] = ()
    traffic: Traffic = "forward"

    @property
    def root(self) -> Element:
        """The whole config."""
        return fromstring(_BASE.format(self.config))

    def packets(self) -> list[tuple[Packet, frozenset[str]]]:
        """Each packet with what may happen to it."""
        named = {"accept": self.passes, "drop": self.drops, "accept drop": self.either}
        return [
            (packet(each, self.traffic), frozenset(words.split()))
            for words, given in named.items()
            for each in given
        ]


def packet(given: dict[str, Any], traffic: Traffic = "forward") -> Packet:
    """The packet that differs so from the usual one."""
    numbers = {
        name: int(ip_address(value)) if name in ("src", "dst") else value
        for name, value in given.items()
    }
    is_v6 = any(":" in str(given.get(name, "")) for name in ("src", "dst"))
    there, here = int(ip_address("203.0.113.9")), int(ip_address("10.1.0.10"))
    if is_v6:
        there, here = int(ip_address("2001:db8:5::9")), int(ip_address("2001:db8:1::10"))
    usual = Packet(6 if is_v6 else 4, there, here, 6, 40000, 443, in_name="em0", out_name="em1")
    if traffic == "input":
        usual = replace(usual, out_name="")
    if traffic == "output":
        usual = replace(usual, in_name="", out_name="em0")
    made: Packet = replace(usual, **numbers)
    if made.proto not in (6, 17):
        made = replace(made, sport=0, dport=0)
    return replace(made, tcp_flags=made.tcp_flags if made.proto == 6 else 0)


def rules(*texts: str) -> str:
    """`<filter>` with these rules; each is about wan, IPv4 and TCP unless it says otherwise."""
    return "<filter>" + "".join(_rule(text) for text in texts) + "</filter>"


def _rule(text: str) -> str:
    for tag, usual in (
        ("type", "<type>pass</type>"),
        ("interface", "<interface>wan</interface>"),
        ("ipprotocol", "<ipprotocol>inet</ipprotocol>"),
        ("protocol", "<protocol>tcp</protocol>"),
        ("source", "<source><any/></source>"),
        ("destination", "<destination><any/></destination>"),
    ):
        if f"<{tag}>" not in text and f"<no{tag}/>" not in text:
            text += usual
        text = text.replace(f"<no{tag}/>", "")
    return f"<rule>{text}</rule>"


def to(address: str, port: str = "", extra: str = "") -> str:
    """`<destination>` with an address or alias, and a port."""
    inside = f"<address>{address}</address>" if address else "<any/>"
    return f"<destination>{inside}{f'<port>{port}</port>' if port else ''}{extra}</destination>"


def network(name: str, extra: str = "", end: str = "destination") -> str:
    """An end with a special network."""
    return f"<{end}><network>{name}</network>{extra}</{end}>"


def alias(name: str, kind: str, address: str) -> str:
    """`<aliases>` with one alias."""
    inside = f"<name>{name}</name><type>{kind}</type><address>{address}</address>"
    return f"<aliases><alias>{inside}</alias></aliases>"
