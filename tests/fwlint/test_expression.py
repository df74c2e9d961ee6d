"""Packets as an expression: what it says, and where it is not understood."""

from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel import fields
from flowmodel.source import InputError
from fwlint.packets import parse_expression
from linter.report.errors import render_error


def _told(text: str) -> dict[str, Any]:
    packet = parse_expression(text)
    named = ("family", "proto", "sport", "dport", "icmp_type", "icmp_code", "tcp_flags", "state")
    return {name: getattr(packet, name) for name in named} | {
        "src": str(ip_address(packet.src) if packet.family == 4 else _six(packet.src)),
        "dst": str(ip_address(packet.dst) if packet.family == 4 else _six(packet.dst)),
        "in": packet.in_name,
        "out": packet.out_name,
        "mark": packet.mark,
    }


def _six(value: int) -> object:
    from ipaddress import IPv6Address

    return IPv6Address(value)


_PLAIN = {
    "family": 4,
    "proto": fields.TCP,
    "src": "198.51.100.7",
    "dst": "192.0.2.10",
    "sport": 40000,
    "dport": 443,
    "icmp_type": 0,
    "icmp_code": 0,
    "tcp_flags": fields.SYN,
    "state": fields.NEW,
    "in": None,
    "out": None,
    "mark": 0,
}
_SIX = {**_PLAIN, "family": 6, "src": "2001:db8::7", "dst": "2001:db8::10"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp 198.51.100.7:40000 > 192.0.2.10:443", _PLAIN),
        ("  TCP 198.51.100.7 > 192.0.2.10:443", _PLAIN),
        ("6 198.51.100.7>192.0.2.10:443", _PLAIN),
        ("tcp 198.51.100.7:9 > 192.0.2.10:0", {**_PLAIN, "sport": 9, "dport": 0}),
        (
            "udp 198.51.100.7 > 192.0.2.10:53",
            {**_PLAIN, "proto": fields.UDP, "dport": 53, "tcp_flags": 0},
        ),
        (
            "icmp 198.51.100.7 > 192.0.2.10",
            {**_PLAIN, "proto": 1, "sport": 0, "dport": 0, "icmp_type": 8, "tcp_flags": 0},
        ),
        (
            "icmp 198.51.100.7 > 192.0.2.10 type 13 code 2",
            {
                **_PLAIN,
                "proto": 1,
                "sport": 0,
                "dport": 0,
                "icmp_type": 13,
                "icmp_code": 2,
                "tcp_flags": 0,
            },
        ),
        (
            "tcp 198.51.100.7 > 192.0.2.10:443 out eth1 in eth0.5 mark 9",
            {**_PLAIN, "in": "eth0.5", "out": "eth1", "mark": 9},
        ),
        (
            "tcp 198.51.100.7 > 192.0.2.10:443 state established flags psh,ack",
            {**_PLAIN, "state": fields.ESTABLISHED, "tcp_flags": fields.PSH | fields.ACK},
        ),
        ("tcp [2001:db8::7]:40000 > [2001:db8::10]:443", _SIX),
        ("tcp 2001:db8::7 > [2001:db8::10]:443", _SIX),
        (
            "gre 2001:db8::7 > 2001:db8::10",
            {**_SIX, "proto": 47, "sport": 0, "dport": 0, "tcp_flags": 0},
        ),
    ],
)
def test_an_expression_says_what_the_packet_is(text: str, expected: dict[str, Any]) -> None:
    assert _told(text) == expected


