"""Exports of Network Firewall as files: what belongs together, places, remarks and refusals."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from parsers import read_exports
from parsers.aws.read import parse
from parsers.shared.context import Context, Place
from tests.parsers.aws.network_firewall.samples import (
    ARN,
    Json,
    ask,
    by_action,
    firewall,
    group,
    policy,
    read,
    source,
    stateless,
    texts,
)

OUT = "tcp 10.0.0.1:40000 > 198.51.100.7:443"
ONE = texts("web", "drop tcp any any -> any 443 (sid:1;)")


def test_files_of_one_account_are_read_together(tmp_path: Path) -> None:
    for name, document in {"group": ONE, "policy": policy([ONE]), "fw": firewall()[0]}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")

    (found,) = read_exports([str(tmp_path)])

    assert ask(found, OUT).verdict == "drop"
    assert (found.format, found.place) == ("aws", "edge")
    assert len(found.sources) == 3


def test_each_firewall_is_a_rule_set_of_its_own() -> None:
    other = deepcopy(firewall()[0])
    other["Firewall"] |= {
        "FirewallName": "inner",
        "FirewallPolicyArn": f"{ARN}firewall-policy/other",
    }
    second = policy([])
    second["FirewallPolicyResponse"]["FirewallPolicyArn"] = f"{ARN}firewall-policy/other"
    export = source([ONE, policy([ONE]), second, *firewall(), other])

    found = parse([export], Context())

    assert {each.place: ask(each, OUT).verdict for each in found} == {
        "edge": "drop",
        "inner": "accept",
    }


def test_without_firewalls_each_policy_is_one() -> None:
    (found,) = parse([source([ONE, policy([ONE])])], Context())

    assert (found.place, ask(found, OUT).verdict) == ("main", "drop")


def test_a_policy_that_is_not_in_the_export_may_do_anything() -> None:
    (found,) = parse([source(firewall())], Context())

    assert ask(found, OUT).verdict == "unknown"
    (gap,) = found.gaps
    assert (gap.check, gap.span.line) == ("FW307", 2)
    assert f"the policy {ARN}firewall-policy/main is not in the export" in gap.message


def test_questions_about_groups_and_acls_are_not_for_firewalls() -> None:
    from parsers.aws.account import collect
    from parsers.aws.network_firewall.firewalls import rulesets

    account = collect([source([ONE, policy([ONE]), *firewall()])])

    assert len(rulesets(account, Context(place=Place(groups=("sg-1",))))) == 0
    assert len(rulesets(account, Context(place=Place(at="eni-1")))) == 0
    assert len(rulesets(account, Context(place=Place(at="edge")))) == 1


def test_a_firewall_that_is_not_there_is_told_with_those_that_are() -> None:
    one = texts("web", "pass tcp any any -> any any (sid:1;)")
    named = {
        "Firewall": {"FirewallName": "edge", "FirewallPolicyArn": ARN + "firewall-policy/main"}
    }
    sources = [
        Source(f"{index}.json", [json.dumps(document)])
        for index, document in enumerate((one, policy([one]), named))
    ]
    with pytest.raises(InputError) as raised:
        parse(sources, Context(place=Place(at="egde")))

    assert raised.value.message == "no firewall in the exports is egde: name one of edge"
    (found,) = parse(sources, Context(place=Place(at="edge")))
    assert found.place == "edge"


def test_rule_groups_alone_judge_no_packet() -> None:
    with pytest.raises(InputError) as caught:
        read(ONE)

    assert caught.value.message == "rule groups alone judge no packet: add describe-firewall-policy"


def test_a_response_without_its_policy_judges_no_packet() -> None:
    about = {"FirewallPolicyResponse": {"FirewallPolicyArn": "arn:x:firewall-policy/edge"}}
    with pytest.raises(InputError) as caught:
        read({"FirewallPolicy": None} | about)

    assert caught.value.message == "this holds no policy: add describe-firewall-policy"


def test_a_rule_in_a_text_has_its_place_in_the_json() -> None:
    drop = "drop ip any any -> any any (sid:2;)"
    rules = f'# "web"\n\npass tcp any any -> any 80 (msg:"é \\t"; sid:1;)\n{drop}'
    one = texts("web", rules)
    for export in (source([one, policy([one])]), _compact([one, policy([one])])):
        (found,) = parse([export], Context())

        rule = ask(found, OUT).rule

        assert rule is not None
        line = export.lines[rule.line - 1]
        assert line[rule.column - 1 : rule.last_column] == drop
        assert rule.text == f"stateful web: {drop}"


def _compact(documents: list[Json]) -> Source:
    return Source("export.json", ["".join(json.dumps(each) for each in documents)])


def test_yaml_is_read_too() -> None:
    rules = """\
