"""The stateful engine: orders, default actions, and what it remembers of connections."""

import pytest

from flowmodel.ruleset import RuleSet
from tests.parsers.aws.network_firewall.samples import (
    STRICT,
    Json,
    ask,
    by_action,
    firewall,
    group,
    policy,
    read,
    stateless,
    strict,
    texts,
)

OUT = "tcp 10.0.0.1:40000 > 198.51.100.7:443"
BACK = "reply tcp 198.51.100.7:443 > 10.0.0.1:40000 state established flags syn,ack"
LATER = f"{OUT} state established"
PASS_OUT = "pass tcp $HOME_NET any -> any 443 (sid:1;)"
DROP_ALL = "drop ip any any -> any any (sid:9;)"


def verdicts(ruleset: RuleSet, *packets: str) -> list[str]:
    return [ask(ruleset, packet).verdict for packet in packets]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param(f"{DROP_ALL}\n{PASS_OUT}", "accept", id="pass comes before drop"),
        pytest.param("reject tcp any any -> any 443 (sid:1;)\n" + DROP_ALL, "drop", id="then drop"),
        pytest.param(
            "alert tcp any any -> any any (sid:1;)", "accept", id="an alert is no verdict"
        ),
        pytest.param("# nothing", "accept", id="what no rule matches passes"),
        pytest.param("reject tcp any any -> any 443 (sid:1;)", "reject", id="reject"),
        pytest.param(
            "drop tcp any any -> any any (priority:1; sid:1;)\n"
            "pass tcp any any -> any any (priority:9; sid:2;)",
            "accept",
            id="a priority counts among rules of one action",
        ),
    ],
)
def test_by_default_the_action_orders_rules(rules: str, expected: str) -> None:
    assert expected == ask(by_action(rules), OUT).verdict


@pytest.mark.parametrize(
    ("rules", "defaults", "expected"),
    [
        pytest.param(f"{DROP_ALL}\n{PASS_OUT}", (), "drop", id="the first rule decides"),
        pytest.param(f"{PASS_OUT}\n{DROP_ALL}", (), "accept", id="whichever that is"),
        pytest.param("", (), "accept", id="without a default all else passes"),
        pytest.param("", ("aws:drop_strict",), "drop", id="drop_strict"),
        pytest.param("", ("aws:alert_strict",), "accept", id="alerts are no verdicts"),
        pytest.param("", ("aws:alert_strict", "aws:drop_strict"), "drop", id="both"),
        pytest.param("", ("aws:drop_established",), "accept", id="a first packet"),
    ],
)
def test_in_strict_order_rules_count_as_written(
    rules: str, defaults: tuple[str, ...], expected: str
) -> None:
    assert expected == ask(strict(rules or "# none", *defaults), OUT).verdict


def test_in_strict_order_groups_count_by_their_priority() -> None:
    first, second = texts("first", PASS_OUT, STRICT), texts("second", DROP_ALL, STRICT)
    found = policy([first, second], STRICT)
    found["FirewallPolicy"]["StatefulRuleGroupReferences"].reverse()

    assert verdicts(
        read(second, first, found, *firewall()), OUT, "udp 10.0.0.1:1 > 10.0.0.2:2"
    ) == ["accept", "drop"]


