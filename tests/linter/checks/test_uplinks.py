"""Several ways to one network: two uplinks, two routers side by side, and no device at all."""

from pathlib import Path

import pytest

from tests.linter.checks.forwards import DNAT, POLICY, PUBLIC
from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    policy,
    rules,
    site,
)

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


_TOLD = "{{web: {{address: 192.0.2.10, public: {{address: 203.0.113.5, via: {}}}}}, users: office}}"
_TWO = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24}"
_ALL = DNAT.replace("-i wan0 ", "")


@pytest.mark.parametrize(
    ("bind", "rule", "expected"),
    [
        (_TOLD.format("wan0"), _IN.format("wan0", 443), []),
        (_TOLD.format("{device: edge, interface: wan0}"), _IN.format("wan0", 443), []),
        (_TOLD.format("wan1"), _IN.format("wan0", 443), [("FW101", "certain", ())]),
        (PUBLIC, _IN.format("wan0", 443), [("FW109", "possible", (_WAYS,))]),
        (_TOLD.format("wan1"), "", [("FW101", "certain", ())]),
    ],
    ids=["by its uplink", "of a device", "by the other one", "no-op: nobody says", "by none"],
)
def test_a_site_may_say_which_uplink_serves_a_public_address(
    bind: str, rule: str, expected: list[tuple[str, str, tuple[str, ...]]], tmp_path: Path
) -> None:
    text = site(_UNNAMED, bind=bind, networks=_TWO)

    actual = found(tmp_path, POLICY, text, {"edge.rules": rules(KEEP, rule, nat=_ALL)})

    required = [each for each in actual if each.check.startswith("FW1")]
    assert [(each.check, each.certainty, each.reasons) for each in required] == expected


def test_what_the_site_says_of_an_uplink_comes_before_its_networks(tmp_path: Path) -> None:
    text = site(_NAMED, bind=_TOLD.format("wan1"), networks=_NETWORKS)
    export = rules(KEEP, _IN.format("wan1", 443), nat=_ALL)

    assert found(tmp_path, POLICY, text, {"edge.rules": export}) == []


_BOTH = (
    "{web: {address: 192.0.2.10, public: [{address: 203.0.113.5, via: wan0},"
    " {address: 198.51.100.5, via: wan1}]}, users: office}"
)
_SECOND = _ALL.replace("203.0.113.5", "198.51.100.5")


@pytest.mark.parametrize(
    ("ins", "expected"),
    [
        (("wan0", "wan1"), []),
        (("wan0",), [("FW103", "certain", "wan1")]),
        (("wan1",), [("FW103", "certain", "wan0")]),
    ],
    ids=["open on both", "on the first", "on the second"],
)
def test_each_public_address_comes_by_its_uplink(
    ins: tuple[str, ...], expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    export = rules(KEEP, *(_IN.format(name, 443) for name in ins), nat=f"{_ALL}\n{_SECOND}")
    text = site(_UNNAMED, bind=_BOTH, networks=_TWO)

    actual = found(tmp_path, POLICY, text, {"edge.rules": export})

    assert [
        (each.check, each.certainty, each.witness.split(" in ")[1].split(" ")[0])
        for each in actual
        if each.check.startswith("FW1")
    ] == expected


_NEVER = policy("id: https, from: internet, service: 443/tcp, need: never")


@pytest.mark.parametrize(
    ("bind", "rule", "expected"),
    [
        (_TOLD.format("wan0"), _IN.format("wan0", 443), ["certain"]),
        (_TOLD.format("wan1"), _IN.format("wan0", 443), []),
        (PUBLIC, _IN.format("wan0", 443), ["possible"]),
    ],
    ids=["by its uplink", "by the other one", "no-op: nobody says"],
)
def test_what_must_not_come_in_is_sought_at_the_uplink(
    bind: str, rule: str, expected: list[str], tmp_path: Path
) -> None:
    text = site(_UNNAMED, bind=bind, networks=_TWO)
    rule = rule.replace("-p tcp", "-m conntrack --ctstate DNAT -p tcp")

    actual = found(tmp_path, _NEVER, text, {"edge.rules": rules(KEEP, rule, nat=_ALL)})

    by_public = [each for each in actual if "203.0.113.5" in each.witness]
    assert [each.certainty for each in by_public if each.check == "FW212"] == expected


_SIDE = (
    EDGE.replace("lan0", "mid0: mid, lan0"),
    "side: {config: side.rules, ipv6: no, interfaces: {wan0: internet, mid0: mid}}",
)
_MID = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24, mid: 10.5.0.0/24}"
_THROUGH = "-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"
_BACK = "whether the replies come back over side"


