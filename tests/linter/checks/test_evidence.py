"""What a finding carries: place, packet, extent, remedy, trace, destinations, and a stable key."""

from pathlib import Path

import pytest

from flowmodel.finding import Destinations
from fwlint.packets import parse_expression
from tests.linter.checks.samples import EDGE, HTTPS, KEEP, Asking, chains, policy, rules, site

found = Asking("FW101", "FW102", "FW103", "FW109", "FW201", "FW205")

_ROWS = policy(
    "id: https, service: 443/tcp, rows: [A1, A2]",
    rows="A1: {line: 3, says: HTTPS}\nA2: {line: 4, says: The same}",
)


_BAN = "-A FORWARD -m string --string x --algo bm -j DROP"


def test_a_blocked_flow_carries_everything_that_proves_it(tmp_path: Path) -> None:
    exports = {
        "edge.rules": rules(
            *chains("users"),
            KEEP,
            "-A FORWARD -i lan0 -j users",
            "-A users -d 192.0.2.10/32 -j DROP",
        )
    }

    (actual,) = found(tmp_path, _ROWS, site(), exports)

    path = tmp_path / "edge.rules"
    assert (actual.span.line, actual.span.column, actual.label) == (8, 1, "dropped here")
    assert [(Path(each.span.path).name, each.label) for each in actual.related] == [
        ("shop.yaml", "required by this")
    ]
    assert (actual.device, actual.flow) == ("edge", "shop.https")
    assert actual.rows == ("shop A1, line 3: HTTPS", "shop A2, line 4: The same")
    assert actual.extent == "tcp 443 from 10.1.0.0/16 to 192.0.2.10"
    assert actual.remedy == (
        f"permit tcp 443 from 10.1.0.0/16 to 192.0.2.10 on edge, before {path}:8"
    )
    assert actual.trace == (
        f"{path}:7: -A FORWARD -i lan0 -j users",
        f"{path}:8: -A users -d 192.0.2.10/32 -j DROP",
    )
    assert actual.reasons == ()
    assert actual.key == ("FW101", "edge", "shop.https", "-A users -d 192.0.2.10/32 -j DROP")


def test_an_opening_carries_everything_that_proves_it(tmp_path: Path) -> None:
    opening = "-A FORWARD -s 10.1.0.0/17 -d 192.0.2.10/32 -p tcp -m tcp --dport 8080 -j ACCEPT"

    (actual,) = found(tmp_path, policy(), site(), {"edge.rules": rules(KEEP, HTTPS, opening)})

    assert (actual.span.line, actual.label, actual.related) == (7, "accepted here", ())
    assert actual.extent == "tcp 8080 from 10.1.0.0/17 to 192.0.2.10"
    assert actual.remedy == "close it, or add it under `allow` in the site file"
    assert actual.trace == (f"{tmp_path}/edge.rules:7: {opening}",)
    assert actual.key == ("FW205", "edge", "", f"shop.web {opening}")


_TWO_DOORS = (
    "edge: {config: edge.rules, ipv6: no, "
    "interfaces: {wan0: internet, lan0: office, vpn0: home, dmz0: dmz}}"
)
_NETWORKS = "{office: 10.1.0.0/16, home: 10.2.0.0/16, dmz: 192.0.2.0/24}"


@pytest.mark.parametrize(
    ("filter_rules", "extent"),
    [
        ((), "tcp 443 from 10.1.0.0/16, 10.2.0.0/16 to 192.0.2.10"),
        ((HTTPS,), "tcp 443 from 10.2.0.0/16 to 192.0.2.10"),
    ],
    ids=["both ways", "one way"],
)
def test_a_finding_speaks_of_all_ways_through_its_device(
    filter_rules: tuple[str, ...], extent: str, tmp_path: Path
) -> None:
    text = site(_TWO_DOORS, networks=_NETWORKS, bind="{web: 192.0.2.10, users: [office, home]}")

    (actual,) = found(tmp_path, policy(), text, {"edge.rules": rules(KEEP, *filter_rules)})

    assert actual.extent == extent
    assert actual.remedy.startswith(f"permit {extent} on edge")