@pytest.mark.parametrize(
    ("rule", "packet", "expected"),
    [
        ("drop tcp any any -> any any (sid:1;)", "tcp 10.0.0.1:1 > 10.0.0.2:2", "drop"),
        ("drop tcp any any -> any any (sid:1;)", "udp 10.0.0.1:1 > 10.0.0.2:2", "accept"),
        ("drop icmp any any -> any any (sid:1;)", "icmp 10.0.0.1 > 10.0.0.2", "drop"),
        ("drop icmp any any -> any any (sid:1;)", "icmpv6 2001:db8::1 > 2001:db8::2", "drop"),
        ("drop ip any any -> any any (sid:1;)", "protocol 47 10.0.0.1 > 10.0.0.2", "drop"),
        ("drop ip6 any any -> any any (sid:1;)", "tcp 10.0.0.1:1 > 10.0.0.2:2", "accept"),
        ("drop ip6 any any -> any any (sid:1;)", "tcp [2001:db8::1]:1 > [2001:db8::2]:2", "drop"),
        ("drop tcp any any -> 10.0.0.2 80 (sid:1;)", "tcp 10.0.0.2:80 > 10.0.0.1:1", "accept"),
        ("drop tcp any any <> 10.0.0.2 80 (sid:1;)", "tcp 10.0.0.2:80 > 10.0.0.1:1", "drop"),
        ("drop tcp any any <> 10.0.0.2 80 (sid:1;)", "tcp 10.0.0.1:1 > 10.0.0.2:80", "drop"),
        ("drop tcp any any <> 10.0.0.2 80 (sid:1;)", "tcp 10.0.0.2:1 > 10.0.0.1:80", "accept"),
        ("drop tcp !$HOME_NET any -> any any (sid:1;)", "tcp 10.0.9.1:1 > 10.0.0.1:8", "accept"),
        ("drop tcp !$HOME_NET any -> any any (sid:1;)", "tcp 10.1.0.0:1 > 10.0.0.1:8", "drop"),
        ("drop tcp $EXTERNAL_NET any -> any any (sid:1;)", "tcp 10.1.0.0:1 > 10.0.0.1:8", "drop"),
        ("drop ip any any -> any 80 (sid:1;)", "udp 10.0.0.1:1 > 10.0.0.2:80", "drop"),
        ("drop ip any any -> any 80 (sid:1;)", "udp 10.0.0.1:1 > 10.0.0.2:81", "accept"),
        ("drop ip any any -> any 80 (sid:1;)", "icmp 10.0.0.1 > 10.0.0.2", "unknown"),
        ("drop tls any any -> any any (sid:1;)", "tcp 10.0.0.1:1 > 10.0.0.2:443", "unknown"),
        ("drop tls any any -> any any (sid:1;)", "udp 10.0.0.1:1 > 10.0.0.2:443", "accept"),
        ("drop dns any any -> any any (sid:1;)", "udp 10.0.0.1:1 > 10.0.0.2:53", "unknown"),
        ("drop quic any any -> any any (sid:1;)", "tcp 10.0.0.1:1 > 10.0.0.2:443", "accept"),
        ("drop modbus any any -> any any (sid:1;)", "udp 10.0.0.1:1 > 10.0.0.2:443", "unknown"),
        ('drop tcp any any -> any any (content:"x"; sid:1;)', OUT, "unknown"),
        ('drop tcp any any -> any 22 (content:"x"; sid:1;)', OUT, "accept"),
        ("drop tcp any any -> any any (flowbits:isset,x; sid:1;)", OUT, "unknown"),
        ("drop tcp any any -> any any (flowbits:set,x; sid:1;)", OUT, "drop"),
        ("alert tcp any any -> any any (bypass; sid:1;)", OUT, "unknown"),
        (" drop tcp any any -> any any (sid:1;)", OUT, "unknown"),
        ("drop tcp any any -> any any (flow:to_server; sid:1;)", OUT, "drop"),
        ("drop tcp any any -> any any (flow:to_client; sid:1;)", OUT, "accept"),
        ("drop tcp any any -> any any (flow:established; sid:1;)", OUT, "accept"),
        ("drop tcp any any -> any any (flow:not_established; sid:1;)", OUT, "drop"),
        ("drop tcp any any -> any any (flow:established; sid:1;)", BACK, "accept"),
        ("drop tcp any any -> any any (flow:established; sid:1;)", LATER, "drop"),
        ("drop tcp any any -> any any (flow:established,to_client; sid:1;)", LATER, "accept"),
        ("drop tcp any any -> any any (flow:to_client; sid:1;)", BACK, "drop"),
        (
            "drop ip any any -> any any (flow:to_server; sid:1;)",
            "protocol 47 10.0.0.1 > 10.0.0.2",
            "unknown",
        ),
    ],
)
def test_a_rule_matches_what_its_header_and_options_say(
    rule: str, packet: str, expected: str
) -> None:
    assert expected == ask(by_action(rule), packet).verdict


@pytest.mark.parametrize(
    ("rules", "defaults", "expected"),
    [
        pytest.param(PASS_OUT, ("aws:drop_strict",), ["accept"] * 3, id="a pass is for all of it"),
        pytest.param(
            f"{PASS_OUT}\ndrop tcp any 443 -> any any (sid:2;)",
            (),
            ["accept"] * 3,
            id="also before rules that its answers meet",
        ),
        pytest.param(
            "drop tcp any 443 -> any any (sid:2;)",
            (),
            ["accept", "drop", "accept"],
            id="what no pass rule let in is looked at packet by packet",
        ),
        pytest.param(
            f"pass tcp any 443 -> any any (sid:9;)\n{PASS_OUT}",
            ("aws:drop_strict",),
            ["accept"] * 3,
            id="whatever else passes",
        ),
        pytest.param(
            "pass tcp any 443 -> $HOME_NET any (sid:1;)",
            ("aws:drop_strict",),
            # There is no such connection: of its first packet nothing came through.
            ["drop", "accept", "accept"],
            id="a pass for answers alone",
        ),
        pytest.param(
            "pass tcp any 443 -> $HOME_NET any (sid:1;)",
            ("aws:drop_established",),
            ["accept"] * 3,
            id="answers that pass open the rest",
        ),
        pytest.param(
            "drop tcp 198.51.100.7 any -> any any (sid:1;)\n"
            "pass tcp any 443 -> $HOME_NET any (sid:2;)",
            (),
            ["accept", "drop", "accept"],
            id="but not if a rule before drops them",
        ),
        pytest.param("# none", ("aws:drop_established",), ["accept", "accept", "drop"], id="none"),
        pytest.param(
            "pass tcp $HOME_NET any -> any 443 (flow:to_server; sid:1;)",
            ("aws:drop_strict",),
            ["accept", "unknown", "accept"],
            id="whether a rule with flow passes answers is unknown",
        ),
        pytest.param(
            "pass tcp any any -> any any (flow:not_established; sid:1;)",
            ("aws:drop_established",),
            ["accept", "accept", "unknown"],
            id="and so for what follows",
        ),
        pytest.param(
            'pass tls any any -> any any (tls.sni; content:"a"; sid:1;)',
            ("aws:drop_established",),
            ["accept", "accept", "unknown"],
            id="what TLS says decides behind the handshake",
        ),
    ],
)
def test_a_connection_fares_as_its_first_packets_did(
    rules: str, defaults: tuple[str, ...], expected: list[str]
) -> None:
    assert expected == verdicts(strict(rules, *defaults), OUT, BACK, LATER)


