"""Words that nft refuses where a rule set does not depend on them: each beside what nft takes."""

import json

import pytest

from flowmodel.source import InputError
from tests.parsers.nftables.samples import FILTER, NAT, export, text

_SOURCE = "nat hook postrouting priority 100"
_TABLE = "table inet t {\n chain c { type filter hook input priority 0; policy drop; }\n}\n"


def helper(words: str, rule: str = 'tcp dport 21 ct helper set "h"') -> str:
    return f"table inet t {{\n ct helper h {{\n {words}\n }}\n chain c {{\n {rule}\n }}\n}}"


def timed(flags: str, elements: str = "", rule: str = "accept") -> str:
    inside = f"set s {{ type ipv4_addr; {flags} {elements} }}\n chain c {{ {rule}; }}\n"
    return f"table ip t {{\n {inside} }}"


def keyed(kinds: str, flags: str, key: str) -> str:
    return f"table ip t {{\n set s {{ type {kinds}; {flags} elements = {{ {key} }}; }}\n}}"


# What nft takes, and what it refuses.
PAIRS = {
    "two translations": (
        text("masquerade", "ip", _SOURCE),
        text("masquerade masquerade", "ip", _SOURCE),
    ),
    "a counter behind one": (
        text("counter masquerade", "inet", _SOURCE),
        text("masquerade counter", "inet", _SOURCE),
    ),
    "two ports": (
        text("tcp dport 53 redirect to :53", "inet", NAT),
        text("tcp dport 53 redirect to :53 :53", "inet", NAT),
    ),
    "two ports behind an address": (
        text("tcp dport 53 dnat ip to 192.0.2.1:53", "inet", NAT),
        text("tcp dport 53 dnat ip to 192.0.2.1:53 :53", "inet", NAT),
    ),
    "an address of no family": (
        text("dnat ip to 192.0.2.1", "inet", NAT),
        text("dnat to 192.0.2.1", "inet", NAT),
    ),
    "an address of a family that is known": (
        text("meta nfproto ipv4 tcp dport 53 dnat to 192.0.2.1:53", "inet", NAT),
        text("tcp dport 53 dnat to 192.0.2.1:53", "inet", NAT),
    ),
    "an address of the family of a packet": (
        text("ip6 saddr vmap { 2001:db8::1 : return } dnat to 2001:db8::9", "inet", NAT),
        text("meta protocol ip6 dnat to 2001:db8::9", "inet", NAT),
    ),
    "an address of the other family": (
        text("ip6 saddr != 2001:db8::1 dnat to 2001:db8::9", "inet", NAT),
        text("meta nfproto != ipv4 dnat to 2001:db8::9", "inet", NAT),
    ),
    "an address of a map": (
        text("ip saddr 192.0.2.1 dnat to tcp dport map { 22 : 192.0.2.9 }", "inet", NAT),
        text("dnat to tcp dport map { 22 : 192.0.2.9 }", "inet", NAT),
    ),
    "a size of segments": (
        text("tcp option maxseg size set rt mtu", kind=FILTER),
        text("tcp option maxseg size set mtu", kind=FILTER),
    ),
    "a class": (text("meta priority set 1:2"), text("meta priority set high")),
    "events": (text("ct event set new,related"), text("ct event set new,often")),
    "an option": (text("reset tcp option sack-perm"), text("reset tcp option sackx9")),
    "a bare property": (text("meta nfproto ipv4 accept"), text("nfproto ipv4 accept")),
    "a bare property in a key": (
        text("ip saddr . meta l4proto { 192.0.2.1 . tcp } accept"),
        text("ip saddr . l4proto { 192.0.2.1 . tcp } accept"),
    ),
    "a helper": (helper('type "ftp" protocol tcp'), helper('type "" protocol tcp')),
    "a helper's words": (helper('type "ftp" protocol tcp'), helper('type "ftp ftp" protocol tcp')),
    "a helper's protocol": (helper('type "ftp" protocol tcp'), helper('type "ftp" protocol tp')),
    "a helper that is not there": (
        helper('type "ftp" protocol tcp'),
        helper('type "ftp" protocol tcp', 'tcp dport 21 ct helper set "g"'),
    ),
    "a comment of a set": (
        'table ip t { set s { type ipv4_addr; comment "a"; }\n}',
        'table ip t { set s { type ipv4_addr; comment "a"; comment "a"; }\n}',
    ),
    "a comment of a chain": (
        'table ip t { chain c { comment "a"; }\n}',
        'table ip t { chain c { comment "a"; comment "a"; }\n}',
    ),
    "a comment of a table": (
        'table ip t { comment "a"; }',
        'table ip t { comment "a"; comment "a"; }',
    ),
    "a comment of an object": (
        'table ip t { counter c { comment "a"; }\n}',
        'table ip t { counter c { comment "a"; comment "a"; }\n}',
    ),
    "a timeout of an entry": (
        timed("flags timeout;", "elements = { 192.0.2.1 timeout 1h };"),
        timed("", "elements = { 192.0.2.1 timeout 1h };"),
    ),
    "a timeout of an entry that a rule adds": (
        timed("flags dynamic,timeout;", rule="update @s { ip saddr timeout 1m }"),
        timed("flags dynamic;", rule="update @s { ip saddr timeout 1m }"),
    ),
    "a prefix in a part of a key": (
        keyed("ipv4_addr . inet_service", "flags interval;", "192.0.2.0/24 . 22"),
        keyed("ipv4_addr . inet_service", "", "192.0.2.0/24 . 22"),
    ),
    "a range in a part of a key": (
        keyed("ipv4_addr . inet_service", "flags interval;", "192.0.2.1 . 22-23"),
        keyed("ipv4_addr . inet_service", "", "192.0.2.1 . 22-23"),
    ),
    "the beginning of a name": (
        keyed("ifname", "flags interval;", '"eth*"'),
        keyed("ifname", "", '"eth*"'),
    ),
    "a name with a hyphen": (keyed("ifname", "", '"br-lan"'), keyed("ifname", "", '"br-*"')),
    "a property of a chain": (
        "table inet t\nadd chain inet t c { type filter hook input priority 0; policy drop; }",
        "table inet t\nadd chain inet t c { type filter hook input priority 0; policy drop;x9 }",
    ),
    "flush": (f"{_TABLE}flush table inet t", f"{_TABLE}flush inet t"),
    "flush with a word": (f"{_TABLE}flush table inet t", f"{_TABLE}flush table inet t t"),
    "flush ruleset": ("flush ruleset", "flush ruleset ruleset"),
    "flush a family": ("flush ruleset inet", "flush ruleset inet inet"),
    "insert": (f"{_TABLE}insert rule inet t c accept", f"{_TABLE}insert inet t c accept"),
    "add without rule": (f"{_TABLE}add inet t c accept", f"{_TABLE}create rule inet t c accept"),
    "rename": (f"{_TABLE}add chain inet t d", f"{_TABLE}rename rule inet t c accept"),
    "flush a rule": (f"{_TABLE}flush chain inet t c", f"{_TABLE}flush rule inet t c"),
    "flush an object": (
        f"{_TABLE}add counter inet t n\ndelete counter inet t n",
        f"{_TABLE}add counter inet t n\nflush counter inet t n",
    ),
    "elements": (
        f"{_TABLE}add set inet t s {{ type ipv4_addr; }}\nadd element inet t s {{ 192.0.2.1 }}",
        f"{_TABLE}add set inet t s {{ type ipv4_addr; }}\nadd element inet t s s {{ 192.0.2.1 }}",
    ),
    "delete": (f"{_TABLE}delete table inet t", f"{_TABLE}delete table inet t t"),
    "delete twice": (
        f"delete table inet t\n{_TABLE}delete table inet t",
        f"{_TABLE}delete table inet t\ndelete table inet t",
    ),
    "delete what is flushed": (
        f"flush ruleset\n{_TABLE}delete table inet t",
        "flush ruleset\ndelete table inet t",
    ),
}


