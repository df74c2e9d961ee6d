"""Exports of Network Firewall that are refused: newer kinds, and what AWS itself would refuse."""

import pytest

from flowmodel.source import InputError
from parsers.aws.read import parse
from parsers.shared.context import Context
from tests.parsers.aws.network_firewall.samples import (
    STRICT,
    Json,
    ask,
    by_action,
    firewall,
    policy,
    read,
    source,
    texts,
)

OUT = "tcp 10.0.0.1:40000 > 198.51.100.7:443"
ONE = texts("web", "drop tcp any any -> any 443 (sid:1;)")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(
            {"UpdateToken": "1", "FirewallRuleGroup": {"RulesSource": {"RulesString": "x"}}},
            "this is of a Next Generation policy, which fwlint does not read",
            id="a group of the firewall section",
        ),
        pytest.param(
            {"UpdateToken": "1", "IpsRuleGroup": {"RulesSource": {"RulesString": "x"}}},
            "this is of a Next Generation policy, which fwlint does not read",
            id="a group of the IPS section",
        ),
        pytest.param(
            {"RuleGroupResponse": {"RuleGroupArn": "a", "RuleGroupName": "b", "Type": "IPS"}},
            "this is of a Next Generation policy, which fwlint does not read",
            id="a group of a newer kind",
        ),
        pytest.param(
            {"UpdateToken": "1", "FirewallPolicyV2": {"PolicyMode": "ENFORCE"}},
            "this is of a Next Generation policy, which fwlint does not read",
            id="a policy",
        ),
        pytest.param(
            {
                "Firewall": {
                    "FirewallName": "p",
                    "FirewallPolicyArn": "a",
                    "VpcId": "",
                    "ProxySettings": {"ListenerProperties": []},
                }
            },
            "a firewall in proxy mode is nothing that fwlint reads",
            id="a proxy",
        ),
    ],
)
def test_newer_kinds_are_refused_by_name(document: Json, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(document, policy([]))

    assert message == caught.value.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            {"StatelessDefaultActions": []},
            "one of aws:pass, aws:drop and aws:forward_to_sfe is needed",
            id="no default",
        ),
        pytest.param(
            {"StatelessFragmentDefaultActions": ["aws:accept"]},
            "`aws:accept` is no stateless action",
            id="fragments",
        ),
        pytest.param(
            {"StatefulDefaultActions": ["aws:drop_strict"]},
            "`StatefulDefaultActions` are for STRICT_ORDER only",
            id="defaults without order",
        ),
        pytest.param(
            {"StatefulEngineOptions": {"RuleOrder": "RANDOM"}},
            "`RANDOM` is no order of rules",
            id="order",
        ),
        pytest.param(
            {"StatefulEngineOptions": {"StreamExceptionPolicy": "LEAVE"}},
            "`LEAVE` is no such policy",
            id="stream exception policy",
        ),
        pytest.param(
            {"StatefulEngineOptions": {"RuleOrder": STRICT}},
            "a `Priority` is needed here",
            id="no priority",
        ),
    ],
)
def test_policies_that_aws_would_refuse_are_refused(change: Json, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(ONE, policy([ONE], **change))

    assert message == caught.value.message


def test_a_policy_takes_groups_of_its_own_order_only() -> None:
    with pytest.raises(InputError) as caught:
        read(ONE, policy([ONE], STRICT))

    expected = "the group's order is DEFAULT_ACTION_ORDER, its policy's STRICT_ORDER"
    assert expected == caught.value.message


def test_a_group_that_is_there_twice_is_read_once_if_it_is_the_same() -> None:
    assert ask(read(ONE, ONE, policy([ONE])), OUT).verdict == "drop"

    with pytest.raises(InputError) as caught:
        read(ONE, texts("web", "# other"), policy([ONE]))

    assert caught.value.message.endswith(
        "stateful-rulegroup/web is here twice, with other contents"
    )


def test_a_firewall_that_is_there_twice_is_one_if_it_is_the_same() -> None:
    (found,) = parse([source([ONE, policy([ONE]), *firewall(), *firewall()])], Context())
    assert found.place == "edge"

    with pytest.raises(InputError) as caught:
        read(ONE, policy([ONE]), *firewall(), *firewall("vpc-2"))

    assert caught.value.message == "the firewall edge is here twice, with other contents"


_RULE = "drop tcp any any -> any {} ({})"
TWICE = {
    "a number in a rule": ("sid:1; sid:1;", "sid:2;", "`sid` stands in the rule twice"),
    "a revision in a rule": ("sid:1; rev:1; rev:2;", "sid:2;", "`rev` stands in the rule twice"),
    "a number in a group": ("sid:1;", "sid:1;", "another rule of the group has the sid 1, too"),
}


@pytest.mark.parametrize(("one", "other", "message"), TWICE.values(), ids=TWICE)
def test_what_suricata_takes_once_is_refused_twice(one: str, other: str, message: str) -> None:
    """detect-sid.c, detect-rev.c; detect-parse.c, DetectEngineSignatureIsDuplicate."""
    rules = "\n".join([_RULE.format(443, one), _RULE.format(444, other)])

    with pytest.raises(InputError) as caught:
        by_action(rules)

    assert caught.value.message == message


@pytest.mark.parametrize("other", ["sid:2;", "sid:1; gid:2;"])
def test_rules_of_different_numbers_are_read(other: str) -> None:
    rules = "\n".join([_RULE.format(443, "sid:1;"), _RULE.format(444, other)])

    assert ask(by_action(rules), OUT).verdict == "drop"


@pytest.mark.parametrize(
    ("kind", "is_odd"), [("STATEFUL", False), ("", False), ("STATELESS", True), ("STATEx9", True)]
)
def test_a_type_that_is_not_that_of_the_rules_is_said(kind: str, *, is_odd: bool) -> None:
    group = texts("web", "drop tcp any any -> any 443 (sid:1;)")
    group["RuleGroupResponse"]["Type"] = kind
    found = [gap.message for gap in read(group, policy([group])).gaps]

    expected = "the rules of this group are STATEFUL, and `Type` says something else"
    assert (expected in found) is is_odd