def test_a_rule_behind_another_that_ended_the_search_was_perhaps_not_met() -> None:
    handshake = "pass tcp any any -> any any (flow:not_established; sid:2;)"
    answer = BACK.replace("syn,ack", "ack")

    first = strict(f"{PASS_OUT}\n{handshake}", "aws:drop_established")
    second = strict(f"{handshake}\n{PASS_OUT}", "aws:drop_established")

    assert [ask(found, answer).verdict for found in (first, second)] == ["accept", "unknown"]


def test_protocols_without_flows_are_not_sure_to_be_known() -> None:
    found = strict("pass ip $HOME_NET any -> any any (sid:1;)", "aws:drop_strict")
    answer = "reply protocol 50 198.51.100.7 > 10.0.0.1 state established"

    assert verdicts(found, "protocol 50 10.0.0.1 > 198.51.100.7", answer) == ["accept", "unknown"]


def test_an_icmp_error_may_be_about_a_connection_that_passed() -> None:
    found = strict(PASS_OUT, "aws:drop_strict")

    assert ask(found, "icmp 198.51.100.9 > 10.0.0.1 type 3 state related").verdict == "unknown"


@pytest.mark.parametrize(
    ("exception", "flags", "expected"),
    [
        ("DROP", "ack", "drop"),
        ("DROP", "syn,ack", "drop"),
        ("DROP", "syn", "accept"),
        ("DROP", "syn,ece,cwr", "accept"),
        ("DROP", "rst", "unknown"),
        ("REJECT", "ack", "reject"),
        ("REJECT", "syn", "accept"),
        ("CONTINUE", "ack", "unknown"),
        ("CONTINUE", "syn", "accept"),
    ],
)
def test_the_stream_exception_policy_is_for_what_is_in_mid_stream(
    exception: str, flags: str, expected: str
) -> None:
    options = {"RuleOrder": STRICT, "StreamExceptionPolicy": exception}
    found = strict(PASS_OUT, "aws:drop_strict", StatefulEngineOptions=options)

    assert expected == ask(found, f"{OUT} flags {flags}").verdict


def _mixed(*rules: Json, default: str = "aws:forward_to_sfe") -> RuleSet:
    less = stateless("less", *rules)
    full = texts("full", PASS_OUT, STRICT)
    more = {"StatelessDefaultActions": [default], "StatefulDefaultActions": ["aws:drop_strict"]}
    return read(less, full, policy([less, full], STRICT, **more), *firewall())


def test_an_answer_that_stateless_rules_pass_leaves_the_engine_with_half_a_connection() -> None:
    answers = {"Actions": ["aws:pass"], "Sources": [{"AddressDefinition": "198.51.100.0/24"}]}

    assert verdicts(_mixed(answers), OUT, BACK, LATER) == ["accept", "accept", "unknown"]


def test_an_answer_that_stateless_rules_drop_is_dropped_whatever_the_engine_knows() -> None:
    answers = {"Actions": ["aws:drop"], "Sources": [{"AddressDefinition": "198.51.100.0/24"}]}

    assert verdicts(_mixed(answers), OUT, BACK, LATER) == ["accept", "drop", "accept"]


def test_what_stateless_rules_pass_both_ways_is_no_matter_of_the_engine() -> None:
    web = {"AddressDefinition": "198.51.100.0/24"}
    found = _mixed(
        {"Actions": ["aws:pass"], "Sources": [web]},
        {"Actions": ["aws:pass"], "Destinations": [web]},
    )

    assert verdicts(found, OUT.replace(":443", ":80"), BACK, LATER) == ["accept"] * 3


