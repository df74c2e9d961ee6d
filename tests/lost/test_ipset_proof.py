"""When two listings of ipset hold the same packets: each case beside one that does not."""

import pytest

from tests.lost.proofs.ipset import is_same, names_same

_NET = "create s hash:net family inet\n"
_IFACE = "create s hash:net,iface family inet\n"
_TWO = "add s 10.0.0.0/8,eth0\nadd s 10.0.0.0/24,wan\n"
_LIST = "create a hash:net family inet\ncreate b hash:ip family inet\ncreate both list:set\n"
_WIDE, _INNER = "add s 10.0.0.0/8\n", "add s 10.0.0.0/24\n"

CASES = {
    "within another": (_NET + _WIDE + _INNER, _NET + _WIDE, True),
    "beside another": (_NET + _WIDE + "add s 192.0.2.1\n", _NET + _WIDE, False),
    "taken out of another": (_NET + _WIDE + "add s 10.0.0.0/24 nomatch\n", _NET + _WIDE, False),
    "taken out of nothing": (_NET + _INNER + "add s 10.0.0.0/8 nomatch\n", _NET + _INNER, True),
    "put back": (_NET + _WIDE + "add s 10.0.0.0/16 nomatch\n" + _INNER, _NET + _WIDE, False),
    "gone after a time": (_NET + "add s 10.0.0.0/8 timeout 9\n" + _INNER, _NET + _INNER, False),
    "gone within another": (_NET + _WIDE + "add s 10.0.0.1 timeout 9\n", _NET + _WIDE, True),
    "taken out for a time": (
        _NET + _WIDE + "add s 10.0.0.1 timeout 9 nomatch\n",
        _NET + _WIDE,
        False,
    ),
    "of another interface": (
        f"{_IFACE}add s 10.0.0.0/8,eth0\nadd s 10.0.0.0/24,eth1 nomatch\n",
        f"{_IFACE}add s 10.0.0.0/8,eth0\n",
        False,
    ),
    "of another interface with a network as long": (
        f"{_IFACE}{_TWO}add s 10.0.0.0/24,eth0 nomatch\n",
        f"{_IFACE}{_TWO}",
        True,
    ),
    "of another interface, taken out for a time": (
        f"{_IFACE}add s 10.0.0.0/8,eth0 timeout 9\nadd s 192.0.2.1,eth0 timeout 9 nomatch\n",
        f"{_IFACE}add s 10.0.0.0/8,eth0 timeout 9\n",
        True,
    ),
    "in the way of another interface for a time": (
        f"{_IFACE}add s 10.0.0.0/8,eth0\nadd s 10.0.0.0/24,eth1 timeout 9 nomatch\n",
        f"{_IFACE}add s 10.0.0.0/8,eth0\n",
        False,
    ),
    "in the way of another one that lapses": (
        f"{_IFACE}add s 10.0.0.0/8,eth0 timeout 9\nadd s 10.0.0.0/24,eth1 timeout 9 nomatch\n",
        f"{_IFACE}add s 10.0.0.0/8,eth0 timeout 9\n",
        True,
    ),
    "put in before another one that lapses": (
        f"{_IFACE}add s 10.0.0.0/8,eth0 timeout 9 nomatch\nadd s 10.0.0.0/24,eth0 timeout 9\n",
        f"{_IFACE}add s 10.0.0.0/24,eth0 timeout 9\n",
        True,
    ),
    "of the same interface": (
        f"{_IFACE}add s 10.0.0.0/8,eth0\nadd s 10.0.0.0/24,eth0 nomatch\n",
        f"{_IFACE}add s 10.0.0.0/8,eth0\n",
        False,
    ),
    "a set within another of the list": (
        f"{_LIST}add a 10.0.0.0/8\nadd b 10.0.0.1\nadd both a\nadd both b\n",
        f"{_LIST}add a 10.0.0.0/8\nadd b 10.0.0.1\nadd both a\n",
        True,
    ),
    "a set beside another of the list": (
        f"{_LIST}add a 10.0.0.0/8\nadd b 192.0.2.1\nadd both a\nadd both b\n",
        f"{_LIST}add a 10.0.0.0/8\nadd b 192.0.2.1\nadd both a\n",
        False,
    ),
    "another rule": (_NET + _WIDE + "-A INPUT -j DROP\n", _NET + _WIDE, False),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_sets_hold_the_same(before: str, after: str, expected: bool) -> None:
    assert is_same(before, after) is expected


_THREE = """\
create a hash:net family inet
create b hash:ip family inet
create c hash:net family inet
add a 10.0.0.0/8
add a 10.0.0.1
add b 10.0.0.1
add c 10.0.0.0/8
"""
_ASKED = {
    "one within the other": (_THREE, "a", "c", True),
    "one beside the other": (_THREE, "a", "b", False),
    "an address more": (
        _LIST + "add a 10.0.0.1\nadd a 10.0.0.2\nadd b 10.0.0.1\n",
        "a",
        "b",
        False,
    ),
    "of another type": (_LIST + "add a 10.0.0.1\nadd b 10.0.0.1\n", "a", "b", True),
    "other parts": (
        "create a hash:ip,port\nadd a 10.0.0.1,tcp:22\ncreate b hash:ip\nadd b 10.0.0.1\n",
        "a",
        "b",
        False,
    ),
    "with a mask": (
        "create a hash:ip netmask 24\nadd a 10.0.0.0\ncreate b hash:ip\nadd b 10.0.0.0\n",
        "a",
        "b",
        False,
    ),
}


@pytest.mark.parametrize(("sets", "one", "other", "expected"), _ASKED.values(), ids=_ASKED)
def test_rules_ask_for_the_same(sets: str, one: str, other: str, expected: bool) -> None:
    rule = "-A INPUT -m set --match-set {} src -j ACCEPT\n"

    assert names_same(sets + rule.format(one), sets + rule.format(other)) is expected
    assert not names_same(sets + rule.format(one), sets + rule.format(one).replace("src", "dst"))
