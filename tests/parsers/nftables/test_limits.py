"""Where nft itself does not say enough: what docs/limits.md has about it."""

import pytest

from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export

CASES = [
    pytest.param("exthdr hbh exists drop", "accept", id="packets have no extension headers"),
    pytest.param("exthdr hbh missing drop", "drop", id="so each of them is missing"),
    pytest.param("rt type 0 drop", "accept", id="and nothing in them is any value"),
    pytest.param("ip6 nexthdr tcp drop", "drop", id="and the first header is the last"),
    pytest.param("fib saddr . iif oif missing drop", "unknown", id="nobody knows the way back"),
    pytest.param('ct helper "ftp" drop', "unknown", id="a helper is outside the model"),
    pytest.param("meta mark 0x1 drop", "accept", id="packets of trace come without a mark"),
    pytest.param("tcp flags { syn } drop", "drop", id="a set of one flag is a test of its bit"),
    pytest.param(
        "tcp flags { syn, ack } drop", "accept", id="a set of more flags is a lookup of all bits"
    ),
    pytest.param("ip6 dscp set cs1 accept", "accept", id="rewritten headers are no other packet"),
    pytest.param("ip6 dscp set cs1 ip6 dscp cs1 drop", "unknown", id="but asked for, unknown"),
    pytest.param("notrack ct state new drop", "drop", id="notrack is too late behind tracking"),
    pytest.param("ct protocol udp tcp dport 443 drop", "accept", id="what nft refuses is none"),
    pytest.param("queue num 1", "unknown", id="a program decides"),
]


@pytest.mark.parametrize(("rule", "expected"), CASES)
def test_the_model_says(rule: str, expected: str) -> None:
    text = f"""\
table inet t {{
  chain c {{
    type filter hook input priority 0; policy accept;
    {rule}
  }}
}}
"""
    packet = parse_expression("tcp [2001:db8::7]:40000 > [2001:db8::1]:443 flags syn,ece in eth0")

    (answer,) = traced([export(text)], "input", [packet])

    assert answer.verdict == expected