def _listed(kind: str, types: list[str]) -> RuleSet:
    source = {
        "RulesSourceList": {
            "Targets": [".example.com", "a.example", "b.example", "c.example"],
            "TargetTypes": types,
            "GeneratedRulesType": kind,
        }
    }
    one = group("names", {"RulesSource": source})
    return read(one, policy([one]), *firewall())


@pytest.mark.parametrize(
    ("kind", "types", "packet", "expected"),
    [
        ("ALLOWLIST", ["TLS_SNI"], OUT, "unknown"),
        ("ALLOWLIST", ["TLS_SNI"], "udp 10.0.0.1:1 > 10.0.0.2:443", "accept"),
        ("DENYLIST", ["HTTP_HOST", "TLS_SNI"], OUT, "unknown"),
        ("REJECTLIST", ["HTTP_HOST"], OUT, "unknown"),
        ("ALERTLIST", ["HTTP_HOST"], OUT, "accept"),
        ("DENYLIST", ["AWS_ROUTE_53_RESOLVED_DOMAIN"], "udp 10.0.0.1:1 > 10.0.0.2:4", "unknown"),
    ],
)
def test_a_domain_list_is_unread_with_its_meaning_in_words(
    kind: str, types: list[str], packet: str, expected: str
) -> None:
    answer = ask(_listed(kind, types), packet)

    assert expected == answer.verdict
    if expected == "unknown":
        assert ".example.com, a.example, b.example and 1 more" in answer.unread[-1]


def test_an_allow_list_says_which_part_passes_and_which_does_not() -> None:
    rules = _listed("ALLOWLIST", ["TLS_SNI"]).tables[0].chains["stateful engine"].rules

    shown = ".example.com, a.example, b.example and 1 more"
    assert [
        f"stateful names: pass traffic that by TLS_SNI is for one of {shown}",
        f"stateful names: drop traffic that by TLS_SNI names none of {shown}",
    ] == [rule.title for rule in rules if rule.title.startswith("stateful names")]


@pytest.mark.parametrize(
    ("order", "override", "expected"),
    [
        ("STRICT_ORDER", {}, "unknown"),
        ("STRICT_ORDER", {"Override": {"Action": "DROP_TO_ALERT"}}, "accept"),
        ("DEFAULT_ACTION_ORDER", {}, "unknown"),
        ("DEFAULT_ACTION_ORDER", {"Override": {"Action": "DROP_TO_ALERT"}}, "accept"),
    ],
)
def test_a_managed_group_may_do_anything_unless_its_drops_are_alerts(
    order: str, override: Json, expected: str
) -> None:
    managed = texts("ThreatSignatures", "# not there", order)
    found = policy([managed], order)
    found["FirewallPolicy"]["StatefulRuleGroupReferences"][0] |= override
    ruleset = read(found, *firewall())

    assert expected == ask(ruleset, OUT).verdict
    (gap,) = ruleset.gaps
    assert gap.check == "FW307"
    assert gap.message.startswith("the rule group ThreatSignatures is not in the export")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({}, ["accept"] * 3, id="nothing else"),
        pytest.param(
            {"TLSInspectionConfigurationArn": "arn:x"},
            ["accept", "unknown", "unknown"],
            id="TLS inspection",
        ),
        pytest.param(
            {
                "Route53ResolvedIPValidation": {
                    "Action": "DROP",
                    "DNSFirewallRuleGroupId": "rslvr-frg-1",
                    "DNSExpiryExceptionPolicy": "CONTINUE",
                }
            },
            ["unknown"] * 3,
            id="validation of resolved addresses",
        ),
        pytest.param(
            {
                "Route53ResolvedIPValidation": {
                    "Action": "ALERT",
                    "DNSFirewallRuleGroupId": "rslvr-frg-1",
                    "DNSExpiryExceptionPolicy": "CONTINUE",
                }
            },
            ["accept"] * 3,
            id="validation that only tells",
        ),
    ],
)
def test_what_else_a_policy_has_may_stop_connections(more: Json, expected: list[str]) -> None:
    found = strict(PASS_OUT, "aws:drop_strict", **more)

    assert expected == verdicts(found, OUT, BACK, LATER)


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("aws:drop_established_app_layer", ["accept", "accept", "unknown"]),
        ("aws:drop_established_app_layer_to_server", ["accept", "accept", "unknown"]),
        ("aws:alert_established_app_layer", ["accept"] * 3),
        ("aws:drop_invented", ["unknown"] * 3),
    ],
)
def test_default_actions_that_are_not_read_are_unknown(default: str, expected: list[str]) -> None:
    assert expected == verdicts(strict("# none", default), OUT, BACK, LATER)
