"""When the instructions of nft do the same: each case beside one where they do not."""

import pytest

from tests.lost.drawn import kernel
from tests.lost.proofs.bytecode import differ_in_rules, is_same

CASES = {
    "the greatest there is": ("ip6 saddr & ::ff >= ::ff", "ip6 saddr & ::ff ::ff", True),
    "not the greatest": ("ip6 saddr & ::ff >= ::fe", "ip6 saddr & ::ff ::fe", False),
    "no more than nothing": ("meta mark & 15 <= 0", "meta mark & 15 0", True),
    "no more than one": ("meta mark & 15 <= 1", "meta mark & 15 1", False),
    "more than bits that are not asked": ("meta mark & 0xff00 > 0", "meta mark & 0xff00 > 9", True),
    "more than a bit that is asked": ("ct mark & 0xff00 > 0", "ct mark & 0xff00 > 256", False),
    "of an address": ("ip daddr & 0.0.255.0 > 0.0.0.9", "ip daddr & 0.0.255.0 != 0.0.0.0", True),
    "of many bits": ("meta mark & 0xffffff00 > 0", "meta mark & 0xffffff00 > 9", True),
    "of many other bits": ("meta mark & 0xffffff00 > 0", "meta mark & 0xfffffe00 > 0", False),
    "above bits out of order": (
        "meta mark & 0xf0f0f0f0 > 0x0f",
        "meta mark & 0xf0f0f0f0 > 7",
        True,
    ),
    "at bits out of order": ("ct mark & 0xf0f0f0f0 > 15", "ct mark & 0xf0f0f0f0 > 16", False),
    "of bits that cannot matter": (
        "ip daddr & 255.0.0.255 < 203.0.0.0",
        "ip daddr & 255.0.0.55 < 203.0.0.0",
        True,
    ),
    "of bits that matter": (
        "ip daddr & 255.0.0.255 < 203.0.0.9",
        "ip daddr & 255.0.0.55 < 203.0.0.9",
        False,
    ),
    "the last port": ("tcp dport >= 65535", "tcp dport 65535", True),
    "the last port but one": ("tcp dport >= 65534", "tcp dport 65534", False),
    "a range of one": ("udp sport != 53-53", "udp sport != 53", True),
    "a range of two": ("udp sport != 53-54", "udp sport != 53", False),
    "twice": ("tcp dport 22 tcp dport 22", "tcp dport 22", True),
    "another field": ("tcp dport 22", "tcp sport 22", False),
    "another set": ("tcp dport { 22, 23 }", "tcp dport { 22, 24 }", False),
    "another field beside one": (
        "tcp dport . ip saddr { 22 . 10.0.0.1 }",
        "tcp dport . ip daddr { 22 . 10.0.0.1 }",
        False,
    ),
    "before what another load overwrites": (
        "ip6 daddr & ::ff <= ::ff ct original ip6 saddr { fd00::1 }",
        "ip6 daddr & ::fe <= ::ff ct original ip6 saddr { fd00::1 }",
        True,
    ),
    "the other direction": (
        "ct original ip6 saddr { fd00::1 }",
        "ct reply ip6 saddr { fd00::1 }",
        False,
    ),
    "another mark": ("meta mark set ct mark & 15", "meta mark set ct mark & 7", False),
    "before a mark": ("meta mark 1 meta mark set 2", "meta mark set 2 meta mark 1", False),
    "another family": ("meta nfproto ipv4", "meta nfproto ipv6", False),
    "a rule less": ("tcp dport 22 accept; tcp dport 22", "tcp dport 22", False),
    "beside an interface": ('iif "eth1" ct mark & 240 > 0', 'iif "eth1" ct mark & 240 > 9', True),
    "another interface": ('iif "eth1" accept', 'iif "eth0" accept', False),
    "what nft refuses": ("tcp dport 22", "tcp dprt 22", False),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_rules_do_the_same(before: str, after: str, expected: bool) -> None:
    if kernel() is None:
        pytest.skip("no kernel to ask")
    texts = [
        f"table inet t {{ chain k {{ type filter hook input priority 0; {each} accept; }}; }}"
        for each in (before, after)
    ]
    assert is_same(*texts) is expected


LISTED = """\
table inet t {
\tset s {
\t\ttype inet_service
\t\telements = { 22 }
\t}

\tlimit l {
\t\trate 1/second
\t}

\tchain k {
\t\ttype filter hook input priority filter; policy drop;
\t\ttcp dport 22 accept
\t}
}
"""
CHANGED = {
    "a rule": ("dport 22", "dport 23", True),
    "a rule less": ("\t\ttcp dport 22 accept\n", "", False),
    "a policy": ("policy drop", "policy accept", False),
    "a priority": ("priority filter", "priority raw", False),
    "a chain": ("chain k", "chain l", False),
    "an element": ("{ 22 }", "{ 23 }", False),
    "a limit": ("1/second", "2/second", False),
    "a table": ("inet", "ip", False),
}


@pytest.mark.parametrize(("word", "put", "expected"), CHANGED.values(), ids=CHANGED)
def test_instructions_are_asked_about_rules(word: str, put: str, expected: bool) -> None:
    assert differ_in_rules(LISTED, LISTED.replace(word, put, 1)) is expected
