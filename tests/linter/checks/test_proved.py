"""What a report says of each flow: whether it works, on each device and altogether."""

from pathlib import Path

import pytest

from fwlint.loading import read
from linter.checks.evaluation import evaluate
from tests.linter.checks.samples import HTTPS, KEEP, KEEP_IN, load, policy, rules, site

_HOST = "web: {config: web.rules, host: shop.web, ipv6: no}"
_EDGE = (
    "edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, lan0: office, dmz0: dmz}}"
)
_IN = "-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 443 -j ACCEPT"
_UNREAD = HTTPS.replace("-p tcp", "-m string --string x --algo bm -p tcp")
_NEVER = "id: keep-out, need: never, service: 443/tcp"
_NEITHER = "id: https, need: may, service: 443/tcp"


def _said(
    folder: Path,
    edge: tuple[str, ...],
    host: tuple[str, ...] | None = None,
    *flows: str,
    asked: tuple[str, ...] = ("FW",),
    bind: str = "{web: 192.0.2.10, users: office}",
) -> list[str]:
    devices = (_EDGE,) if host is None else (_EDGE, _HOST)
    exports = {"edge.rules": rules(KEEP, *edge), "web.rules": rules(KEEP_IN, *(host or ()))}
    loaded = load(folder, policy(*flows), site(*devices, bind=bind), exports)
    outcome = evaluate(loaded, read(loaded).rulesets, asked=lambda each: each.startswith(asked))
    return [
        f"{flow.requirement.id}: {flow.result}"
        + "".join(f"; {at.device} IPv{at.family} {at.result}" for at in flow.devices)
        for flow in outcome.proved
    ]


_REQUIRED = {
    "through one device": ((HTTPS,), None, "https: works; edge IPv4 works"),
    "dropped": ((), None, "https: blocked; edge IPv4 blocked"),
    "for half of the clients": (
        (HTTPS.replace("/16", "/17"),),
        None,
        "https: blocked; edge IPv4 blocked",
    ),
    "by an unread match": ((_UNREAD,), None, "https: possible; edge IPv4 possible"),
    "through two devices": (
        (HTTPS,),
        (_IN,),
        "https: works; edge IPv4 works; web IPv4 works",
    ),
    "through one of two devices": (
        (HTTPS,),
        (),
        "https: blocked; edge IPv4 works; web IPv4 blocked",
    ),
}


@pytest.mark.parametrize(("edge", "host", "said"), _REQUIRED.values(), ids=_REQUIRED)
def test_a_required_flow_is_as_its_worst_device(
    edge: tuple[str, ...], host: tuple[str, ...] | None, said: str, tmp_path: Path
) -> None:
    assert _said(tmp_path, edge, host) == [said]


_FORBIDDEN = {
    "dropped": ((), None, "keep-out: blocked; edge IPv4 blocked"),
    "let through": ((HTTPS,), None, "keep-out: works; edge IPv4 works"),
    "let through for one client": (
        (HTTPS.replace("10.1.0.0/16", "10.1.0.9/32"),),
        None,
        "keep-out: works; edge IPv4 works",
    ),
    "by an unread match": ((_UNREAD,), None, "keep-out: possible; edge IPv4 possible"),
    "dropped behind": (
        (HTTPS,),
        (),
        "keep-out: blocked; edge IPv4 works; web IPv4 blocked",
    ),
    "let through by both": (
        (HTTPS,),
        (_IN,),
        "keep-out: works; edge IPv4 works; web IPv4 works",
    ),
    "one half here, the other there": (
        (HTTPS.replace("10.1.0.0/16", "10.1.0.0/17"),),
        (_IN.replace("10.1.0.0/16", "10.1.128.0/17"),),
        "keep-out: blocked; edge IPv4 works; web IPv4 works",
    ),
}


@pytest.mark.parametrize(("edge", "host", "said"), _FORBIDDEN.values(), ids=_FORBIDDEN)
def test_a_forbidden_flow_works_only_through_all_devices_of_a_path(
    edge: tuple[str, ...], host: tuple[str, ...] | None, said: str, tmp_path: Path
) -> None:
    assert _said(tmp_path, edge, host, _NEVER) == [said]


def test_one_service_of_several_is_enough(tmp_path: Path) -> None:
    either = "id: either, any_of: [443/tcp, 8443/tcp]"

    assert _said(tmp_path, (HTTPS,), None, either) == ["either: works; edge IPv4 works"]
    assert _said(tmp_path, (_UNREAD,), None, either) == ["either: possible; edge IPv4 possible"]
    assert _said(tmp_path, (), None, either) == ["either: blocked; edge IPv4 blocked"]


