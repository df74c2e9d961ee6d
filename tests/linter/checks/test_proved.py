"""What a report says of each flow: whether it works, on each device and altogether."""

from pathlib import Path

import pytest

from linter.checks.evaluation import evaluate
from linter.commands import check
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
    outcome = evaluate(
        loaded, check.read(loaded).rulesets, asked=lambda each: each.startswith(asked)
    )
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

    (flow,) = evaluate(loaded, check.read(loaded).rulesets).proved

    assert flow.result == "not judged"
    assert [(at.family, at.result) for at in flow.devices] == [(4, "works"), (6, "not judged")]