RuleGroup:
  RulesSource:
    RulesString: |
      # web
      drop tcp any any -> any 443 (sid:1;)
RuleGroupResponse:
  RuleGroupArn: arn:x:stateful-rulegroup/web
  RuleGroupName: web
"""
    body = """\
FirewallPolicy:
  StatelessDefaultActions: ['aws:forward_to_sfe']
  StatelessFragmentDefaultActions:
  - aws:drop
  StatefulRuleGroupReferences:
  - ResourceArn: arn:x:stateful-rulegroup/web
FirewallPolicyResponse:
  FirewallPolicyArn: arn:x:firewall-policy/main
"""
    files = [Source(name, text.split("\n")) for name, text in (("a", rules), ("b", body))]
    (found,) = parse(files, Context())

    answer = ask(found, OUT)

    assert (answer.verdict, answer.path, answer.line) == ("drop", "a", 3)


@pytest.mark.parametrize(
    ("rules", "message", "shown"),
    [
        pytest.param(
            "# web\ndrop tcp any -> any 443 (sid:1;)", "a port is expected", "-> a", id="form"
        ),
        pytest.param(
            "drop tcp 10.0.0.300 any -> any 443 (sid:1;)",
            "`10.0.0.300` is no address",
            "10.0",
            id="address",
        ),
        pytest.param("deny tcp any any -> any 443 (sid:1;)",
            "`deny` is no action of Network Firewall", "deny", id="action"),
        pytest.param(
            "drop tcp any any -> any 443 (msg:\"'\"; flow:up; sid:1;)",
            "`up` is nothing that `flow` knows",
            "flow",
            id="option",
        ),
        pytest.param(
            "accept:hook tcp:all any any -> any 443 (sid:1;)",
            "`accept:hook` is an action of Next Generation policies, which fwlint does not read",
            "acce",
            id="a rule of another engine",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_rule_is_refused_at_its_character(
    rules: str, message: str, shown: str
) -> None:
    with pytest.raises(InputError) as caught:
        by_action(rules)

    error = caught.value
    assert message == error.message
    assert shown == error.text[error.span.column - 1 :][:4]


def _header(**changes: str) -> Json:
    header = {
        "Protocol": "TCP",
        "Source": "ANY",
        "SourcePort": "ANY",
        "Direction": "FORWARD",
        "Destination": "10.0.0.0/8",
        "DestinationPort": "443",
        **changes,
    }
    options = [{"Keyword": "sid:1"}]
    return {"Action": "DROP", "Header": header, "RuleOptions": options}


def _tuple(rule: Json, **more: Json) -> RuleSet:
    one = group("five", {"RulesSource": {"StatefulRules": [rule]}, **more})
    return read(one, policy([one]), *firewall())


def test_a_rule_as_an_object_says_what_it_is() -> None:
    rule = _header(Source="[$HOME_NET,192.0.2.0/24]", Direction="ANY")
    rule["RuleOptions"].append({"Keyword": "msg", "Settings": ['"no, "', '"web"']})

    answer = ask(_tuple(rule), "tcp 10.9.0.1:443 > 192.0.2.9:1")

    assert answer.verdict == "drop"
    assert answer.text == (
        "stateful five: drop tcp [$HOME_NET,192.0.2.0/24] any <> 10.0.0.0/8 443"
        ' (sid:1; msg:"no, ","web";)'
    )


@pytest.mark.parametrize(
    ("rule", "message", "line"),
    [
        (_header(Source="10.0.0.0/99"), "`10.0.0.0/99` is no address", "Source"),
        (_header(SourcePort="70000"), "`70000` is no port", "SourcePort"),
        (_header(DestinationPort="web"), "a port is expected", "DestinationPort"),
        (_header(Destination="[10.0.0.1"), "`]` is expected", "Destination"),
        (_header(Direction="BACK"), "`Direction` is FORWARD or ANY", "Direction"),
        ({**_header(), "Action": "LOG"}, "`log` is no action of Network Firewall", "Action"),
        ({"Action": "DROP", "RuleOptions": []}, "a stateful rule has a `Header`", ""),
        (
            {**_header(), "RuleOptions": [{"Keyword": "flow", "Settings": ["up"]}]},
            "`up` is nothing that `flow` knows",
            "RuleOptions",
        ),
    ],
)
def test_what_is_wrong_in_an_object_is_refused_at_its_key(
    rule: Json, message: str, line: str
) -> None:
    with pytest.raises(InputError) as caught:
        _tuple(rule)

    assert message == caught.value.message
    assert line in caught.value.text


def test_what_is_not_read_of_rules_is_told_once_for_equal_reasons() -> None:
    rules = "\n".join(
        f'drop tls any any -> any {n} (tls.sni; content:"{n}"; sid:{n};)' for n in range(1, 41)
    )
    found = by_action(f"{rules}\ndrop tcp any any -> any 9 (ttl:9; sid:99;)")

    beyond = "what this tests is not in the model"
    assert [(gap.check, gap.message) for gap in found.gaps] == [
        ("FW902", f"`protocol tls`, `tls.sni`, `content`: {beyond} (in 40 rules)"),
        ("FW902", f"`ttl`: {beyond}"),
    ]


def test_keys_that_nobody_knows_are_told_wherever_they_stand() -> None:
    less = stateless("less", {"Actions": ["aws:pass"], "New": 1})
    one = texts("web", "# none", RuleVariables={"IPSets": {"A": {"Definition": ["::1"], "New": 2}}})
    other = policy([less, one], New=3)
    edge = firewall()
    edge[0]["Firewall"]["New"] = 4

    found = read(less, one, other, *edge)

    assert len(found.gaps) == 4
    assert {("FW901", "New")} == {(gap.check, gap.text) for gap in found.gaps}


def test_a_rule_group_without_its_name_is_told() -> None:
    found = read({"RuleGroup": ONE["RuleGroup"]}, policy([]))

    assert [gap.message for gap in found.gaps] == [
        "no policy can refer to a rule group without its `RuleGroupResponse`"
    ]


@pytest.mark.parametrize(
    ("key", "state", "count"),
    [
        ("ConfigurationSyncStateSummary", "IN_SYNC", 0),
        ("ConfigurationSyncStateSummary", "PENDING", 1),
        ("ConfigurationSyncStateSummary", "CAPACITY_CONSTRAINED", 1),
        ("Status", "READY", 0),
        ("Status", "FAILED", 1),
    ],
)
def test_a_firewall_that_does_not_do_all_that_it_says_is_told(
    key: str, state: str, count: int
) -> None:
    edge = firewall()
    edge[0]["FirewallStatus"] = {key: state}

    found = read(policy([]), *edge)

    assert [("FW313", state)] * count == [(gap.check, gap.text) for gap in found.gaps]


def test_what_judges_no_packet_is_told() -> None:
    other = policy([])
    other["FirewallPolicyResponse"]["FirewallPolicyArn"] = f"{ARN}firewall-policy/other"

    found = read(ONE, policy([]), other, *firewall())

    told = [
        "no policy of the export has the rule group web",
        f"no firewall of the export has the policy {ARN}firewall-policy/other",
    ]
    assert [(gap.check, gap.message) for gap in found.gaps] == [
        ("FW902", f"{each}: it judges no packet") for each in told
    ]
