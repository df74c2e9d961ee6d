"""Packets as JSON lines: defaults, names, errors; and no text that makes it fall over."""

import io
import json
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel import fields
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.source import InputError
from fwlint.packets import read_packets
from linter.report.errors import render_error

_SRC, _DST = int(ip_address("198.51.100.7")), int(ip_address("192.0.2.10"))
_ENDS = {"src": "198.51.100.7", "dst": "192.0.2.10", "dport": 443}
_ENDS6 = {"src": "2001:db8::7", "dst": "2001:db8::10", "dport": 443}
_DEFAULT = Packet(
    family=4,
    src=_SRC,
    dst=_DST,
    proto=fields.TCP,
    sport=40000,
    dport=443,
    tcp_flags=fields.SYN,
    in_name=None,
    out_name=None,
    state=fields.NEW,
)
_SIX = replace(
    _DEFAULT, family=6, src=int(ip_address("2001:db8::7")), dst=int(ip_address("2001:db8::10"))
)
_UDP = replace(_DEFAULT, proto=fields.UDP, tcp_flags=0)
_PING = replace(_DEFAULT, proto=fields.ICMP, tcp_flags=0, sport=0, dport=0, icmp_type=8)


def _read(text: str | bytes) -> list[Packet]:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return list(read_packets(io.BytesIO(data), "packets.jsonl"))


def _one(**given_: Any) -> Packet:
    (packet,) = _read(json.dumps(given_))
    return packet


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param(_ENDS, _DEFAULT, id="only the ends"),
        pytest.param(_ENDS6, _SIX, id="the family is that of the source"),
        pytest.param({**_ENDS, "proto": "UDP"}, _UDP, id="a name in capitals"),
        pytest.param({**_ENDS, "proto": 17}, _UDP, id="a number"),
        pytest.param({**_ENDS, "proto": "17"}, _UDP, id="a number as text"),
        pytest.param({**_ENDS, "proto": "icmp"}, _PING, id="an echo request"),
        pytest.param(
            {**_ENDS6, "proto": "icmp"},
            replace(_SIX, proto=58, tcp_flags=0, sport=0, dport=0, icmp_type=128),
            id="an echo request of IPv6",
        ),
        pytest.param(
            {**_ENDS, "proto": "icmp", "icmp_type": 3, "icmp_code": 1},
            replace(_PING, icmp_type=3, icmp_code=1, state=fields.INVALID),
            id="an error about nothing is invalid",
        ),
        pytest.param(
            {**_ENDS, "tcp_flags": "syn,ack"},
            replace(_DEFAULT, tcp_flags=0x12, state=fields.INVALID),
            id="an answer to nothing is invalid",
        ),
        pytest.param(
            {**_ENDS, "tcp_flags": "SYN ece|cwr"}, replace(_DEFAULT, tcp_flags=0xC2), id="flags"
        ),
        pytest.param({**_ENDS, "tcp_flags": 2}, _DEFAULT, id="flags as the header's byte"),
        pytest.param(
            {**_ENDS, "state": "established"},
            replace(_DEFAULT, state=fields.ESTABLISHED, tcp_flags=fields.ACK),
            id="established packets have an ACK",
        ),
        pytest.param(
            {**_ENDS, "in": "eth0", "out": "eth1", "mark": 7, "ct_dir": "reply"},
            replace(_DEFAULT, in_name="eth0", out_name="eth1", mark=7, ct_dir=1),
            id="what surrounds it",
        ),
        pytest.param({**_ENDS, "mark": None, "sport": None}, _DEFAULT, id="null is absent"),
        pytest.param(
            {**_ENDS, "proto": "gre", "sport": 1, "tcp_flags": "syn", "icmp_type": 3},
            replace(_DEFAULT, proto=47, sport=0, dport=0, tcp_flags=0),
            id="what the protocol does not have is ignored",
        ),
    ],
)
def test_a_packet_has_what_it_says_and_else_the_defaults(
    given_: dict[str, Any], expected: Packet
) -> None:
    assert _one(**given_) == expected


def test_all_fields_of_the_manual_can_stand_together() -> None:
    packet = _one(
        family=4,
        src="198.51.100.7",
        dst="192.0.2.10",
        proto="tcp",
        sport=1,
        dport=2,
        **{"in": "eth0"},
        out="eth1",
        state="new",
        icmp_type=8,
        icmp_code=0,
        tcp_flags="syn",
    )

    assert packet == replace(_DEFAULT, sport=1, dport=2, in_name="eth0", out_name="eth1")


def test_empty_lines_and_windows_line_ends_are_no_packets() -> None:
    line = json.dumps(_ENDS)

    assert _read(f"\ufeff{line}\r\n\r\n  \n{line}") == [_DEFAULT, _DEFAULT]


@pytest.mark.parametrize("text", ["", "\n\r\n  \n"])
def test_a_file_without_a_packet_is_an_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(text)

    assert caught.value.message == (
        "has no packets: the command that was to write them may have failed"
    )


