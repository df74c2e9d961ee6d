"""Several ways to one network: two uplinks, two routers side by side, and no device at all."""

from pathlib import Path

import pytest

from tests.linter.checks.forwards import DNAT, POLICY, PUBLIC
from tests.linter.checks.samples import EXPOSURE, KEEP, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED, *EXPOSURE)

_NETWORKS = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24, isp0: 203.0.113.0/24, isp1: 198.51.100.0/24}"
_EDGE = (
    "edge: {{config: edge.rules, ipv6: no, interfaces: "
    "{{wan0: {}, wan1: {}, lan0: office, dmz0: dmz}}}}"
)
_NAMED = _EDGE.format("[internet, isp0]", "[internet, isp1]")
_OTHER = _EDGE.format("[internet, isp1]", "[internet, isp0]")
_UNNAMED = _EDGE.format("internet", "internet")
_IN = "-A FORWARD -i {} -o dmz0 -p tcp -m tcp --dport {} -j ACCEPT"
_WAYS = "which of the site's ways these packets take"


@pytest.mark.parametrize(
    ("edge", "rule", "expected"),
    [
        (_NAMED, _IN.format("wan0", 443), []),
        (_OTHER, _IN.format("wan0", 443), [("FW101", "certain", ())]),
        (_UNNAMED, _IN.format("wan0", 443), [("FW109", "possible", (_WAYS,))]),
        (_UNNAMED, "", [("FW101", "certain", ())]),
    ],
    ids=["its uplink", "the other uplink", "nobody knows", "blocked on both"],
)
def test_packets_for_a_public_address_come_by_the_uplink_that_has_it(
    edge: str, rule: str, expected: list[tuple[str, str, tuple[str, ...]]], tmp_path: Path
) -> None:
    export = rules(KEEP, rule, nat=DNAT if edge == _NAMED else DNAT.replace("-i wan0 ", ""))
    networks = _NETWORKS if "isp" in edge else "{office: 10.1.0.0/16, dmz: 192.0.2.0/24}"

    actual = found(
        tmp_path, POLICY, site(edge, bind=PUBLIC, networks=networks), {"edge.rules": export}
    )

    required = [each for each in actual if each.check.startswith("FW1")]
    assert [(each.check, each.certainty, each.reasons) for each in required] == expected


@pytest.mark.parametrize(
    ("rule", "certainty"),
    [
        (_IN.format("wan0", 8080), "possible"),
        (_IN.format("wan0", 8080).replace("-i wan0 ", ""), "certain"),
    ],
    ids=["open on one", "open on both"],
)
def test_what_is_open_on_one_of_two_ways_is_possible(
    rule: str, certainty: str, tmp_path: Path
) -> None:
    networks = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24}"
    text = site(_UNNAMED, bind="{web: 192.0.2.10}", networks=networks)

    actual = found(tmp_path, POLICY, text, {"edge.rules": rules(KEEP, rule)})

    opened = [each for each in actual if each.check == "FW205"]
    assert [(each.certainty, each.reasons) for each in opened] == [
        (certainty, (_WAYS,) if certainty == "possible" else ())
    ]


@pytest.mark.parametrize(
    ("guests", "expected"),
    [("192.0.2.128/25", ["FW113"]), ("10.1.7.0/24", [])],
    ids=["in the same network", "behind the edge"],
)
def test_a_forbidden_flow_without_a_device_on_its_way_is_not_checked(
    guests: str, expected: list[str], tmp_path: Path
) -> None:
    text = policy("id: out, from: users, to: web, service: 443/tcp, need: never")
    bind = f"{{web: 192.0.2.10, users: {guests}}}"

    actual = found(tmp_path, text, site(bind=bind), {"edge.rules": rules(KEEP)})

    assert [each.check for each in actual] == expected


def test_what_passes_one_of_two_ways_is_possible_where_the_other_one_says_nothing(
    tmp_path: Path,
) -> None:
    text = policy("id: out, service: 443/tcp, need: never")
    open_ = "table ip6 f { chain fwd { type filter hook forward priority 0; policy accept; } }\n"
    place = site(
        "one: {config: one.nft, interfaces: {lan0: office, dmz0: dmz}}",
        "two: {config: two.rules, interfaces: {lan0: office, dmz0: dmz}}",
        bind='{web: "2001:db8::10", users: office}',
        networks='{office: "2001:db8:1::/64", dmz: "2001:db8::/64"}',
    )

    actual = found(tmp_path, text, place, {"one.nft": open_, "two.rules": rules(KEEP)})

    forbidden = [each for each in actual if each.check == "FW212"]
    assert [(each.certainty, each.reasons) for each in forbidden] == [("possible", (_WAYS,))]
