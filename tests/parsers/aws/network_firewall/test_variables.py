"""Variables and references: those of the group, of the policy, and of the VPC."""

import pytest

from tests.parsers.aws.network_firewall.samples import (
    Json,
    ask,
    by_action,
    firewall,
    policy,
    read,
    texts,
)

OUT = "tcp 10.0.0.1:40000 > 198.51.100.7:443"


@pytest.mark.parametrize(
    ("sets", "rule", "packet", "expected"),
    [
        pytest.param(
            {}, "drop tcp $WEB any -> any any (sid:1;)", OUT, "unknown", id="unknown name"
        ),
        pytest.param(
            {"IPSets": {"WEB": {"Definition": ["10.0.0.0/24", "!10.0.0.128/25"]}}},
            "drop tcp $WEB any -> any any (sid:1;)",
            OUT,
            "drop",
            id="an IP set",
        ),
        pytest.param(
            {"PortSets": {"WEB": {"Definition": ["80", "440:450"]}}},
            "drop tcp any any -> any $WEB (sid:1;)",
            OUT,
            "drop",
            id="a port set",
        ),
        pytest.param(
            {"IPSets": {"HOME_NET": {"Definition": ["192.0.2.0/24"]}}},
            "drop tcp $HOME_NET any -> any any (sid:1;)",
            OUT,
            "accept",
            id="a group's own HOME_NET",
        ),
        pytest.param(
            {"IPSets": {"HOME_NET": {"Definition": ["192.0.2.0/24"]}}},
            "drop tcp $EXTERNAL_NET any -> any any (sid:1;)",
            OUT,
            "accept",
            id="which leaves EXTERNAL_NET to be all but the policy's",
        ),
        pytest.param(
            {"IPSets": {"EXTERNAL_NET": {"Definition": ["10.0.0.0/24"]}}},
            "drop tcp $EXTERNAL_NET any -> any any (sid:1;)",
            OUT,
            "drop",
            id="a group's own EXTERNAL_NET",
        ),
        pytest.param(
            {"ContextSets": {"APPS": {"Definition": ["sg-0123456789abcdef0"]}}},
            "drop tcp $APPS any -> any any (sid:1;)",
            OUT,
            "unknown",
            id="a context set",
        ),
    ],
)
def test_variables_are_those_of_the_group_and_of_the_policy(
    sets: Json, rule: str, packet: str, expected: str
) -> None:
    one = texts("web", rule, RuleVariables=sets)

    assert expected == ask(read(one, policy([one]), *firewall()), packet).verdict


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param(firewall(), "drop", id="the VPC's CIDR"),
        pytest.param(firewall()[:1], "unknown", id="no VPC"),
        pytest.param([], "unknown", id="no firewall"),
        pytest.param(
            [
                firewall()[0],
                {
                    "Vpcs": [
                        {
                            "VpcId": "vpc-1",
                            "CidrBlock": "10.0.0.0/16",
                            "CidrBlockAssociationSet": [
                                {"CidrBlock": "10.0.0.0/16"},
                                {"CidrBlock": "10.1.0.0/16"},
                            ],
                        }
                    ]
                },
            ],
            "unknown",
            id="a VPC with several",
        ),
    ],
)
def test_home_net_is_the_cidr_of_the_firewalls_vpc(documents: list[Json], expected: str) -> None:
    one = texts("web", "drop tcp $HOME_NET any -> $EXTERNAL_NET any (sid:1;)")

    assert expected == ask(read(one, policy([one]), *documents), OUT).verdict


def test_a_policy_may_have_another_home_net() -> None:
    one = texts("web", "drop tcp $HOME_NET any -> $EXTERNAL_NET any (sid:1;)")
    home = {"RuleVariables": {"HOME_NET": {"Definition": ["198.51.100.0/24"]}}}
    found = read(one, policy([one], PolicyVariables=home), *firewall())

    assert ask(found, OUT).verdict == "accept"
    assert ask(found, "tcp 198.51.100.7:1 > 10.0.0.1:443").verdict == "drop"


