"""The second evaluator says of accounts made by hand what the documentation says."""

import ast
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from flowmodel.fields import ESTABLISHED, RELATED
from flowmodel.packet import Packet
from flowmodel.record import replace
from tests.oracles.aws import accounts, answers, evaluate, packets, permissions, places
from tests.oracles.aws.accounts import Account, Element, account
from tests.oracles.aws.evaluate import group_rules, passes
from tests.oracles.aws.hand_made import hand_made
from tests.oracles.aws.places import Spot, spot
from tests.oracles.aws.verdicts import VERDICTS, Verdict


def at(made: Account, name: str) -> Spot:
    """The interface of a name."""
    interfaces = made.elements("NetworkInterfaces")
    return spot(made, next(each for each in interfaces if each["NetworkInterfaceId"] == name))


@pytest.mark.parametrize("case", VERDICTS, ids=lambda case: f"{case.at} {case.because}")
def test_the_verdict_is_the_documentations(case: Verdict) -> None:
    made = hand_made()

    assert passes(made, at(made, case.at), case.way, case.packet) is case.answer


def test_answers_and_errors_about_them_need_no_rule_of_a_group() -> None:
    made = hand_made()
    refused = next(case for case in VERDICTS if case.because == "no rule of the group")
    for state in (ESTABLISHED, RELATED):
        packet = replace(refused.packet, state=state)

        assert passes(made, at(made, refused.at), refused.way, packet) is True


_FROM_WEB = next(case.packet for case in VERDICTS if case.because == "a member of sg-0web")
_INSIDE = next(case.packet for case in VERDICTS if case.because == "no member")


@pytest.mark.parametrize(
    ("key", "packet", "expected"),
    [
        ("NetworkInterfaces", _FROM_WEB, None),
        ("NetworkInterfaces", _INSIDE, None),
        ("NetworkAcls", _FROM_WEB, None),
        ("NetworkAcls", _INSIDE, False),
        ("Subnets", _FROM_WEB, True),
        ("Subnets", _INSIDE, False),
        ("PrefixLists", _FROM_WEB, True),
    ],
)
def test_what_was_not_exported_is_unknown_as_far_as_it_decides(
    key: str, packet: Packet, expected: bool | None
) -> None:
    made = hand_made()
    place = at(made, "eni-0db")
    del made.lists[key]

    assert passes(made, place, "input", packet) is expected


def test_both_descriptions_of_groups_have_the_same_rules() -> None:
    for seed in range(30):
        made = account(seed, complete=True)
        only = Account({k: v for k, v in made.lists.items() if k != "SecurityGroups"}, made.entries)
        for group in made.elements("SecurityGroups"):
            for is_egress in (False, True):
                merged, single = (
                    Counter(map(_rule, group_rules(each, group["GroupId"], is_egress=is_egress)))
                    for each in (made, only)
                )

                assert merged == single


def _rule(rule: Element) -> str:
    service = (rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1))
    pair = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    ends = tuple(rule.get(key) for key in ("CidrIpv4", "CidrIpv6", "PrefixListId"))
    return repr((service, ends, pair))


def test_random_accounts_have_every_form_of_rule() -> None:
    forms: Counter[str] = Counter()
    for seed in range(150):
        made = account(seed)
        for rule in made.elements("SecurityGroupRules"):
            ends = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo")
            forms[f"{rule['IpProtocol']} {next(key for key in ends if key in rule)}"] += 1
        for acl in made.elements("NetworkAcls"):
            for entry in acl["Entries"]:
                end = "IPv4" if "CidrBlock" in entry else "IPv6"
                forms[f"{entry['RuleAction']} {entry['Protocol']} {end}"] += 1
    wanted = {
        *(f"{p} {e}" for p in ("tcp", "udp", "-1", "50") for e in ("CidrIpv4", "CidrIpv6")),
        *(f"{p} {e}" for p in ("tcp", "icmp") for e in ("PrefixListId", "ReferencedGroupInfo")),
        *("icmp CidrIpv4", "icmpv6 CidrIpv6", "icmpv6 ReferencedGroupInfo", "6 CidrIpv4"),
        *(f"{a} {p} IPv4" for a in ("allow", "deny") for p in ("6", "17", "1", "-1", "50")),
        *(f"{a} {p} IPv6" for a in ("allow", "deny") for p in ("6", "17", "58", "-1")),
    }

    assert not wanted - set(forms)


def test_an_account_is_the_same_whenever_it_is_made() -> None:
    assert account(7) == account(7)
    assert account(7) != account(8)


@pytest.mark.parametrize("module", [accounts, answers, evaluate, packets, permissions, places])
def test_the_evaluator_knows_nothing_of_fwlint_but_what_a_packet_is(module: ModuleType) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    named = [each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    plain = [name.name for e in ast.walk(tree) if isinstance(e, ast.Import) for name in e.names]
    own = [name for name in (*named, *plain) if name.startswith(("linter", "parsers", "policies"))]

    assert all(name.startswith(("flowmodel.fields", "flowmodel.packet")) for name in own)
