"""Stateless rules: priorities, attributes and actions, one packet at a time."""

import pytest

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from tests.parsers.aws.network_firewall.samples import (
    Json,
    ask,
    firewall,
    group,
    policy,
    read,
    stateless,
)

DROP = {"Actions": ["aws:drop"]}


def one(rule: Json, default: str = "aws:pass") -> RuleSet:
    """A firewall with one stateless rule, whose default is to let everything pass."""
    found = stateless("less", {**DROP, **rule})
    return read(found, policy([found], StatelessDefaultActions=[default]), *firewall())


def ports(*spans: tuple[int, int]) -> list[Json]:
    return [{"FromPort": first, "ToPort": last} for first, last in spans]


def networks(*texts: str) -> list[Json]:
    return [{"AddressDefinition": each} for each in texts]


TCP: Json = {"Protocols": [6]}
SYN_ONLY: Json = {**TCP, "TCPFlags": [{"Flags": ["SYN"], "Masks": ["SYN", "ACK"]}]}


@pytest.mark.parametrize(
    ("rule", "packet"),
    [
        pytest.param({}, "tcp 10.0.0.1:1 > 10.0.0.2:2", id="no attributes are any packet"),
        pytest.param({}, "protocol 47 10.0.0.1 > 10.0.0.2", id="of any protocol"),
        pytest.param({}, "udp [2001:db8::1]:1 > [2001:db8::2]:2", id="of both families"),
        pytest.param(
            {"Sources": networks("10.0.0.0/24", "2001:db8::/32")},
            "tcp 10.0.0.255:1 > 10.9.0.2:2",
            id="the last address of a source",
        ),
        pytest.param(
            {"Sources": networks("10.0.0.0/24", "2001:db8::/32")},
            "tcp [2001:db8::1]:1 > [2001:db9::2]:2",
            id="a source of the other family",
        ),
        pytest.param(
            {"Destinations": networks("10.0.0.9")}, "icmp 10.0.0.1 > 10.0.0.9", id="one address"
        ),
        pytest.param(
            {**TCP, "DestinationPorts": ports((20, 22), (80, 80))},
            "tcp 10.0.0.1:1 > 10.0.0.2:22",
            id="the last port of a range",
        ),
        pytest.param(
            {**TCP, "SourcePorts": ports((0, 65535))}, "tcp 10.0.0.1:0 > 10.0.0.2:1", id="all ports"
        ),
        pytest.param({"Protocols": [1, 6]}, "icmp 10.0.0.1 > 10.0.0.2", id="one of protocols"),
        pytest.param(SYN_ONLY, "tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn,ece", id="flags in a mask"),
        pytest.param(
            {**TCP, "TCPFlags": [{"Flags": ["SYN"]}]},
            "tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn",
            id="flags without a mask are all flags",
        ),
        pytest.param(
            {
                **TCP,
                "TCPFlags": [
                    {"Flags": ["FIN"], "Masks": ["FIN"]},
                    {"Flags": [], "Masks": ["SYN"]},
                ],
            },
            "tcp 10.0.0.1:1 > 10.0.0.2:2 flags ack",
            id="one of several flag tests, of flags that are not set",
        ),
    ],
)
def test_a_packet_that_meets_all_attributes_matches(rule: Json, packet: str) -> None:
    assert ask(one(rule), packet).verdict == "drop"


@pytest.mark.parametrize(
    ("rule", "packet"),
    [
        pytest.param(
            {"Sources": networks("10.0.0.0/24")}, "tcp 10.0.1.0:1 > 10.0.0.2:2", id="source"
        ),
        pytest.param(
            {"Sources": networks("10.0.0.0/8")},
            "tcp [2001:db8::1]:1 > [2001:db9::2]:2",
            id="the other family",
        ),
        pytest.param(
            {"Destinations": networks("10.0.0.9/32")}, "tcp 10.0.0.9:1 > 10.0.0.2:2", id="not back"
        ),
        pytest.param(
            {**TCP, "DestinationPorts": ports((20, 22))}, "tcp 10.0.0.1:1 > 10.0.0.2:23", id="port"
        ),
        pytest.param(
            {**TCP, "DestinationPorts": ports((20, 22))},
            "udp 10.0.0.1:1 > 10.0.0.2:22",
            id="protocol",
        ),
        pytest.param(SYN_ONLY, "tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn,ack", id="flag that is set"),
        pytest.param(
            {**TCP, "TCPFlags": [{"Flags": ["SYN"]}]},
            "tcp 10.0.0.1:1 > 10.0.0.2:2 flags syn,ece",
            id="without a mask no other flag may be set",
        ),
    ],
)
def test_a_packet_that_misses_one_attribute_does_not_match(rule: Json, packet: str) -> None:
    assert ask(one(rule), packet).verdict == "accept"


@pytest.mark.parametrize(
    ("rule", "packet"),
    [
        pytest.param(
            {"DestinationPorts": ports((22, 22))}, "icmp 10.0.0.1 > 10.0.0.2", id="ports of ICMP"
        ),
        pytest.param(
            {"TCPFlags": [{"Flags": ["SYN"]}]}, "udp 10.0.0.1:1 > 10.0.0.2:22", id="flags of UDP"
        ),
    ],
)
def test_what_attributes_mean_to_protocols_without_them_is_unknown(rule: Json, packet: str) -> None:
    assert ask(one(rule), packet).verdict == "unknown"


