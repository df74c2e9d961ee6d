"""FW115: what is said about path-MTU errors, and where nothing is.

That a row is right is asked of the kernel in tests/oracles/kernel/test_links.py.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.linter.checks import aws, pf
from tests.linter.checks.samples import (
    EDGE,
    HTTPS,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking("FW115")

_ONLY = KEEP.replace("RELATED,", "")
_ONLY_IN = KEEP_IN.replace("RELATED,", "")
_HOST = "web: {config: edge.rules, host: shop.web, ipv6: no}"
_FLOW = "path-MTU errors about required flow shop.https (443/tcp) from users to web"
_PACKET = "tcp 10.1.0.7:40000 > 192.0.2.10:443"
_SAID = f"edge.rules:{{}}: FW115 warning: {_FLOW} are blocked on {{}} [{{}} {_PACKET}{{}}]"
_TO_WEB = "icmp type 3 code 4 to the destination of"
_TO_USERS = "icmp type 3 code 4 to the source of"
_BY = " in lan0 out dmz0"
_ICMP = "-p icmp -m icmp --icmp-type {} -j ACCEPT"
_PUBLIC = "{web: {address: 192.0.2.10, public: 203.0.113.9}, users: internet}"
_NAT = "-A PREROUTING -i wan0 -d 203.0.113.9/32 -j DNAT --to-destination 192.0.2.10"

_ROWS = {
    "related and established": (EDGE, rules(KEEP, HTTPS), []),
    "established alone": (
        EDGE,
        rules(_ONLY, HTTPS),
        [_SAID.format(3, "edge", _TO_WEB, _BY)],
    ),
    "ICMP is dropped first": (
        EDGE,
        rules("-A FORWARD -p icmp -j DROP", KEEP, HTTPS),
        [_SAID.format(5, "edge", _TO_WEB, _BY)],
    ),
    "one direction": (
        EDGE,
        rules("-A FORWARD -i dmz0 -p icmp -j DROP", KEEP, HTTPS),
        [_SAID.format(5, "edge", _TO_USERS, _BY)],
    ),
    "the type, and established": (
        EDGE,
        rules(_ONLY, "-A FORWARD " + _ICMP.format("fragmentation-needed"), HTTPS),
        [],
    ),
    "another code": (
        EDGE,
        rules(_ONLY, "-A FORWARD " + _ICMP.format("3/3"), HTTPS),
        [_SAID.format(3, "edge", _TO_WEB, _BY)],
    ),
    "behind a limit": (
        EDGE,
        rules(_ONLY, "-A FORWARD -m limit --limit 9/s " + _ICMP.format("3"), HTTPS),
        [],
    ),
    "ICMP is dropped from where the other end is": (
        EDGE,
        rules("-A FORWARD -s 10.0.0.0/8 -p icmp -j DROP", KEEP, HTTPS),
        [
            _SAID.format(5, "edge", _TO_WEB, _BY)
            .replace("are", "may be")
            .replace("g:", "g (possible):")
        ],
    ),
    "ICMP is dropped from elsewhere": (
        EDGE,
        rules("-A FORWARD -s 172.16.0.0/12 -p icmp -j DROP", KEEP, HTTPS),
        [],
    ),
    "what the device sends": (
        EDGE,
        rules(
            KEEP,
            HTTPS,
            "-A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
            output="DROP",
        ),
        [_SAID.format(4, "edge", f"own {_TO_WEB}", _BY)],
    ),
    "a machine": (_HOST, rules(KEEP_IN, HTTPS_IN), []),
    "a machine, established alone": (
        _HOST,
        rules(_ONLY_IN, HTTPS_IN),
        [_SAID.format(2, "web", _TO_WEB, "")],
    ),
    "a machine's own errors": (
        _HOST,
        rules(KEEP_IN, HTTPS_IN, "-A OUTPUT -p icmp -j DROP"),
        [],
    ),
    "connections that are not tracked": (
        EDGE,
        rules(
            KEEP,
            HTTPS,
            "-A FORWARD -s 192.0.2.10/32 -p tcp -m tcp --sport 443 -j ACCEPT",
            raw="-A PREROUTING -p tcp -j NOTRACK",
        ),
        [_SAID.format(3, "edge", _TO_WEB, _BY)],
    ),
    "what is blocked": (EDGE, rules(_ONLY), []),
    "what breaks": (EDGE, rules(HTTPS), []),
}


@pytest.mark.parametrize(("device", "text", "expected"), _ROWS.values(), ids=_ROWS)
def test_errors_must_reach_the_ends(
    device: str, text: str, expected: list[str], tmp_path: Path
) -> None:
    assert lines(found(tmp_path, policy(), site(device), {"edge.rules": text})) == expected


@pytest.mark.parametrize(
    "flow",
    [
        "id: dns, service: 443/udp",
        "id: https, need: may, service: 443/tcp",
        "id: https, need: never, service: 443/tcp",
    ],
)
def test_nobody_asks_without_a_required_flow_of_tcp(flow: str, tmp_path: Path) -> None:
    text = rules(_ONLY, HTTPS, HTTPS.replace("tcp", "udp"))

    assert found(tmp_path, policy(flow), site(), {"edge.rules": text}) == []


@pytest.mark.parametrize(
    ("known", "goal", "expected"),
    [
        (KEEP, "192.0.2.10", 0),
        (_ONLY, "192.0.2.10", 0),
        (_ONLY, "203.0.113.9", 1),
    ],
    ids=["related", "the machine's address", "the public address, which filters never see"],
)
def test_errors_are_translated_like_the_connection(
    known: str, goal: str, expected: int, tmp_path: Path
) -> None:
    text = rules(
        known,
        "-A FORWARD -i wan0 -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT",
        f"-A FORWARD -i wan0 -d {goal}/32 -p icmp -j ACCEPT",
        "-A FORWARD -i dmz0 -p icmp -j ACCEPT",
        nat=_NAT,
    )

    actual = found(tmp_path, policy(), site(bind=_PUBLIC), {"edge.rules": text})

    assert len(actual) == expected


def test_what_is_not_read_is_possible(tmp_path: Path) -> None:
    text = rules("-A FORWARD -p icmp -m string --string x --algo bm -j DROP", KEEP, HTTPS)

    (finding,) = found(tmp_path, policy(), site(), {"edge.rules": text})

    assert finding.certainty == "possible"
    assert finding.reasons


def test_both_families_of_one_place_are_one_finding(tmp_path: Path) -> None:
    networks = "{office: [10.1.0.0/16, '2001:db8:1::/64'], dmz: [192.0.2.0/24, '2001:db8:2::/64']}"
    text = (
        "table inet filter {\n  chain forward {\n"
        "    type filter hook forward priority 0; policy drop;\n"
        "    ct state established accept\n    tcp dport 443 accept\n  }\n}\n"
    )
    device = EDGE.replace(", ipv6: no", "").replace("edge.rules", "edge.nft")
    where = site(
        device, networks=networks, bind="{web: [192.0.2.10, '2001:db8:2::10'], users: office}"
    )

    (finding,) = found(tmp_path, policy(), where, {"edge.nft": text})

    assert finding.affected is not None
    assert [each.family for each in finding.affected.boxes] == [4, 6]
    assert finding.remedy == (
        "permit icmp type 3 code 4 (fragmentation needed) and icmpv6 type 2 code 0 (packet too "
        "big) about known connections on edge, in forward"
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (pf.HTTPS, 0),
        (pf.HTTPS + "<statetype>none</statetype>", 0),
    ],
)
def test_states_of_pf_have_their_errors(rule: str, expected: int, tmp_path: Path) -> None:
    actual = found(tmp_path, policy(), site(pf.EDGE), {"edge.xml": pf.config(rule)})

    assert len(actual) == expected


def _icmp(code: int) -> dict[str, Any]:
    entry = aws.entry(90, (0, 0), is_egress=False)
    del entry["PortRange"]
    return {**entry, "Protocol": "1", "IcmpTypeCode": {"Type": 3, "Code": code}}


@pytest.mark.parametrize(
    ("entries", "expected"), [([], 1), ([_icmp(4)], 0), ([_icmp(-1)], 0), ([_icmp(1)], 1)]
)
def test_lists_without_state_need_an_entry(
    entries: list[dict[str, Any]], expected: int, tmp_path: Path
) -> None:
    ways = [
        aws.entry(100, (443, 443), is_egress=False),
        aws.entry(100, (1024, 65535), is_egress=True),
    ]
    text = aws.account([aws.HTTPS], [*entries, *ways])

    actual = found(tmp_path, policy(), site(aws.WEB), {"web.json": text})

    assert len(actual) == expected


_DEAF = "-A INPUT -p icmp -j DROP"
_SEVERAL = "{web: [192.0.2.10, 192.0.2.11], users: office}"
_ONE = "web: {config: edge.rules, host: {role: shop.web, address: 192.0.2.10}, ipv6: no}"
_TWO_EDGES = (EDGE, EDGE.replace("edge", "other"))
_FORWARD = rules("-A FORWARD -p icmp -j DROP", KEEP, HTTPS)


@pytest.mark.parametrize(
    ("devices", "bind", "export", "expected"),
    [
        ((_ONE,), _SEVERAL, rules(_DEAF, KEEP_IN, HTTPS_IN), [("certain", ())]),
        (
            (_HOST,),
            _SEVERAL,
            rules(_DEAF, KEEP_IN, HTTPS_IN),
            [("possible", ("which machine of shop.web the exports of web are of",))],
        ),
        (
            _TWO_EDGES,
            "{web: 192.0.2.10, users: office}",
            _FORWARD,
            [("possible", ("which of the site's ways these packets take",))] * 2,
        ),
    ],
    ids=["no-op: the machine is told", "one of two machines", "one of two ways"],
)
def test_what_the_site_leaves_open_leaves_the_finding_open(
    devices: tuple[str, ...],
    bind: str,
    export: str,
    expected: list[tuple[str, tuple[str, ...]]],
    tmp_path: Path,
) -> None:
    exports = {"edge.rules": export, "other.rules": export}

    actual = found(tmp_path, policy(), site(*devices, bind=bind), exports)

    assert [(each.certainty, each.reasons) for each in actual] == expected