def test_a_waiver_is_asked_about_all_packets_that_a_finding_may_mean(tmp_path: Path) -> None:
    text = policy("id: https, service: 443/tcp", "id: more, from: users, to: db, service: 443/tcp")
    opening = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/31 -p tcp -m tcp --dport 8000:8001 -j ACCEPT"
    doubtful = "-A FORWARD -d 192.0.2.10/32 -p tcp -m string --string x --algo bm -j DROP"
    both = HTTPS.replace(".10/32", ".10/31")
    exports = {"edge.rules": rules(KEEP, both, doubtful, opening)}

    actual = found(
        tmp_path, text, site(bind="{web: 192.0.2.10, db: 192.0.2.11, users: office}"), exports
    )

    (web, db) = (each for each in actual if each.check == "FW205")
    assert [web.certainty, db.certainty] == ["possible", "certain"]
    assert web.destinations == (
        Destinations(4, ((0xC000020A, 0xC000020A),), ((6, 6),), ((8000, 8001),)),
    )


def test_what_is_only_possible_beside_what_is_certain_is_named(tmp_path: Path) -> None:
    drop = "-A FORWARD -s 10.1.0.0/17 -p tcp -m string --string x --algo bm -j DROP"
    opening = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 8080 -j ACCEPT"

    (actual,) = (
        each
        for each in found(
            tmp_path, policy(), site(), {"edge.rules": rules(KEEP, HTTPS, drop, opening)}
        )
        if each.check == "FW205"
    )

    assert actual.certainty == "certain"
    assert actual.extent == (
        "tcp 8080 from 10.1.128.0/17 to 192.0.2.10; possibly tcp 8080 from 10.1.0.0/17 to "
        "192.0.2.10"
    )


@pytest.mark.parametrize(
    "rule",
    [
        "-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 8080 -j ACCEPT",
        "-A FORWARD -d 192.0.2.10/32 -p udp -m udp --dport 8080 -j ACCEPT",
        "-A FORWARD -d 192.0.2.10/32 -p gre -j ACCEPT",
        "-A FORWARD -d 192.0.2.10/32 -p 99 -j ACCEPT",
    ],
    ids=["tcp", "udp", "gre", "a number"],
)
def test_a_witness_can_be_traced_as_it_is(rule: str, tmp_path: Path) -> None:
    (actual,) = found(tmp_path, policy(), site(), {"edge.rules": rules(KEEP, HTTPS, rule)})

    packet = parse_expression(actual.witness)

    assert (packet.dst, packet.in_name, packet.out_name) == (0xC000020A, "lan0", "dmz0")


def test_a_key_does_not_change_when_lines_move(tmp_path: Path) -> None:
    text = rules(KEEP, HTTPS.replace("/16", "/17"))
    moved = text.replace("*filter", "# saved today\n\n*filter")

    (before,) = found(tmp_path, policy(), site(EDGE), {"edge.rules": text})
    (after,) = found(tmp_path, policy(), site(EDGE), {"edge.rules": moved})

    assert before.key == after.key
    assert after.span.line == before.span.line + 2


@pytest.mark.parametrize(
    ("filter_rules", "line", "label"),
    [
        pytest.param((_BAN,), 3, "dropped here, by the default policy", id="the default policy"),
        pytest.param((_BAN, "-A FORWARD -j REJECT"), 7, "rejected here", id="a rule"),
        pytest.param((_BAN, _BAN.replace(" string", " string !")), 7, "dropped here", id="neither"),
    ],
)
def test_what_is_dropped_anyhow_is_not_said_to_be_dropped_by_a_list(
    tmp_path: Path, filter_rules: tuple[str, ...], line: int, label: str
) -> None:
    export = {"edge.rules": rules(KEEP, *filter_rules)}
    (finding,) = found(tmp_path, policy(), site(), export)

    assert (finding.check, finding.certainty) == ("FW101", "certain")
    assert (finding.span.line, finding.label) == (line, label)