def test_what_no_device_is_asked_about_is_not_judged(tmp_path: Path) -> None:
    both = "id: both, from: db"
    bind = "{web: 192.0.2.10, db: 192.0.2.11, users: office}"

    said = _said(
        tmp_path,
        (HTTPS,),
        None,
        "id: https, service: 443/tcp",
        both + ", service: 1/tcp",
        bind=bind,
    )

    assert said == ["https: works; edge IPv4 works", "both: not judged"]


@pytest.mark.parametrize(
    ("asked", "result"), [(("FW2",), "not judged"), (("FW5",), "not judged"), (("FW1",), "works")]
)
def test_flows_of_checks_that_nobody_asked_for_are_not_judged(
    asked: tuple[str, ...], result: str, tmp_path: Path
) -> None:
    (said,) = _said(tmp_path, (HTTPS,), asked=asked)

    assert said.startswith(f"https: {result}")


def test_neither_inactive_flows_nor_those_that_may_work_are_listed(tmp_path: Path) -> None:
    assert _said(tmp_path, (HTTPS,), None, _NEITHER) == []


def test_a_device_without_an_export_of_the_family_leaves_a_flow_not_judged(tmp_path: Path) -> None:
    dual = site(
        "edge: {config: edge.rules, interfaces: {lan0: office, dmz0: dmz}}",
        bind='{web: [192.0.2.10, "2001:db8::10"], users: [10.1.0.0/16, "2001:db8:1::/64"]}',
        networks='{office: [10.1.0.0/16, "2001:db8:1::/64"], dmz: [192.0.2.0/24, "2001:db8::/64"]}',
    )
    loaded = load(tmp_path, policy(), dual, {"edge.rules": rules(KEEP, HTTPS)})

    (flow,) = evaluate(loaded, read(loaded).rulesets).proved

    assert flow.result == "not judged"
    assert [(at.family, at.result) for at in flow.devices] == [(4, "works"), (6, "not judged")]
    assert flow.because == ("no export of edge says anything of IPv6",)


_TWO = "{web: [192.0.2.10, 192.0.2.12], users: office}"
_ONE_OF_TWO = "web: {config: web.rules, host: shop.web, ipv6: no}"
_OTHER = "other: {config: edge.rules, host: shop.web, ipv6: no}"
_DOORS = {
    "works on one of two machines": ("must", (_ONE_OF_TWO,), "not judged; web IPv4 works"),
    "forbidden on one of two": ("never", (_ONE_OF_TWO,), "not judged; web IPv4 possible"),
    "works on one or the other": (
        "must",
        (_ONE_OF_TWO, _OTHER),
        "possible; web IPv4 works; other IPv4 possible",
    ),
    "forbidden on one or the other": (
        "never",
        (_ONE_OF_TWO, _OTHER),
        "possible; web IPv4 possible; other IPv4 blocked",
    ),
}