@pytest.mark.parametrize(
    ("action", "default", "verdict"),
    [
        ("aws:pass", "aws:drop", "accept"),
        ("aws:drop", "aws:pass", "drop"),
        ("aws:forward_to_sfe", "aws:drop", "reject"),
        ("aws:forward_to_sfe", "aws:forward_to_sfe", "reject"),
    ],
)
def test_actions_pass_drop_or_forward(action: str, default: str, verdict: str) -> None:
    less = stateless("less", {"Actions": [action], **TCP})
    full = group("full", {"RulesSource": {"RulesString": "reject ip any any -> any any (sid:1;)"}})
    found = read(less, full, policy([less, full], StatelessDefaultActions=[default]), *firewall())

    assert verdict == ask(found, "tcp 10.0.0.1:1 > 10.0.0.2:2").verdict


def test_the_first_match_by_the_groups_priority_and_then_the_rules_decides() -> None:
    first = stateless("first", {"Actions": ["aws:pass"], "Destinations": networks("10.0.0.1")})
    second = stateless(
        "second",
        {"Actions": ["aws:drop"], "Destinations": networks("10.0.0.0/30")},
        {"Actions": ["aws:pass"], "Destinations": networks("10.0.0.0/29")},
    )
    found = policy([first, second], StatelessDefaultActions=["aws:drop"])
    found["FirewallPolicy"]["StatelessRuleGroupReferences"].reverse()
    listed = second["RuleGroup"]["RulesSource"]["StatelessRulesAndCustomActions"]
    listed["StatelessRules"].reverse()
    ruleset = read(first, second, found, *firewall())

    verdicts = [ask(ruleset, f"tcp 10.9.0.1:1 > 10.0.0.{last}:2").verdict for last in (1, 2, 5, 9)]

    assert verdicts == ["accept", "drop", "accept", "drop"]


def test_a_custom_action_only_publishes_metrics() -> None:
    less = stateless("less", {"Actions": ["Count", "aws:pass"]})
    inside = less["RuleGroup"]["RulesSource"]["StatelessRulesAndCustomActions"]
    inside["CustomActions"] = [{"ActionName": "Count", "ActionDefinition": {}}]
    custom = [{"ActionName": "Rest", "ActionDefinition": {}}]
    more: Json = {"StatelessDefaultActions": ["aws:drop", "Rest"], "StatelessCustomActions": custom}

    found = read(less, policy([less], **more), *firewall())

    assert ask(found, "tcp 10.0.0.1:1 > 10.0.0.2:2").verdict == "accept"


def test_the_rule_and_its_place_are_told() -> None:
    found = one({**TCP, "Sources": networks("10.0.0.0/24"), "DestinationPorts": ports((22, 23))})

    answer = ask(found, "tcp 10.0.0.1:1 > 10.0.0.2:22")

    assert answer.text == "stateless less rule 10: drop tcp from 10.0.0.0/24 to any:22-23"
    assert answer.rule is not None
    assert found.sources[0].lines[answer.line].strip() == '"Priority": 10,'


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param(
            {"Actions": ["aws:pass", "aws:drop"]},
            "one of aws:pass, aws:drop and aws:forward_to_sfe is needed",
            id="two actions",
        ),
        pytest.param({"Actions": ["Metric"]}, "`Metric` is no stateless action", id="no action"),
        pytest.param(
            {"Protocols": [256]}, "`Protocols` is a list of numbers from 0 to 255", id="p"
        ),
        pytest.param({"Sources": networks("10.0.0.0/99")}, "this is no network", id="network"),
        pytest.param(
            {"SourcePorts": ports((9, 8))},
            "`FromPort` to `ToPort` is no range of ports",
            id="ports",
        ),
        pytest.param(
            {"TCPFlags": [{"Flags": ["SYN"], "Masks": ["ACK"]}]},
            "flags that the mask leaves out cannot be asked for",
            id="flags",
        ),
        pytest.param({"TCPFlags": [{"Flags": ["NS"]}]}, "`NS` is no flag of TCP", id="flag"),
    ],
)
def test_what_aws_would_refuse_is_refused_with_its_place(rule: Json, message: str) -> None:
    with pytest.raises(InputError) as caught:
        one(rule)

    assert message == caught.value.message
    assert caught.value.span.line > 1


def test_a_priority_that_is_there_twice_is_refused() -> None:
    less = stateless("less", DROP, DROP)
    listed = less["RuleGroup"]["RulesSource"]["StatelessRulesAndCustomActions"]["StatelessRules"]
    listed[1]["Priority"] = 10

    with pytest.raises(InputError) as caught:
        read(less, policy([less]), *firewall())

    assert caught.value.message == "another rule of the group has priority 10 too"


def test_a_group_that_is_not_in_the_export_may_do_anything() -> None:
    missing = stateless("missing", DROP)
    less = stateless("less", {"Actions": ["aws:drop"], **TCP})
    more: Json = {"StatelessDefaultActions": ["aws:pass"]}

    found = read(less, policy([missing, less], **more), *firewall())

    assert ask(found, "tcp 10.0.0.1:1 > 10.0.0.2:2").verdict == "unknown"
    assert ask(found, "udp 10.0.0.1:1 > 10.0.0.2:2").verdict == "unknown"
    assert [gap.check for gap in found.gaps] == ["FW307"]
