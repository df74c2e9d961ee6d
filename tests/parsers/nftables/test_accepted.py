"""Rules of every kind that nft takes: each is read, or what of it is not read is said."""

from pathlib import Path

import pytest

from flowmodel.match import Condition, Unread, Volatile, leaves
from flowmodel.verdict import Unknown
from tests.parsers.nftables.samples import export, nft_accepts

OBJECTS = """\
  counter c1 { }
  counter c2 { }
  quota q1 { 100 mbytes }
  limit l1 { rate 10/second; }
  synproxy s1 { mss 1460; wscale 7; }
  ct helper h1 { type "ftp" protocol tcp; }
  set s1 { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 11.0.0.1 }; }
  set s2 { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 22 }; }
  set dyn { type ipv4_addr; flags dynamic,timeout; timeout 1m; size 100; }
  map dynmap { type ipv4_addr : inet_service; flags dynamic; size 100; }
  map nat1 { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 10.0.0.2 }; }
  map m1 { type inet_service : verdict; elements = { 22 : accept, 80 : jump other }; }
  chain other { }
"""
FILTER = Path(__file__).with_name("accepted.txt").read_text(encoding="utf-8")
DESTINATION = """\
dnat ip to 10.0.0.1
tcp dport 80 dnat ip to 10.0.0.1-10.0.0.5:8000-8080
dnat ip to ip saddr map { 10.0.0.1 : 10.0.1.1, 10.0.0.2 : 10.0.1.2 }
dnat ip addr . port to ip saddr . tcp dport map { 10.0.0.1 . 80 : 10.0.1.1 . 8080 }
dnat ip to ip saddr . tcp dport map { 10.0.0.1 . 80 : 10.0.1.1 . 8080 }
dnat ip to numgen inc mod 2 map { 0 : 10.0.0.1, 1 : 10.0.0.2 }
dnat ip prefix to 10.0.0.0/24
dnat ip prefix to ip daddr map { 192.168.1.0/24 : 10.0.1.0/24 }
dnat ip6 to fe80::1
tcp dport 80 dnat ip6 to [2001:db8::1]:80
dnat ip to ip saddr map @nat1
redirect
tcp dport 22 redirect to :2222
tcp dport 22 redirect to 2222
udp dport 53 redirect to :53 random
tcp dport 22 redirect to :2000-3000
"""
SOURCE = """\
snat ip to 10.0.0.1-10.0.0.9
snat ip to 10.0.0.1 fully-random,persistent
snat ip to ip saddr map { 10.0.0.1 : 192.0.2.1, 10.0.1.0/24 : 192.0.2.2 }
snat ip prefix to ip saddr map { 10.141.11.0/24 : 192.168.2.0/24 }
snat ip to ip saddr . tcp sport map { 10.0.0.1 . 80 : 192.0.2.1 . 100 }
snat ip6 to 2001:db8::1
masquerade
masquerade random
masquerade fully-random
masquerade persistent
tcp dport 80 masquerade to :1024-65535
udp dport 80 masquerade to :1024-65535 random
ip saddr 10.0.0.0/8 masquerade
meta nfproto ipv4 masquerade
"""
KINDS = {
    "filter hook prerouting priority 0": FILTER,
    "nat hook prerouting priority -100": DESTINATION,
    "nat hook postrouting priority 100": SOURCE,
}
RULES = [(kind, rule) for kind, rules in KINDS.items() for rule in rules.splitlines()]


def content(kind: str, *rules: str) -> str:
    """A table with a chain for each rule."""
    chains = [
        f"  chain c{number} {{\n    type {kind};\n    {rule}\n  }}"
        for number, rule in enumerate(rules)
    ]
    return "\n".join(["table inet t {", OBJECTS, *chains, "}", ""])


@pytest.mark.parametrize(("kind", "rules"), KINDS.items(), ids=lambda value: value.split("\n")[0])
@pytest.mark.usefixtures("nft")
def test_nft_takes_these_rules(kind: str, rules: str) -> None:
    assert nft_accepts(content(kind, *rules.splitlines()))


@pytest.mark.parametrize(("kind", "rule"), RULES, ids=[rule for _, rule in RULES])
def test_a_rule_is_read_or_said_to_be_unread(kind: str, rule: str) -> None:
    ruleset = export(content(kind, rule))
    chains = ruleset.tables[0].chains
    rules = [each for name, chain in chains.items() if name != "other" for each in chain.rules]
    is_open = any(
        isinstance(each.verdict, Unknown) or any(map(_is_open, each.match)) for each in rules
    )

    assert rules
    assert is_open == bool(ruleset.gaps) or rule.startswith(SILENT)


# A packet without the option or the header goes on: what follows is unread, and nothing follows.
# A helper is remarked for the connections that it lets in, not for the packets of the rule.
SILENT = (
    "ct helper set",
    "tcp option maxseg size set",
    "tcp flags syn tcp option",
    "ct zone set",
    "ct original zone",
)


def _is_open(condition: Condition) -> bool:
    return any(isinstance(each, Unread | Volatile) for each in leaves((condition,)))