def _reference(arn: str) -> Json:
    return {"ReferenceSets": {"IPSetReferences": {"PARTNERS": {"ReferenceArn": arn}}}}


@pytest.mark.parametrize(
    ("arn", "entries", "expected"),
    [
        ("arn:aws:ec2:eu:1:prefix-list/pl-0a", ["198.51.100.0/24"], "drop"),
        ("arn:aws:ec2:eu:1:prefix-list/pl-0a", ["203.0.113.0/24"], "accept"),
        ("arn:aws:ec2:eu:1:prefix-list/pl-0b", ["198.51.100.0/24"], "unknown"),
        ("arn:aws:resource-groups:eu:1:group/tagged", ["198.51.100.0/24"], "unknown"),
    ],
)
def test_an_ip_set_reference_is_the_prefix_list_that_it_names(
    arn: str, entries: list[str], expected: str
) -> None:
    one = texts("web", "drop tcp any any -> @PARTNERS any (sid:1;)", **_reference(arn))
    listed = {"PrefixListId": "pl-0a", "Entries": [{"Cidr": each} for each in entries]}
    found = read(one, policy([one]), listed, *firewall())

    assert expected == ask(found, OUT).verdict
    assert (expected == "unknown") == any(gap.check == "FW307" for gap in found.gaps)


def test_entries_that_no_reference_can_name_are_said() -> None:
    one = texts("web", "drop tcp any any -> any any (sid:1;)")
    named = {"PrefixListId": "pl-0a", "Entries": [{"Cidr": "198.51.100.0/24", "New": 1}]}
    nameless = {"Entries": [{"Cidr": "198.51.100.0/24"}]}

    assert [gap.text for gap in read(one, policy([one]), named, *firewall()).gaps] == ["New"]
    assert [gap.text for gap in read(one, policy([one]), nameless, *firewall()).gaps] == ["Entries"]


def test_a_vpc_that_exports_tell_in_two_ways_has_no_home_net() -> None:
    one = texts("web", "drop tcp $HOME_NET any -> $EXTERNAL_NET any (sid:1;)")
    other = {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.9.0.0/16"}]}

    decided = ask(read(one, policy([one]), *firewall(), other), OUT)

    assert decided.verdict == "unknown"
    assert "the exports contradict each other" in decided.unread[0]


_FROM = "tcp 203.0.113.9:40000 > 198.51.100.7:443"
_FROM_V6 = "tcp [2001:db8::9]:40000 > [2001:db8::7]:443"
_OTHER = "whether exceptions of one address family leave those of the other"


@pytest.mark.parametrize("source", ["$EXTERNAL_NET", "!$HOME_NET", "!10.0.0.0/16", "[!10.0.0.0/8]"])
def test_exceptions_of_one_family_leave_perhaps_the_other_one(source: str) -> None:
    ruleset = by_action(f'drop tcp {source} any -> any 443 (content:"a"; sid:1;)')
    surely = by_action(f"drop tcp {source} any -> any 443 (sid:1;)")

    assert ask(ruleset, _FROM).unread == ('content:"a"',)
    assert ask(surely, _FROM).verdict == "drop"
    answer = ask(surely, _FROM_V6)
    assert (answer.verdict, answer.unread) == ("unknown", (f"source {source}: {_OTHER}",))


@pytest.mark.parametrize("source", ["any", "[any,!10.0.0.0/8]", "![10.0.0.0/8,2001:db8:1::/48]"])
def test_what_is_said_of_both_families_is_sure_of_both(source: str) -> None:
    ruleset = by_action(f"drop tcp {source} any -> any 443 (sid:1;)")

    assert ask(ruleset, _FROM).verdict == "drop"
    assert ask(ruleset, _FROM_V6).verdict == "drop"
