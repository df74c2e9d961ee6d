"""Packets of the account made by hand, with the verdict that the documentation gives each."""

from ipaddress import ip_address
from typing import NamedTuple

from flowmodel.fields import ACK, ESTABLISHED, NEW, REPLY, SYN
from flowmodel.packet import Packet
from tests.oracles.aws.answers import Answer
from tests.oracles.aws.evaluate import Way

_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "esp": 50}


class Verdict(NamedTuple):
    """What becomes of a packet at an interface, and why."""

    at: str
    way: Way
    packet: Packet
    answer: Answer
    because: str


def packet(text: str) -> Packet:
    """`tcp 198.51.100.1:40000 > 10.0.1.10:443`, `icmp 10.0.0.1 > 10.0.1.10 8/0`, `reply tcp …`."""
    words = text.split()
    is_reply = words[0] == "reply"
    name, left, _, right, *rest = words[1:] if is_reply else words
    kind, code = (int(each) for each in rest[0].split("/")) if rest else (0, 0)
    (src, sport), (dst, dport) = _end(left), _end(right)
    return Packet(
        4 if ip_address(src).version == 4 else 6,
        int(ip_address(src)),
        int(ip_address(dst)),
        _PROTOCOLS[name],
        sport,
        dport,
        kind,
        code,
        ACK if is_reply else SYN,
        state=ESTABLISHED if is_reply else NEW,
        ct_dir=REPLY if is_reply else 0,
    )


def _end(text: str) -> tuple[str, int]:
    if text.startswith("["):
        address, _, port = text[1:].partition("]:")
        return address, int(port)
    if text.count(":") == 1:
        address, _, port = text.partition(":")
        return address, int(port)
    return text, 0


_TABLE: tuple[tuple[str, Way, str, Answer, str], ...] = (
    ("web", "input", "tcp 198.51.100.99:40000 > 10.0.1.10:443", True, "group and ACL permit it"),
    ("web", "input", "tcp 198.51.100.99:40000 > 10.0.1.10:442", False, "no rule of the group"),
    ("web", "input", "udp 198.51.100.99:40000 > 10.0.1.10:443", False, "another protocol"),
    ("web", "input", "tcp 203.0.113.8:40000 > 10.0.1.10:443", False, "ACL entry 100 is before 200"),
    ("web", "input", "tcp 203.0.113.7:40000 > 10.0.1.10:443", False, "entry 90 is for port 22"),
    ("web", "input", "tcp 203.0.113.7:40000 > 10.0.1.10:22", True, "entry 90 is before 100"),
    ("web", "input", "tcp 198.51.100.15:40000 > 10.0.1.10:22", True, "the list's last address"),
    ("web", "input", "tcp 198.51.100.16:40000 > 10.0.1.10:22", False, "not in the prefix list"),
    ("web", "input", "icmp 10.9.9.9 > 10.0.1.10 8/7", True, "ToPort -1 is any code"),
    ("web", "input", "icmp 10.9.9.9 > 10.0.1.10 0/0", False, "FromPort is the type"),
    ("web", "input", "esp 192.0.2.1 > 10.0.1.10", True, "ports of protocol 50 say nothing"),
    ("web", "input", "tcp [2001:db8:7::1]:40000 > [2001:db8:1:1::10]:443", True, "both have rules"),
    ("web", "input", "icmpv6 2001:db8:7::1 > 2001:db8:1:1::10 128/0", True, "no type is any type"),
    (
        "web",
        "input",
        "icmpv6 2001:db8:7::1 > 2001:db8:1:1::10 135/0",
        False,
        "the ACL has 128 only",
    ),
    ("web", "input", "icmpv6 2001:db8:1:1::9 > 2001:db8:1:1::10 135/0", True, "within the subnet"),
    ("web", "output", "tcp 10.0.1.10:40000 > 10.0.2.20:5432", True, "the interface of sg-0db"),
    ("web", "output", "tcp 10.0.1.10:40000 > 10.0.2.21:5432", False, "no interface of sg-0db"),
    (
        "web",
        "output",
        "tcp [2001:db8:1:1::10]:40000 > [2001:db8:1:2::20]:5432",
        False,
        "the group permits it, no entry of the ACL for IPv6 does",
    ),
    ("web", "output", "tcp 10.0.1.10:40000 > 52.0.0.1:443", False, "the ACL begins at port 1024"),
    ("web", "output", "tcp 10.0.1.10:40000 > 10.0.1.99:443", None, "the list is not exported"),
    ("web", "output", "reply tcp 10.0.1.10:443 > 198.51.100.9:40000", True, "groups are stateful"),
    ("web", "output", "reply tcp 10.0.1.10:443 > 198.51.100.9:1023", False, "ACLs are not"),
    ("web", "output", "reply tcp 10.0.1.10:443 > 10.0.1.9:1023", True, "within the subnet"),
    ("web", "input", "reply tcp 10.0.2.20:5432 > 10.0.1.10:40000", True, "entry 200 permits it"),
    ("db", "input", "tcp 10.0.1.10:40000 > 10.0.2.20:5432", True, "a member of sg-0web"),
    ("db", "input", "tcp 10.0.1.30:40000 > 10.0.2.20:5432", True, "it has two groups"),
    ("db", "input", "tcp 10.0.1.11:40000 > 10.0.2.20:5432", False, "no member"),
    ("db", "input", "tcp 10.0.1.10:40000 > 10.0.2.20:5433", None, "a partner's group"),
    ("db", "input", "tcp 10.0.2.20:40000 > 10.0.2.20:9", True, "a group that names itself"),
    ("db", "output", "tcp 10.0.2.20:40000 > 10.0.1.10:443", False, "no egress rules, no egress"),
    ("db", "output", "reply tcp 10.0.2.20:5432 > 10.0.1.10:32768", True, "both permit it"),
    ("db", "output", "reply tcp 10.0.2.20:5432 > 10.0.1.10:32767", False, "below the ACL's ports"),
    ("db", "output", "reply tcp 10.0.2.20:5432 > 10.0.2.9:22", True, "within the subnet"),
    ("admin", "input", "tcp 198.51.100.99:40000 > 10.0.1.30:443", True, "the rules of sg-0web"),
    ("admin", "input", "tcp 198.51.100.99:40000 > 10.0.1.30:80", False, "sg-0admin has no rules"),
)

VERDICTS = tuple(
    Verdict(f"eni-0{at}", way, packet(text), answer, because)
    for at, way, text, answer, because in _TABLE
)