@pytest.mark.parametrize(("need", "devices", "said"), _DOORS.values(), ids=_DOORS)
def test_what_is_known_of_one_machine_is_not_known_of_the_others(
    need: str, devices: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    flow = policy(f"id: https, need: {need}, service: 443/tcp")
    exports = {"web.rules": rules(KEEP_IN, _IN), "edge.rules": rules(KEEP_IN)}

    assert _result(tmp_path, flow, site(*devices, bind=_TWO), exports) == said


def test_a_forbidden_flow_that_one_of_two_ways_permits_is_possible(tmp_path: Path) -> None:
    ways = (_EDGE, _EDGE.replace("edge", "other"))
    exports = {"edge.rules": rules(KEEP, HTTPS), "other.rules": rules(KEEP)}

    said = _result(tmp_path, policy(_NEVER), site(*ways), exports)

    assert said == "possible; edge IPv4 possible; other IPv4 blocked"


_SENT = "-A PREROUTING -d 203.0.113.10/32 -p tcp -m tcp --dport {} -j DNAT --to-destination {}"
_TO_DMZ = "-A FORWARD -d 192.0.2.0/24 -p tcp -m tcp --dport 443 -j ACCEPT"


@pytest.mark.parametrize(
    ("sent", "result"),
    [
        ("--dport 80 -j DNAT --to-destination 192.0.2.10:80", "blocked"),
        ("--dport 8443 -j DNAT --to-destination 192.0.2.10:443", "works"),
        ("-m string --string x --algo bm -j DNAT --to-destination 192.0.2.10:443", "possible"),
    ],
)
def test_what_is_sent_elsewhere_counts_where_it_arrives(
    sent: str, result: str, tmp_path: Path
) -> None:
    translated = "-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT"
    plain = "-A FORWARD -d 203.0.113.0/24 -j ACCEPT"
    nat = f"-A PREROUTING -d 203.0.113.20/32 -p tcp -m tcp {sent}"
    place = site(_EDGE, bind="{web: 192.0.2.10, users: internet}")

    said = _result(
        tmp_path, policy(_NEVER), place, {"edge.rules": rules(KEEP, translated, plain, nat=nat)}
    )

    assert said == f"{result}; edge IPv4 {result}"


def test_a_machine_that_no_public_address_leads_to_is_cut_off(tmp_path: Path) -> None:
    bind = "{web: {address: [192.0.2.10, 192.0.2.12], public: [203.0.113.10, 203.0.113.12]}"
    nat = _SENT.format(443, "192.0.2.10")
    nat = f"{nat}\n{nat.replace('113.10', '113.12')}"

    said = _result(
        tmp_path,
        policy(),
        site(_EDGE, bind=bind + ", users: internet}"),
        {"edge.rules": rules(KEEP, _TO_DMZ, nat=nat)},
    )

    assert said == "blocked; edge IPv4 works"


_HAIRPIN = (
    "{web: {address: 192.0.2.10, public: 203.0.113.10}, users: 192.0.2.77, cloud: 203.0.113.10}"
)


@pytest.mark.parametrize(
    ("need", "source", "result"),
    [
        ("must", "", "blocked; edge IPv4 works"),
        ("must", "-j MASQUERADE", "works; edge IPv4 works"),
        ("must", "-m string --string x --algo bm -j MASQUERADE", "possible; edge IPv4 works"),
        ("never", "", "possible; edge IPv4 possible"),
    ],
)
def test_replies_that_go_past_the_device_count(
    need: str, source: str, result: str, tmp_path: Path
) -> None:
    nat = _SENT.format(443, "192.0.2.10")
    nat += f"\n-A POSTROUTING -d 192.0.2.10/32 {source}" if source else ""
    flow = policy(f"id: https, need: {need}, to: cloud, service: 443/tcp")

    said = _result(
        tmp_path, flow, site(_EDGE, bind=_HAIRPIN), {"edge.rules": rules(KEEP, _TO_DMZ, nat=nat)}
    )

    assert said == result


@pytest.mark.parametrize(
    ("to", "result"),
    [
        ("192.0.2.20", "blocked; edge IPv4 blocked"),
        ("192.0.2.99", "possible; edge IPv4 possible"),
        ("192.0.2.10:8443", "works; edge IPv4 works"),
    ],
    ids=["to another role", "to an address that nobody knows", "no-op: to another port of it"],
)
def test_what_is_sent_to_others_is_not_forbidden(to: str, result: str, tmp_path: Path) -> None:
    nat = f"-A PREROUTING -d 192.0.2.10 -p tcp --dport 443 -j DNAT --to-destination {to}"
    place = site(_EDGE, bind="{web: 192.0.2.10, db: 192.0.2.20, users: office}")

    let = _TO_DMZ.replace("--dport 443 ", "")

    said = _result(tmp_path, policy(_NEVER), place, {"edge.rules": rules(KEEP, let, nat=nat)})

    assert said == result


@pytest.mark.parametrize(
    ("web", "result"),
    [
        ('[192.0.2.10, "2001:db8::10"]', "not judged; web IPv4 works; web IPv6 not judged"),
        ("any", "works; web IPv4 works"),
    ],
)
def test_what_should_go_over_ipv6_where_it_is_off_is_not_judged(
    web: str, result: str, tmp_path: Path
) -> None:
    place = site(_HOST, bind=f'{{web: {web}, users: [10.1.0.0/16, "2001:db8:1::/64"]}}')

    assert _result(tmp_path, policy(), place, {"web.rules": rules(KEEP_IN, _IN)}) == result


_SILENT = {
    "on no way": (("FW",), "[192.0.2.10, '2001:db8::10']", "'2001:db8:1::/64'",
        ("no device with an export is on some way that it takes",)),
    "nobody asks": (("FW2",), "192.0.2.10", "office",
        ("none of the checks that ask about it (FW101, FW104, FW109) was asked for",)),
    "all is known": (("FW",), "192.0.2.10", "office", ()),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "web", "users", "because"), _SILENT.values(), ids=_SILENT)
def test_what_is_not_judged_says_why(
    asked: tuple[str, ...], web: str, users: str, because: tuple[str, ...], tmp_path: Path
) -> None:
    bind = f"{{web: {web}, users: {users}}}"
    loaded = load(tmp_path, policy(), site(_EDGE, bind=bind), {"edge.rules": rules(KEEP, HTTPS)})
    outcome = evaluate(loaded, read(loaded).rulesets, asked=lambda each: each.startswith(asked))

    assert [each.because for each in outcome.proved] == [because]


def _result(folder: Path, flows: str, place: str, exports: dict[str, str]) -> str:
    loaded = load(folder, flows, place, exports)
    (flow,) = evaluate(loaded, read(loaded).rulesets).proved
    return flow.result + "".join(f"; {at.device} IPv{at.family} {at.result}" for at in flow.devices)