@pytest.mark.parametrize(
    ("device", "edge", "expected"),
    [
        ("side", _THROUGH, [("FW109", "possible", (_BACK,))]),
        ("side", "", [("FW101", "certain", ()), ("FW109", "possible", (_BACK,))]),
        ("edge", _THROUGH, [("FW101", "certain", ())]),
    ],
    ids=["over both", "blocked behind it", "the shorter way"],
)
def test_an_uplink_may_be_the_longer_way(
    device: str, edge: str, expected: list[tuple[str, str, tuple[str, ...]]], tmp_path: Path
) -> None:
    bind = _TOLD.format(f"{{device: {device}, interface: wan0}}")
    text = site(*_SIDE, bind=bind, networks=_MID)
    exports = {"edge.rules": rules(KEEP, edge), "side.rules": rules(KEEP, _THROUGH, nat=_ALL)}

    actual = found(tmp_path, POLICY, text, exports)

    required = [each for each in actual if each.check.startswith("FW1")]
    assert [(each.check, each.certainty, each.reasons) for each in required] == expected


_ROUTERS = (
    "one: {config: one.rules, ipv6: no, interfaces: {lan0: office, dmz0: dmz}}",
    "two: {config: two.rules, ipv6: no, interfaces: {lan0: office, dmz0: dmz}}",
    "web: {config: web.rules, host: shop.web, ipv6: no}",
)
_HIDING = "-A POSTROUTING -s 10.1.0.0/16 -d 192.0.2.10/32 -j MASQUERADE"
_HOST = "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"
_FROM_OFFICE = _HOST.replace("-p", "-s 10.1.0.0/16 -p", 1)


@pytest.mark.parametrize(
    ("nat", "host", "expected"),
    [
        (("", ""), _FROM_OFFICE, []),
        ((_HIDING, ""), _FROM_OFFICE, [("FW109", "possible", True)]),
        (("", _HIDING), _FROM_OFFICE, [("FW109", "possible", True)]),
        ((_HIDING, _HIDING), _FROM_OFFICE, [("FW109", "possible", True)]),
        ((_HIDING, ""), _HOST, []),
        (("", ""), _FROM_OFFICE.replace("10.1", "10.2"), [("FW101", "certain", False)]),
    ],
    ids=["no-op", "the one", "the other", "both", "whoever asks", "blocked on both"],
)
def test_a_machine_has_to_let_in_what_comes_by_either_of_two_routers(
    nat: tuple[str, str], host: str, expected: list[tuple[str, str, bool]], tmp_path: Path
) -> None:
    one, two = (rules(KEEP, _THROUGH, nat=each) for each in nat)
    exports = {"one.rules": one, "two.rules": two, "web.rules": rules(KEEP_IN, host)}

    actual = found(tmp_path, policy(), site(*_ROUTERS, networks=_TWO), exports)

    required = [each for each in actual if each.check in ("FW101", "FW109")]
    told = [(each.check, each.certainty, _WAYS in each.reasons) for each in required]
    assert told == expected
    assert {each.device for each in required} <= {"web"}


_EACH = (
    "{web: {address: [192.0.2.10, 192.0.2.11], public: [{address: 203.0.113.5, via: wan0},"
    " {address: 203.0.113.6, via: wan0}]}, users: internet}"
)
_OTHER = _ALL.replace("203.0.113.5", "203.0.113.6").replace("192.0.2.10", "192.0.2.11")


@pytest.mark.parametrize(
    ("nat", "expected"), [(f"{_ALL}\n{_OTHER}", []), (_ALL, ["192.0.2.11"])], ids=["each", "one"]
)
def test_one_public_address_that_leads_to_a_machine_is_enough(
    nat: str, expected: list[str], tmp_path: Path
) -> None:
    permit = "-A FORWARD -d 192.0.2.0/24 -p tcp -m tcp --dport 443 -j ACCEPT"
    text = site(_UNNAMED, bind=_EACH, networks=_TWO)

    actual = found(tmp_path, POLICY, text, {"edge.rules": rules(KEEP, permit, nat=nat)})

    lost = [each.message for each in actual if "no public address leads to" in each.message]
    assert [message.split(" leads to ")[1].split(",")[0] for message in lost] == expected


_SIDE_BY_SIDE = tuple(
    f"{name}: {{config: {name}.rules, ipv6: no, interfaces: {{wan0: internet, dmz0: dmz}}}}"
    for name in ("one", "two")
)


@pytest.mark.parametrize(
    "nat", ["", DNAT.replace("203.0.113.5", "192.0.2.10").replace("443", "8443")], ids=["", "moved"]
)
def test_a_translation_of_a_machines_own_address_leads_nothing_over_its_router(
    nat: str, tmp_path: Path
) -> None:
    text = site(*_SIDE_BY_SIDE, bind="{web: 192.0.2.10}", networks="{dmz: 192.0.2.0/24}")
    exports = {
        "one.rules": rules(KEEP, _IN.format("wan0", 443), nat=nat),
        "two.rules": rules(KEEP, _IN.format("wan0", 8080)),
    }

    actual = found(tmp_path, POLICY, text, exports)

    by_two = {(each.check, each.reasons) for each in actual if each.device == "two"}
    assert by_two == {("FW109", (_WAYS,)), ("FW205", (_WAYS,))}
