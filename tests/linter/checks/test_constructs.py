"""What the constructs of port pages mean on real rules, each beside a rule set that is right."""

from pathlib import Path

import pytest

from tests.linter.checks.constructs import ASK, FWD, at_edge, told
from tests.linter.checks.samples import EDGE, KEEP, REQUIRED, Asking, policy, rules, site

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
    assert at_edge(tmp_path, (f"id: one, service: {service}",), rule) == expected


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

    assert at_edge(tmp_path, (flow,), rule) == expected


WHICH = {
    "other addresses": (f"{FWD.replace('16', '17', 1)} -p udp --dport 53", "some of its addresses"),
    "other ports": (f"{FWD} -p udp --sport 53 --dport 53", "clients with source ports 49152-65535"),
}


@pytest.mark.parametrize(("rule", "expected"), WHICH.values(), ids=WHICH)
def test_the_ports_of_clients_are_named_where_others_get_through(
    rule: str, expected: str, tmp_path: Path
) -> None:
    flow = policy('id: one, service: 53/udp, sport: "53,49152-65535"')
    found = ASK(tmp_path, flow, site(), {"edge.rules": rules(KEEP, f"{rule} -j ACCEPT")})

    assert [expected in one.message for one in found] == [True]


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

    assert told(found) == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [("--sport 53", [("FW212", "certain")]), ("--sport 53 -m mark --mark 1 ! -i lan0", [])],
    ids=["from one port", "from elsewhere"],
)
def test_what_must_not_be_open_must_not_be_open_from_any_port(
    match: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    rule = f"{FWD} -p tcp {match} --dport 22 -j ACCEPT"

    assert at_edge(tmp_path, ("id: one, service: 22/tcp, need: never",), rule) == expected


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

    assert told(found) == expected
    assert all("shop.one (135/tcp) between users and web is" in one.message for one in found)


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


_UNSURE = (
    "id: pptp, service: 1723/tcp, alternative: tunnel/a",
    "id: nat, from: users, to: db, service: 500/udp, alternative: tunnel/a",
    "id: ipsec, service: esp, alternative: tunnel/b",
)


@pytest.mark.parametrize(
    ("ports", "expected"),
    [((PPTP,), ["FW501"]), ((PPTP, ESP), ["FW501"]), ((), ["FW101", "FW501"])],
    ids=["as far as it is known", "beside one that works", "none"],
)
def test_an_alternative_with_a_role_that_nobody_binds_is_told(
    ports: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    asking = Asking(*REQUIRED, "FW501")
    found = asking(tmp_path, policy(*_UNSURE), site(), {"edge.rules": rules(KEEP, *ports)})

    assert sorted({one.check for one in found}) == expected