@pytest.mark.parametrize(("taken", "_refused"), PAIRS.values(), ids=PAIRS)
def test_what_nft_takes_is_read(taken: str, _refused: str) -> None:
    assert export(taken).path


@pytest.mark.parametrize(("_taken", "refused"), PAIRS.values(), ids=PAIRS)
def test_what_nft_refuses_is_refused(_taken: str, refused: str) -> None:
    with pytest.raises(InputError):
        export(refused)


def test_rules_in_the_block_of_a_command_are_rules() -> None:
    found = export(
        "table inet t\n"
        "add chain inet t c { type filter hook input priority 0; policy drop; accept; }"
    )
    (rule,) = found.tables[0].chains["c"].rules
    assert rule.text.startswith("accept")


@pytest.mark.parametrize(("name", "protocol"), [("ftpx", "tcp"), ("ftp", "udp"), ("tftp", "tcp")])
def test_a_helper_that_the_kernel_does_not_have_is_remarked(name: str, protocol: str) -> None:
    found = export(helper(f'type "{name}" protocol {protocol}'))
    strange, announcing = found.gaps
    assert strange.message.startswith(f"`{name}` is no connection helper of the kernel's own")
    assert export(helper('type "ftp" protocol tcp')).gaps == (announcing,)


def in_json(*statements: object) -> str:
    rule = {"family": "ip", "table": "t", "chain": "c", "expr": statements}
    return json.dumps(
        {
            "nftables": [
                {"table": {"family": "ip", "name": "t"}},
                {"chain": {"family": "ip", "table": "t", "name": "c"}},
                {"rule": rule},
            ]
        }
    )


JSON = {
    "flags": ({"masquerade": {"flags": "random"}}, {"masquerade": {"flags": ""}}),
    "a family": (
        {"dnat": {"family": "ip", "addr": "192.0.2.1"}},
        {"dnat": {"family": "", "addr": "192.0.2.1"}},
    ),
    "what a limit is over": (
        {"limit": {"rate": 5, "per": "minute", "inv": True}},
        {"limit": {"rate": 5, "per": "minute", "inv": "yes"}},
    ),
    "a limit": ({"limit": {"rate": 5, "per": "minute"}}, {"limit": {"rate": 5}}),
}


@pytest.mark.parametrize(("taken", "strange"), JSON.values(), ids=JSON)
def test_json_that_nft_refuses_is_remarked(taken: object, strange: object) -> None:
    def lost(statement: object) -> bool:
        return any("not understood" in gap.message for gap in export(in_json(statement)).gaps)

    assert (lost(taken), lost(strange)) == (False, True)


def test_a_helper_in_json_needs_a_protocol() -> None:
    told = {"ct helper": {"family": "ip", "name": "h", "table": "t", "type": "ftp"}}
    table = {"table": {"family": "ip", "name": "t"}}
    whole = {"ct helper": told["ct helper"] | {"protocol": "tcp"}}
    assert export(json.dumps({"nftables": [table, whole]})).path
    with pytest.raises(InputError):
        export(json.dumps({"nftables": [table, told]}))
