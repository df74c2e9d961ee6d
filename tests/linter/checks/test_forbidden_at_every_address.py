"""What must never be, at addresses that nothing which must work is asked about."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import EXPOSURE, HTTPS, KEEP, KEEP_IN, Asking, policy, rules, site

found = Asking(*EXPOSURE)

_HTTPS = "id: https, service: 443/tcp"
_FORWARD = "-A FORWARD -p tcp -m tcp --dport 22 {} -j ACCEPT"
_EDGE = (
    "edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, lan0: office, dmz0: dmz}}"
)


def _checks(tmp_path: Path, flow: str, text: str, name: str, export: str) -> list[str]:
    actual = found(
        tmp_path, policy(_HTTPS, f"id: never, {flow}, need: never"), text, {name: export}
    )
    return [f"{each.check} {each.certainty}" for each in actual]


@pytest.mark.parametrize("source", ["internet", "any"])
@pytest.mark.parametrize(
    "sender",
    ["8.8.8.8", "172.16.0.0/12", "100.64.0.0/10", "192.168.7.0/24", "10.2.0.0/16", "198.18.0.0/15"],
)
def test_nobody_at_an_uplink_may_do_it(sender: str, source: str, tmp_path: Path) -> None:
    rule = _FORWARD.format(f"-s {sender} -i wan0 -d 192.0.2.10/32")
    flow = f"from: {source}, service: 22/tcp"

    actual = _checks(tmp_path, flow, site(_EDGE), "edge.rules", rules(KEEP, HTTPS, rule))

    assert actual == ["FW212 certain"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (_FORWARD.format("-s 192.0.2.10/32 -d 8.8.8.8/32 -o wan0"), ["FW212 certain"]),
        (_FORWARD.format("-s 192.0.2.10/32 -d 172.16.0.0/12 -o wan0"), ["FW212 certain"]),
        (_FORWARD.format("-s 192.0.2.10/32 -d 224.0.0.0/4 -o wan0"), []),
        (_FORWARD.format("-s 192.0.2.10/32 -d 169.254.0.0/16 -o wan0"), []),
        (_FORWARD.format("-s 192.0.2.10/32 -d 10.1.0.0/16"), ["FW208 certain"]),
    ],
    ids=[
        "a public address",
        "a private one",
        "no-op: a group",
        "no-op: on the link",
        "no-op: a network of the site",
    ],
)
def test_it_may_go_nowhere_outside(rule: str, expected: list[str], tmp_path: Path) -> None:
    flow = "from: web, to: internet, service: 22/tcp"

    actual = _checks(tmp_path, flow, site(_EDGE), "edge.rules", rules(KEEP, HTTPS, rule))

    assert actual == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (_FORWARD.format("-s 10.1.0.0/16 -d 192.0.2.10/32"), ["FW205 certain"]),
        (_FORWARD.format("-s 172.16.0.0/12 -d 192.0.2.11/32"), []),
        (
            _FORWARD.replace("22", "23").format("-s 172.16.0.0/12 -d 192.0.2.10/32"),
            ["FW205 certain"],
        ),
    ],
    ids=["from a network of the site", "to somebody else", "another port"],
)
def test_what_is_not_forbidden_is_no_more_so(
    rule: str, expected: list[str], tmp_path: Path
) -> None:
    flow = "from: internet, service: 22/tcp"

    actual = _checks(tmp_path, flow, site(_EDGE), "edge.rules", rules(KEEP, HTTPS, rule))

    assert actual == expected


_OWN = "web: {config: web.rules, host: shop.web, ipv6: no%s}"


@pytest.mark.parametrize(
    ("device", "to", "expected"),
    [
        (_OWN % "", "192.0.2.10", ["FW212 certain"]),
        (_OWN % "", "192.0.2.77", ["FW212 possible"]),
        (_OWN % ", addresses: [192.0.2.10, 192.0.2.77]", "192.0.2.77", ["FW212 certain"]),
        (_OWN % ", addresses: [192.0.2.10]", "192.0.2.77", []),
    ],
    ids=["the bound one", "one that it may have", "a second one", "no-op: one of others"],
)
def test_it_may_happen_at_no_address_of_the_machine(
    device: str, to: str, expected: list[str], tmp_path: Path
) -> None:
    rule = f"-A INPUT -d {to}/32 -p tcp -m tcp --dport 22 -j ACCEPT"

    actual = _checks(
        tmp_path, "from: any, service: 22/tcp", site(device), "web.rules", rules(KEEP_IN, rule)
    )

    assert actual == expected


_GATE = "{web: 192.0.2.10, gate: {inside: 192.0.2.30, outside: 10.1.0.30}, users: office}"


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("-s 192.0.2.10/32 -d 10.1.0.30/32", ["FW212 certain"]),
        ("-s 10.1.0.30/32 -d 192.0.2.10/32", ["FW212 certain"]),
        ("-s 10.1.0.31/32 -d 192.0.2.10/32", ["FW205 certain"]),
    ],
    ids=["to a second address", "from a second address", "no-op: from no role"],
)
def test_of_all_roles_it_is_forbidden_to_each_address(
    ends: str, expected: list[str], tmp_path: Path
) -> None:
    flow = "from: all, to: all, service: 22/tcp"
    export = rules(KEEP, HTTPS, _FORWARD.format(ends))

    assert _checks(tmp_path, flow, site(_EDGE, bind=_GATE), "edge.rules", export) == expected
