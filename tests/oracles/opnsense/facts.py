"""Facts about OPNsense that are easy to get wrong, each as a piece of config with packets.

As for pfSense (tests/pf/facts.py), packets are named by what differs from a TCP SYN of 203.0.113.9
to 10.1.0.10 port 443 that comes in by em0 (wan) and leaves by em1 (lan).
"""

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from flowmodel.packet import Packet
from tests.oracles.pf.evaluate import Traffic
from tests.oracles.pf.facts import packet

BASE = """<opnsense>
<system><webgui><protocol>https</protocol></webgui>
<disablenatreflection>yes</disablenatreflection></system>
<interfaces>
<wan><enable>1</enable><if>em0</if><descr>WAN</descr><ipaddr>198.51.100.2</ipaddr>
<subnet>24</subnet><gateway>GW</gateway><ipaddrv6>2001:db8:ffff::2</ipaddrv6>
<subnetv6>64</subnetv6></wan>
<lan><enable>1</enable><if>em1</if><descr>Office</descr><ipaddr>10.1.0.1</ipaddr>
<subnet>24</subnet><ipaddrv6>2001:db8:1::1</ipaddrv6><subnetv6>64</subnetv6></lan>
<opt1><enable>1</enable><if>em2</if><descr>DMZ</descr><ipaddr>10.2.0.1</ipaddr>
<subnet>24</subnet></opt1>
<opt2><if>em3</if><descr>OFF</descr><ipaddr>10.3.0.1</ipaddr><subnet>24</subnet></opt2>
<inner><enable>1</enable><if>inner</if><type>group</type><virtual>1</virtual></inner>
</interfaces>
<ifgroups><ifgroupentry><ifname>inner</ifname><members>lan,opt1</members></ifgroupentry></ifgroups>
{older}
<OPNsense><Interfaces><settings><disableipv6>0</disableipv6></settings></Interfaces>
<Gateways><gateway_item><disabled>0</disabled><name>GW</name><interface>wan</interface>
<ipprotocol>inet</ipprotocol><gateway>198.51.100.1</gateway></gateway_item></Gateways>
<Firewall>{model}</Firewall></OPNsense></opnsense>"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is in the config, and what becomes of packets."""

    name: str
    model: str = ""
    """What stands in `<OPNsense><Firewall>`."""
    older: str = ""
    """What stands in the sections of old."""
    passes: tuple[dict[str, Any], ...] = ()
    drops: tuple[dict[str, Any], ...] = ()
    either: tuple[dict[str, Any], ...] = ()
    traffic: Traffic = "forward"

    @property
    def root(self) -> Element:
        """The whole config."""
        return fromstring(BASE.format(model=self.model, older=self.older))

    def packets(self) -> list[tuple[Packet, frozenset[str]]]:
        """Each packet with what may happen to it."""
        named = {"accept": self.passes, "drop": self.drops, "accept drop": self.either}
        return [
            (packet(each, self.traffic), frozenset(words.split()))
            for words, given in named.items()
            for each in given
        ]


def rules(*given: dict[str, str], inside: str = "") -> str:
    """The model's rules; each passes TCP over IPv4 in by wan, unless it says otherwise."""
    return (
        f"<Filter><rules>{''.join(map(_rule, range(len(given)), given))}</rules>{inside}</Filter>"
    )


def _rule(index: int, given: dict[str, str]) -> str:
    usual = {
        "enabled": "1",
        "sequence": str(index + 1),
        "action": "pass",
        "quick": "1",
        "interface": "wan",
        "direction": "in",
        "ipprotocol": "inet",
        "protocol": "TCP",
        "source_net": "any",
        "destination_net": "any",
    }
    uuid = f"{index:08x}-0000-4000-8000-000000000000"
    return f'<rule uuid="{uuid}">{_tags({**usual, **given})}</rule>'


def _tags(given: dict[str, str]) -> str:
    return "".join(f"<{tag}>{text}</{tag}>" for tag, text in given.items())


def older(*given: str) -> str:
    """`<filter>` with these rules; usually each passes TCP over IPv4 in by wan."""
    usual = {
        "type": "pass",
        "interface": "wan",
        "ipprotocol": "inet",
        "protocol": "tcp",
        "source": "<any/>",
        "destination": "<any/>",
    }
    made = []
    for text in given:
        rest = {tag: value for tag, value in usual.items() if f"<{tag}" not in text}
        made.append(f"<rule>{text}{_tags(rest)}</rule>".replace("<protocol/>", ""))
    return f"<filter>{''.join(made)}</filter>"


def aliases(*given: tuple[str, str, str]) -> str:
    """Aliases of the model: name, kind and content; `-` before a name switches it off."""
    made = [
        "<alias>"
        + _tags(
            {
                "enabled": "0" if name.startswith("-") else "1",
                "name": name.lstrip("-"),
                "type": kind,
                "content": "\n".join(content.split()),
            }
        )
        + "</alias>"
        for name, kind, content in given
    ]
    return f"<Alias><aliases>{''.join(made)}</aliases></Alias>"


def forward(given: dict[str, str], destination: str = "<network>wanip</network>") -> str:
    """`<nat>` with one port forward, of TCP port 443 of wan to 10.1.0.20."""
    usual = {
        "interface": "wan",
        "ipprotocol": "inet",
        "protocol": "tcp",
        "source": "<network>any</network>",
        "destination": f"{destination}<port>443</port>",
        "target": "10.1.0.20",
    }
    return f"<nat><rule>{_tags({**usual, **given})}</rule></nat>"
