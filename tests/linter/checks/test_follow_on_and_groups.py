"""Follow-on ports and multicast groups on real rules, each beside a rule set that is right."""

from pathlib import Path

import pytest

from tests.linter.checks.constructs import ASK, FWD, at_edge, told
from tests.linter.checks.samples import (
    EDGE,
    HOST,
    KEEP,
    KEEP_IN,
    load,
    policy,
    rules,
    site,
)

FIRST = f"{FWD} -p tcp --dport 135 -j ACCEPT"
THEN = {
    "both": ((FIRST, f"{FWD} -p tcp --dport 49152:65535 -j ACCEPT"), []),
    "the first alone": ((FIRST,), [("FW112", "possible")]),
    "a part": (
        (FIRST, f"{FWD} -p tcp --dport 50000:65535 -j ACCEPT"),
        [("FW112", "possible")],
    ),
    "neither": ((), [("FW101", "certain")]),
}


@pytest.mark.parametrize(("filters", "expected"), THEN.values(), ids=THEN)
def test_follow_on_ports_are_missed_where_the_first_is_open(
    filters: tuple[str, ...], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    flow = "id: rpc, service: 135/tcp, then: 49152-65535/tcp"

    assert at_edge(tmp_path, (flow,), *filters) == expected


BACK_THEN = "-A FORWARD -s 192.0.2.10/32 -d 10.1.0.0/16 -p udp -j ACCEPT"
TFTP = f"{FWD} -p udp --dport 69 -j ACCEPT"
ANSWERED = {
    "both": ((TFTP, BACK_THEN), []),
    "the first alone": ((TFTP,), [("FW112", "possible")]),
    "the wrong way": ((TFTP, f"{FWD} -p udp -j ACCEPT"), [("FW112", "possible")]),
}


@pytest.mark.parametrize(("filters", "expected"), ANSWERED.values(), ids=ANSWERED)
def test_connections_back_are_missed_where_the_first_is_open(
    filters: tuple[str, ...], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    flow = "id: tftp, service: 69/udp, then_back: 1024-65535/udp"

    assert at_edge(tmp_path, (flow,), *filters) == expected


HALF = f"{FWD.replace('10.1.0.0/16', '10.1.2.0/24')} -p tcp --dport 135 -j ACCEPT"


@pytest.mark.parametrize(
    ("flow", "first", "expected"),
    [
        ("service: 135/tcp", HALF, [("FW103", 1), ("FW112", 1)]),
        ("any_of: [135/tcp, 593/tcp]", FIRST, [("FW112", 1)]),
        ("any_of: [135/tcp, 593/tcp]", "", [("FW106", 1)]),
    ],
    ids=["of some clients", "of one service", "nothing"],
)
def test_follow_on_ports_are_missed_wherever_some_first_one_is_open(
    flow: str, first: str, expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    text = policy(f"id: rpc, {flow}, then: 49152-65535/tcp".replace("any_of", "'any_of'"))
    found = ASK(tmp_path, text, site(), {"edge.rules": rules(KEEP, first)})

    assert [(one.check, len(one.extent.splitlines())) for one in found] == expected
    said = [one.extent for one in found if one.check == "FW112"]
    assert all("10.1.2.0/24" in one for one in said if first == HALF)


NODES = "{web: [192.0.2.10, 192.0.2.11], users: office}"
TO_GROUP = "-A INPUT -s 192.0.2.0/24 -d 224.0.0.251/32 -p udp --dport 5353 -j ACCEPT"
GROUPS = {
    "permitted": (TO_GROUP, {}, []),
    "to the machine alone": (
        TO_GROUP.replace("224.0.0.251", "192.0.2.10"),
        {},
        [("FW101", "certain")],
    ),
    "not sent": (TO_GROUP, {"output": "DROP"}, [("FW101", "certain")]),
}


@pytest.mark.parametrize(("rule", "default", "expected"), GROUPS.values(), ids=GROUPS)
def test_packets_to_a_group_get_to_the_machines_of_the_network(
    rule: str, default: dict[str, str], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    flow = "id: mdns, from: web, to: web, service: 5353/udp, group: 224.0.0.251"
    host = HOST.replace("host: shop.web", "host: {role: shop.web, address: 192.0.2.10}")
    found = ASK(
        tmp_path,
        policy(flow),
        site(host, bind=NODES),
        {"web.rules": rules(KEEP_IN, rule, **default)},
    )

    assert [each for each in told(found) if each[0] != "FW113"] == expected


def test_a_group_in_another_network_is_not_checked(tmp_path: Path) -> None:
    flow = "id: mdns, service: 5353/udp, group: 224.0.0.251"

    assert at_edge(tmp_path, (flow,)) == [("FW113", "certain")]


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("[192.0.2.10, 192.0.2.11]", []),
        ("[192.0.2.10, 192.0.2.11, 10.1.0.5]", ["from office to dmz"]),
        ("[192.0.2.10, 10.1.0.5]", ["from office to dmz"]),
        ("[198.51.100.10, 198.51.100.11]", ["from internet to internet"]),
    ],
    ids=["one network", "another one too", "each in its own", "no network of the site"],
)
def test_a_group_is_not_checked_between_networks_whatever_is_asked_in_one(
    bound: str, expected: list[str], tmp_path: Path
) -> None:
    flow = "id: mdns, from: web, to: web, service: 5353/udp, group: 224.0.0.251"
    first = bound.strip("[]").split(",")[0]
    host = HOST.replace("host: shop.web", f"host: {{role: shop.web, address: {first}}}")
    text = site(EDGE, host, bind=f"{{web: {bound}, users: office}}")
    accept = TO_GROUP.replace("-s 192.0.2.0/24 ", "")

    found = ASK(
        tmp_path,
        policy(flow),
        text,
        {"web.rules": rules(KEEP_IN, accept), "edge.rules": rules(KEEP)},
    )

    said = [one for one in found if "no export shows" in one.message]
    assert [one.extent for one in said] == expected


MANY = {
    ("224.0.0.251", "-m addrtype --dst-type MULTICAST"): [],
    ("224.0.0.251", "-m pkttype --pkt-type multicast"): [],
    ("224.0.0.251", "-m addrtype --dst-type LOCAL"): [("FW101", "certain")],
    ("224.0.0.251", "-m addrtype --dst-type BROADCAST"): [("FW101", "certain")],
    ("224.0.0.251", "-m pkttype --pkt-type unicast"): [("FW101", "certain")],
    ("broadcast", "-m addrtype --dst-type BROADCAST"): [],
    ("broadcast", "-m pkttype --pkt-type broadcast"): [],
    ("broadcast", "-m addrtype --dst-type LOCAL"): [("FW101", "certain")],
    ("broadcast", "-m pkttype --pkt-type multicast"): [("FW101", "certain")],
}


@pytest.mark.parametrize(("case", "expected"), MANY.items(), ids=[" ".join(one) for one in MANY])
def test_packets_to_a_group_are_for_no_address_of_the_machine(
    case: tuple[str, str], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    """What `ip route get 224.0.0.251` calls multicast is not local (net/ipv4/fib_frontend.c)."""
    group, match = case
    flow = f"id: mdns, from: web, to: web, service: 5353/udp, group: {group}"
    host = HOST.replace("host: shop.web", "host: {role: shop.web, address: 192.0.2.10}")
    rule = f"-A INPUT {match} -p udp -m udp --dport 5353 -j ACCEPT"
    found = ASK(tmp_path, policy(flow), site(host, bind=NODES), {"web.rules": rules(KEEP_IN, rule)})

    assert [each for each in told(found) if each[0] != "FW113"] == expected


def test_follow_on_ports_are_of_the_machines_where_the_first_packets_go_to_a_group(
    tmp_path: Path,
) -> None:
    flow = "id: mdns, from: web, to: web, service: 5353/udp, group: 224.0.0.251, then: 6000/udp"
    host = HOST.replace("host: shop.web", "host: {role: shop.web, address: 192.0.2.10}")
    then = "-A INPUT -s 192.0.2.11/32 -d {}/32 -p udp -m udp --dport 6000 -j ACCEPT"

    def said(to: str) -> list[str]:
        export = rules(KEEP_IN, TO_GROUP, then.format(to))
        findings = ASK(tmp_path, policy(flow), site(host, bind=NODES), {"web.rules": export})
        return [one.check for one in findings if one.check != "FW113"]

    assert said("192.0.2.10") == []
    assert said("224.0.0.251") == ["FW112"]


def test_a_waiver_can_name_the_follow_on_ports_of_a_flow(tmp_path: Path) -> None:
    accept = """
    accept:
      - {finding: FW112, flow: shop.rpc/then, because: fewer ports, until: "2035-01-01"}
    """
    flow = policy(
        "id: rpc, service: 135/tcp, then: 49152-65535/tcp", "id: rpc-then, service: 7/tcp"
    )
    loaded = load(tmp_path, flow, site(more=accept), {"edge.rules": rules(KEEP, FIRST)})

    assert [one.flow for one in loaded.waivers] == ["shop.rpc/then"]
    assert len({one.name for one in loaded.requirements}) == len(loaded.requirements)