@pytest.mark.parametrize("proto", ["tcp", "udp", "sctp", "dccp", "udplite", None, 17])
@pytest.mark.parametrize("more", [{}, {"dport": None}])
def test_a_port_that_nobody_named_is_no_port_0(
    proto: str | int | None, more: dict[str, None]
) -> None:
    ends = {key: value for key, value in _ENDS.items() if key != "dport"}
    with pytest.raises(InputError) as caught:
        _one(**ends, **more, proto=proto)

    assert caught.value.message == "dport: the port that the packet goes to is required"
    assert _one(**{**_ENDS, "dport": 0}).dport == 0
    assert _one(**ends, proto="gre").dport == 0


_FIELDS = (
    "ct_dir, dport, dst, family, icmp_code, icmp_type, in, mark, out, pkt_type, proto, sport,"
    " src, state, tcp_flags"
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[]", "a packet must be a JSON object"),
        ('"tcp"', "a packet must be a JSON object"),
        ('{"source": "1.2.3.4"}', f"unknown field 'source'; expected one of {_FIELDS}"),
        ('{"src": "1.2.3.4"}', "dst: an address is required"),
        ('{"src": 5, "dst": "1.2.3.4"}', "src: an address is required"),
        ('{"src": "1.2.3.4", "dst": "::1"}', "dst: '::1' is not an IPv4 address"),
        ('{"src": "1.2.3.4/24", "dst": "1.2.3.4"}', "src: '1.2.3.4/24' is not an IPv4 address"),
        ('{"src": "1.2.3.4", "src": "1.2.3.5"}', "duplicate field 'src'"),
        ('{"family": 5}', "family: must be 4 or 6"),
        ('{"family": true}', "family: must be 4 or 6"),
        ('{"family": [4]}', "family: must be 4 or 6"),
        ('{"mark": NaN}', "NaN is not a valid number for a packet field"),
        ('{"mark": -Infinity}', "-Infinity is not a valid number for a packet field"),
        ('{"mark": 1.0}', "1.0 is not a valid number for a packet field"),
        ('{"mark": 1e9}', "1e9 is not a valid number for a packet field"),
        ('{"mark": ' + "9" * 5000 + "}", "9" * 20 + " is not a valid number for a packet field"),
        ("[" * 9000, "too deeply nested"),
        ('{"src":' * 1400, "too deeply nested"),
        ("[" + " " * 10_000 + "]", "the line is longer than 10,000 bytes"),
    ],
)
def test_a_line_that_is_no_packet_is_an_error_with_its_place(line: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(f"\n{line}\n")

    assert caught.value.message == message
    assert (caught.value.span.path, caught.value.span.line) == ("packets.jsonl", 2)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("proto", "tpc", '"tpc" is not a known protocol name or a number from 0 to 255'),
        ("proto", 256, "256 is not a known protocol name or a number from 0 to 255"),
        ("proto", True, "true is not a known protocol name or a number from 0 to 255"),
        (
            "proto",
            "9" * 4000,
            '"' + "9" * 49 + " is not a known protocol name or a number from 0 to 255",
        ),
        ("sport", 65536, "65536 is not a whole number from 0 to 65535"),
        ("sport", -1, "-1 is not a whole number from 0 to 65535"),
        ("dport", "80", '"80" is not a whole number from 0 to 65535'),
        ("dport", True, "true is not a whole number from 0 to 65535"),
        ("icmp_type", 256, "256 is not a whole number from 0 to 255"),
        ("mark", 1 << 32, "4294967296 is not a whole number from 0 to 4294967295"),
        ("state", "open", '"open" is not one of new, established, related, invalid, untracked'),
        ("state", ["new"], '["new"] is not one of new, established, related, invalid, untracked'),
        ("ct_dir", 1, "1 is not one of original, reply"),
        ("tcp_flags", "sin", "'sin' is not one of fin, syn, rst, psh, ack, urg, ece, cwr, none"),
        ("tcp_flags", 256, "must be names such as `syn,ack`, or a number from 0 to 255"),
        ("in", 5, "an interface name must be a string"),
    ],
)
def test_a_value_that_a_field_cannot_have_is_named(field: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        _one(**{**_ENDS, field: value})

    assert caught.value.message == f"{field}: {message}"


def test_bad_json_is_shown_with_a_caret_where_it_ends() -> None:
    with pytest.raises(InputError) as caught:
        _read('{"src": }')

    assert render_error(caught.value) == (
        'packets.jsonl:1:9: not a JSON object: Expecting value\n  {"src": }\n          ^'
    )


def test_text_that_is_not_utf_8_is_an_error() -> None:
    with pytest.raises(InputError, match=r"^the line is not UTF-8$"):
        _read(b'{"src": "\xff"}')


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_KEYS = st.sampled_from(_FIELDS.split(", "))


@given(st.dictionaries(_KEYS, _JSON, max_size=6), st.booleans())
def test_any_object_is_a_packet_or_an_error(found: dict[str, Any], has_ends: bool) -> None:
    with suppress(InputError):
        assert len(_read(json.dumps({**_ENDS, **found} if has_ends else found))) == 1


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_packets_or_an_error(text: str | bytes) -> None:
    with suppress(InputError):
        assert all(packet.family in (4, 6) for packet in _read(text))
