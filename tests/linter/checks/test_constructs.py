"""What the constructs of port pages mean on real rules, each beside a rule set that is right."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import (
    EDGE,
    HOST,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    policy,
    rules,
    site,
)

ASK = Asking(*REQUIRED, "FW212")
IN = "-A INPUT -s 10.1.0.0/16"
FWD = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32"


def _found(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.check, one.certainty) for one in findings]


def _at_edge(folder: Path, flows: tuple[str, ...], *filter_rules: str) -> list[tuple[str, str]]:
    found = ASK(folder, policy(*flows), site(), {"edge.rules": rules(KEEP, *filter_rules)})
    return _found(found)


PROTOCOLS = {
    "ESP": ("esp", f"{FWD} -p esp -j ACCEPT", []),
    "AH instead": ("esp", f"{FWD} -p ah -j ACCEPT", [("FW101", "certain")]),
    "by number": ("proto 112", f"{FWD} -p 112 -j ACCEPT", []),
    "another number": ("proto 112", f"{FWD} -p 113 -j ACCEPT", [("FW101", "certain")]),
    "GRE": ("gre", f"{FWD} -p gre -j ACCEPT", []),
}


@pytest.mark.parametrize(("service", "rule", "expected"), PROTOCOLS.values(), ids=PROTOCOLS)
def test_protocols_without_ports_are_proved(
    service: str, rule: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert _at_edge(tmp_path, (f"id: one, service: {service}",), rule) == expected


SPORTS = {
    "the port alone": ("53", "--sport 53", []),
    "all clients": ("53,1024-65535", "", []),
    "one of two": ("53,1024-65535", "--sport 53", [("FW103", "certain")]),
    "unprivileged alone": ("53", "--sport 1024:65535", [("FW101", "certain")]),
}


@pytest.mark.parametrize(("sport", "match", "expected"), SPORTS.values(), ids=SPORTS)
def test_a_flow_must_work_from_the_ports_of_its_clients(
    sport: str, match: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    rule = f"{FWD} -p udp {match} --dport 53 -j ACCEPT"
    flow = f'id: one, service: 53/udp, sport: "{sport}"'

    assert _at_edge(tmp_path, (flow,), rule) == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [("--sport 53", []), ("--sport 54", [("FW101", "certain")]), ("", [])],
    ids=["the port", "another", "all"],
)
def test_a_flow_of_the_site_itself_has_ports_of_clients_too(
    match: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    own = """
    allow:
      - {id: own, from: office, to: shop.web, service: 53/udp, sport: 53, need: must}
    """
    rule = f"{FWD} -p udp {match} --dport 53 -j ACCEPT"
    flow = "id: one, service: 443/tcp, need: may"

    found = ASK(tmp_path, policy(flow), site(more=own), {"edge.rules": rules(KEEP, rule)})

    assert _found(found) == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [("--sport 53", [("FW212", "certain")]), ("--sport 53 -m mark --mark 1 ! -i lan0", [])],
    ids=["from one port", "from elsewhere"],
)
def test_what_must_not_be_open_must_not_be_open_from_any_port(
    match: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    rule = f"{FWD} -p tcp {match} --dport 22 -j ACCEPT"

    assert _at_edge(tmp_path, ("id: one, service: 22/tcp, need: never",), rule) == expected


BACK = "-A FORWARD -s 192.0.2.10/32 -d 10.1.0.0/16 -p tcp --dport 135 -j ACCEPT"
THERE = f"{FWD} -p tcp --dport 135 -j ACCEPT"
EITHER = {
    "both": ((THERE, BACK), []),
    "there": ((THERE,), [("FW103", "certain")]),
    "back": ((BACK,), [("FW103", "certain")]),
    "neither": ((), [("FW101", "certain")]),
}


@pytest.mark.parametrize(("filters", "expected"), EITHER.values(), ids=EITHER)
def test_either_side_may_open(
    filters: tuple[str, ...], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    text = policy("id: one, service: 135/tcp").replace(
        "from: users, to: web", "between: [users, web]"
    )
    found = ASK(tmp_path, text, site(), {"edge.rules": rules(KEEP, *filters)})

    assert _found(found) == expected


TUNNELS = (
    "id: esp, service: esp, alternative: tunnel/ipsec",
    "id: ike, service: 500/udp, alternative: tunnel/ipsec",
    "id: pptp, service: 1723/tcp, alternative: tunnel/pptp",
    "id: gre, service: gre, alternative: tunnel/pptp",
)
ESP, IKE = f"{FWD} -p esp -j ACCEPT", f"{FWD} -p udp --dport 500 -j ACCEPT"
PPTP, GRE = f"{FWD} -p tcp --dport 1723 -j ACCEPT", f"{FWD} -p gre -j ACCEPT"
ALTERNATIVES = {
    "the first": ((ESP, IKE), []),
    "the second": ((PPTP, GRE), []),
    "both": ((ESP, IKE, PPTP, GRE), []),
    "half of each": ((ESP, GRE), ["shop.ike"]),
    "half of one": ((PPTP,), ["shop.gre"]),
    "none": ((), ["shop.esp", "shop.ike"]),
}


@pytest.mark.parametrize(("filters", "expected"), ALTERNATIVES.values(), ids=ALTERNATIVES)
def test_one_alternative_is_enough_as_a_whole(
    filters: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    found = ASK(tmp_path, policy(*TUNNELS), site(), {"edge.rules": rules(KEEP, *filters)})

    assert [one.flow for one in found] == expected
    assert all(", part of shop.tunnel/" in one.message for one in found)


NATT = f"{FWD} -p udp --dport 4500 -j ACCEPT"
ONE_OF = (
    "id: pptp, service: 1723/tcp, alternative: tunnel/pptp",
    "id: ike, 'any_of': [500/udp, 4500/udp], alternative: tunnel/ipsec",
    "id: esp, service: esp, alternative: tunnel/ipsec",
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [((NATT, ESP), []), ((NATT,), ["shop.pptp"]), ((IKE, NATT, ESP), [])],
    ids=["one of the services", "half", "all"],
)
def test_an_alternative_works_with_one_of_several_services(
    filters: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    found = ASK(tmp_path, policy(*ONE_OF), site(), {"edge.rules": rules(KEEP, *filters)})

    assert [one.flow for one in found] == expected


BOTH = "{office: [10.1.0.0/16, '2001:db8:1::/64'], dmz: [192.0.2.0/24, '2001:db8:2::/64']}"
OF_BOTH = (
    "id: one, from: users, to: web, service: 500/udp, alternative: tunnel/a",
    "id: two, from: users, to: db, service: 1723/tcp, alternative: tunnel/b",
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((f"{FWD} -p udp --dport 500 -j ACCEPT",), []),
        ((), [("FW101", "shop.one"), ("FW101", "shop.two")]),
    ],
    ids=["works where it is needed", "works nowhere"],
)
def test_an_alternative_that_one_family_does_not_need_is_enough_there(
    filters: tuple[str, ...], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    """The web server has IPv4 alone, and the database both."""
    edge = EDGE.replace("edge.rules, ipv6: no", "[edge.rules, six.rules]")
    bind = "{web: 192.0.2.10, db: [192.0.2.11, '2001:db8:2::11'], users: office}"
    export = {
        "edge.rules": rules(KEEP, *filters),
        "six.rules": f"# Generated by ip6tables-save\n{rules(KEEP)}",
    }

    found = ASK(tmp_path, policy(*OF_BOTH), site(edge, bind=bind, networks=BOTH), export)

    assert [(one.check, one.flow) for one in found] == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (f"{FWD} -p udp --dport 500 -j ACCEPT", []),
        ("", [("FW101", "shop.far"), ("FW113", "shop.near")]),
    ],
    ids=["another works", "no other works"],
)
def test_of_an_alternative_without_a_device_on_its_way_nobody_knows(
    rule: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    flows = (
        "id: far, from: users, to: web, service: 500/udp, alternative: tunnel/far",
        "id: near, from: db, to: web, service: 1723/tcp, alternative: tunnel/near",
    )
    text = site(bind="{web: 192.0.2.10, db: 192.0.2.11, users: office}")

    found = ASK(tmp_path, policy(*flows), text, {"edge.rules": rules(KEEP, rule)})

    assert [(one.check, one.flow) for one in found] == expected


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

    assert _at_edge(tmp_path, (flow,), *filters) == expected


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

    assert [each for each in _found(found) if each[0] != "FW113"] == expected


def test_a_group_in_another_network_is_not_checked(tmp_path: Path) -> None:
    flow = "id: mdns, service: 5353/udp, group: 224.0.0.251"

    assert _at_edge(tmp_path, (flow,)) == [("FW113", "certain")]


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

    assert [each for each in _found(found) if each[0] != "FW113"] == expected


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
