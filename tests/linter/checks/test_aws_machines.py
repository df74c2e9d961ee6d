"""AWS: a machine at all its addresses, both ends of a flow, and networks that an export shows."""

import json
from pathlib import Path

import pytest

from fwlint.loading import read
from linter.checks.evaluation import evaluate
from linter.engine.site.attachment import attached
from tests.linter.checks.samples import load, policy, site
from tests.parsers.aws.samples import EVERYTHING, OWNER, Element, account, group, interface
from tests.parsers.aws.samples import permission as allowed

V6: Element = {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
WEB = "2001:db8:1::10"
FLOWS = "id: https, service: 443/tcp", "id: ssh, service: 22/tcp, from: admins, admin: yes"
BIND = "{web: 10.0.1.10, users: internet, admins: office}"


def found(
    folder: Path, *ingress: Element, bind: str = BIND, more: str = "", **lists: list[Element]
) -> list[str]:
    """The checks and packets of what is found in an account whose web server lets these in."""
    https = allowed("tcp", 443, IpRanges=[{"CidrIp": "0.0.0.0/0"}], **V6)
    ssh = allowed("tcp", 22, IpRanges=[{"CidrIp": "198.51.100.64/28"}])
    mine = interface("eni-web", "10.0.1.10", "sg-web", v6=WEB, Attachment={"InstanceId": "i-1"})
    others = lists.pop("NetworkInterfaces", [])
    groups = [group("sg-web", [https, ssh, *ingress], [EVERYTHING]), *lists.pop("Groups", [])]
    whole = account(SecurityGroups=groups, NetworkInterfaces=[mine, *others], **lists)
    text = site(
        "cloud: {config: aws.json}", bind=bind, networks="{office: 198.51.100.64/28}", more=more
    )
    loaded = load(folder, policy(*FLOWS), text, {"aws.json": json.dumps(whole)})
    there = attached(loaded, read(loaded).rulesets)

    assert there.misplaced == ()
    outcome = evaluate(there.site, there.rulesets, asked=lambda each: each[:3] in ("FW1", "FW2"))
    return [f"{each.check} {each.witness}" for each in outcome.findings]


def test_what_is_permitted_to_a_role_is_permitted_at_every_address(tmp_path: Path) -> None:
    assert found(tmp_path) == []


_OPEN = [f"FW205 tcp [2001:db8::7]:40000 > [{WEB}]:5432"]
SECOND = interface("eni-two", "10.0.2.10", "sg-two", Attachment={"InstanceId": "i-1"})
STRANGER = interface("eni-two", "10.0.2.10", "sg-two", Attachment={"InstanceId": "i-2"})
TWO = group("sg-two", [allowed("tcp", 22)])


def test_a_role_that_is_bound_by_ipv4_is_exposed_over_ipv6(tmp_path: Path) -> None:
    assert found(tmp_path, allowed("tcp", 22, **V6)) == [
        f"FW203 tcp [2001:db8::7]:40000 > [{WEB}]:22"
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [("internet", [f"FW212 tcp [2001:db8::7]:40000 > [{WEB}]:5432"]), ("office", _OPEN)],
    ids=["to the internet", "no-op: to others"],
)
def test_what_is_forbidden_at_a_role_is_so_at_addresses_that_the_site_does_not_bind(
    source: str, expected: list[str], tmp_path: Path
) -> None:
    more = f"""
        allow:
          - {{id: closed, from: {source}, to: shop.web, service: 5432/tcp, need: never}}
        """

    assert found(tmp_path, allowed("tcp", 5432, **V6), more=more) == expected


def test_a_role_is_exposed_at_the_other_interface_of_its_machine(tmp_path: Path) -> None:
    # The VPC is no part of the internet: what is open to it too is a finding of its own.
    both = found(tmp_path, Groups=[TWO], NetworkInterfaces=[SECOND])

    assert sorted(line.split()[0] for line in both) == ["FW202", "FW203"]
    assert all(line.endswith("> 10.0.2.10:22") for line in both)
    assert found(tmp_path, Groups=[TWO], NetworkInterfaces=[STRANGER]) == []


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        pytest.param({"IpRanges": [{"CidrIp": "10.0.0.0/16"}]}, "FW202", id="the VPC"),
        pytest.param({"IpRanges": [{"CidrIp": "10.9.0.0/16"}]}, "FW202", id="a private network"),
        pytest.param({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, "FW202 FW203", id="everybody"),
        pytest.param({"IpRanges": [{"CidrIp": "203.0.113.0/24"}]}, "FW203", id="strangers"),
        pytest.param({"UserIdGroupPairs": [{"GroupId": "sg-web", "UserId": OWNER}]}, "",
                     id="the machine itself"),
        pytest.param({"UserIdGroupPairs": [{"GroupId": "sg-x", "UserId": OWNER, "VpcId": "vpc-9",
                      "VpcPeeringConnectionId": "p", "PeeringStatus": "active"}]}, "FW202",
                     id="whoever is in a peered VPC"),
    ],
)  # fmt: skip
def test_an_administrators_port_is_open_from(tmp_path: Path, ends: Element, expected: str) -> None:
    lines = found(tmp_path, allowed("tcp", 22, **ends))

    assert {line.split()[0] for line in lines} == set(expected.split())


FLOW = "allow:\n  - {{id: x, from: {0}, to: {1}, service: 5432/tcp, need: {2}}}\n"
DB = interface("eni-db", "10.0.1.20", "sg-db")
QUIET = group("sg-db", [])
LOUD = group("sg-db", [allowed("tcp", 5432)], [EVERYTHING])


@pytest.mark.parametrize(
    ("its", "flow", "expected"),
    [
        pytest.param(QUIET, ("shop.web", "10.0.1.20", "must"), {"FW101"}, id="nothing gets in"),
        pytest.param(LOUD, ("shop.web", "10.0.1.20", "must"), set(), id="it gets in"),
        pytest.param(LOUD, ("internet", "10.0.1.20", "never"), {"FW212"}, id="it must not"),
        pytest.param(QUIET, ("internet", "10.0.1.20", "never"), set(), id="and does not"),
        pytest.param(LOUD, ("10.0.1.20", "shop.web", "never"), set(),
                     id="what may be sent and is not let in is no opening"),
    ],
)  # fmt: skip
def test_an_end_that_is_no_role_is_asked_at_its_own_machine(
    tmp_path: Path, its: Element, flow: tuple[str, str, str], expected: set[str]
) -> None:
    lines = found(tmp_path, more=FLOW.format(*flow), Groups=[its], NetworkInterfaces=[DB])

    assert {line.split()[0] for line in lines} == expected


@pytest.mark.parametrize("service", ["icmp", "icmpv6"])
def test_icmp_is_asked_about_in_its_own_family(tmp_path: Path, service: str) -> None:
    both = "{web: [10.0.1.10, '2001:db8:1::10'], users: internet, admins: office}"
    need = f"allow:\n  - {{id: x, from: internet, to: shop.web, service: {service}, need: must}}\n"
    rules = [allowed("icmp", -1, -1), allowed("icmpv6", -1, -1, **V6)]

    assert found(tmp_path, *rules, bind=both, more=need) == []
    assert [line.split()[0] for line in found(tmp_path, bind=both, more=need)] == ["FW101"]