_HOW = "unexpected text; write the packet as in `tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "tcp 198.51.100.7:40000 192.0.2.10",
            f"packet:1:24: {_HOW}\n  tcp 198.51.100.7:40000 192.0.2.10\n                         ^",
        ),
        (
            "tcp 198.51.100.7 > 192.0.2.10:https",
            (
                f"packet:1:30: {_HOW}\n"
                "  tcp 198.51.100.7 > 192.0.2.10:https\n"
                "                               ^"
            ),
        ),
        (
            "198.51.100.7 > 192.0.2.10",
            f"packet:1:1: {_HOW}\n  198.51.100.7 > 192.0.2.10\n  ^",
        ),
        (
            "tcp 198.51.100.7 >",
            (
                "packet:1:19: the packet is incomplete; write the packet as in "
                "`tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0`\n"
                "  tcp 198.51.100.7 >\n"
                "                    ^"
            ),
        ),
        (
            "tcp\t198.51.100.7 > 192.0.2.10:https",
            (
                f"packet:1:30: {_HOW}\n"
                "  tcp→   198.51.100.7 > 192.0.2.10:https\n"
                "                                  ^"
            ),
        ),
        ("tcp 198.51.100.7\n> 192.0.2.10:https", f"packet:1:30: {_HOW}"),
        (
            "icmp 198.51.100.7 > 192.0.2.10 type 3 type 4",
            (
                "packet:1:1: `type` is given twice\n"
                "  icmp 198.51.100.7 > 192.0.2.10 type 3 type 4\n"
                "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
            ),
        ),
        (
            "tcp 198.51.100.7 > 192.0.2.10 via eth0",
            (
                f"packet:1:31: {_HOW}\n"
                "  tcp 198.51.100.7 > 192.0.2.10 via eth0\n"
                "                                ^"
            ),
        ),
        (
            "tcp 198.51.100.7 > 192.0.2.10 in eth0 in eth1",
            (
                "packet:1:1: `in` is given twice\n"
                "  tcp 198.51.100.7 > 192.0.2.10 in eth0 in eth1\n"
                "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
            ),
        ),
        (
            "tcp 198.51.100.700 > 192.0.2.10",
            (
                "packet:1:1: src: '198.51.100.700' is not an IPv4 address\n"
                "  tcp 198.51.100.700 > 192.0.2.10\n"
                "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
            ),
        ),
        (
            "tcp 198.51.100.7:70000 > 192.0.2.10",
            (
                "packet:1:1: sport: 70000 is not a whole number from 0 to 65535\n"
                "  tcp 198.51.100.7:70000 > 192.0.2.10\n"
                "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
            ),
        ),
        (
            "tpc 198.51.100.7 > 192.0.2.10",
            (
                'packet:1:1: proto: "tpc" is not a known protocol name or a number from 0 to 255\n'
                "  tpc 198.51.100.7 > 192.0.2.10\n"
                "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
            ),
        ),
    ],
)
def test_an_expression_that_is_not_understood_is_shown_with_its_place(
    text: str, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_expression(text)

    assert render_error(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp 192.0.2.1 > 192.0.2.2", "`192.0.2.2:PORT`"),
        ("udp 192.0.2.1:53 > 192.0.2.2 state established", "`192.0.2.2:PORT`"),
        ("132 2001:db8::7 > 2001:db8::10", "`[2001:db8::10]:PORT`"),
    ],
)
def test_a_port_that_is_missing_is_asked_for(text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_expression(text)

    message = f"the port that the packet goes to is missing: write {expected}"
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("icmp 192.0.2.1 > 192.0.2.2:22", "the protocol icmp has no ports"),
        ("47 192.0.2.1:1 > 192.0.2.2", "the protocol 47 has no ports"),
        ("udp 192.0.2.1 > 192.0.2.2:22 flags syn", "the protocol udp has no flags"),
        ("tcp 192.0.2.1 > 192.0.2.2:22 type 8", "the protocol tcp has no types and codes"),
    ],
)
def test_what_the_protocol_does_not_have_is_not_dropped(text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_expression(text)

    assert caught.value.message == expected


@given(st.text(max_size=60) | st.from_regex(r"tcp 1\.2\.3\.4:?\d* > .{0,30}", fullmatch=True))
def test_any_text_is_a_packet_or_an_error(text: str) -> None:
    with suppress(InputError):
        assert parse_expression(text).family in (4, 6)
