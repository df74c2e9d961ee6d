"""Where fwlint knows less than the firewall: what docs/limits.md has about Network Firewall."""

import pytest

from flowmodel.ruleset import RuleSet
from tests.parsers.aws.network_firewall.samples import (
    Json,
    ask,
    by_action,
    firewall,
    policy,
    read,
    strict,
)

OUT = "tcp 10.0.0.1:40000 > 198.51.100.7:443"
LATER = f"{OUT} state established"
REPLY = "reply tcp 198.51.100.7:443 > 10.0.0.1:40000 state established flags ack"
PASS = "pass tcp $HOME_NET any -> any 443 (sid:1;)"
TLS = 'pass tls any any -> any any (tls.sni; content:"a"; sid:1;)'
FLOW = "pass tcp $HOME_NET any -> any 443 (flow:to_server; sid:1;)"
_FRAGMENTS: Json = {"StatelessFragmentDefaultActions": ["aws:drop"]}
_TLS: Json = {"TLSInspectionConfigurationArn": "arn:aws:network-firewall:x:tls-configuration/a"}


@pytest.mark.parametrize(
    ("ruleset", "packet", "expected"),
    [
        pytest.param(
            read(policy([], **_FRAGMENTS), *firewall()),
            "udp 10.0.0.1:1 > 10.0.0.2:2",
            "accept",
            id="packets are no fragments",
        ),
        pytest.param(
            strict(PASS, "aws:drop_established"),
            "udp 10.0.0.1:1 > 10.0.0.2:2",
            "accept",
            id="drop_established lets the first packets of any connection through",
        ),
        pytest.param(
            strict(TLS, "aws:drop_strict"), OUT, "unknown", id="a packet without contents"
        ),
        pytest.param(strict(FLOW, "aws:drop_strict"), REPLY, "unknown", id="flow and answers"),
        pytest.param(by_action("# none"), f"{OUT} flags rst", "unknown", id="a reset by itself"),
        pytest.param(by_action("# none"), "protocol 47 10.0.0.1 > 10.0.0.2", "unknown", id="GRE"),
        pytest.param(
            by_action("# none"), "udp 10.0.0.1:4789 > 10.0.0.2:4789", "accept", id="tunnels in UDP"
        ),
        pytest.param(
            by_action(" drop tcp any any -> any any (sid:1;)"), OUT, "unknown", id="indented rules"
        ),
        pytest.param(
            by_action("drop tcp [10.0.0.0/8,![10.0.0.0/16,!10.0.0.0/24]] any -> any any (sid:1;)"),
            OUT,
            "unknown",
            id="exceptions in exceptions",
        ),
        pytest.param(
            strict(PASS, "aws:drop_strict", **_TLS), LATER, "unknown", id="TLS inspection"
        ),
        pytest.param(
            by_action("reject udp any any -> any 53 (sid:1;)"),
            "udp 10.0.0.1:40000 > 10.0.0.2:53",
            "reject",
            id="a reject of others than TCP is one",
        ),
        pytest.param(
            by_action('drop tcp any any -> any 443 (content:"a"; sid:1;)'),
            REPLY,
            "accept",
            id="the packets behind one that ended their connection",
        ),
    ],
)
def test_the_model_says(ruleset: RuleSet, packet: str, expected: str) -> None:
    assert expected == ask(ruleset, packet).verdict
