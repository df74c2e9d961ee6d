"""A firewall's own addresses are its own: no machine behind it has them."""

import json
from pathlib import Path

import pytest

from flowmodel.finding import Finding
from linter.cli import main
from tests.linter.checks.pf import HTTPS, config
from tests.linter.checks.samples import EXPOSURE, REQUIRED, Asking, policy, site

found = Asking(*REQUIRED, *EXPOSURE)

_DEVICE = "edge: {config: edge.xml, ipv6: no}"
_NETWORKS = "{office: 10.1.0.0/16, dmz: 192.0.2.0/24}"
_BIND = "{web: 192.0.2.10, users: office}"


def _rule(
    on: str, to: str, port: int | None = None, *, action: str = "pass", proto: str = "tcp"
) -> str:
    where = f"<port>{port}</port>" if port else ""
    protocol = f"<protocol>{proto}</protocol>" if proto else ""
    return (
        f"<type>{action}</type><interface>{on}</interface><ipprotocol>inet</ipprotocol>{protocol}"
        f"<source><any/></source><destination>{to}{where}</destination>"
    )


_SELF, _WAN = "<network>(self)</network>", "<network>wanip</network>"
_DMZ, _ANY = "<network>opt1</network>", "<any/>"


def _to(address: str) -> str:
    return f"<address>{address}</address>"


def _forward(target: str, port: int = 443) -> str:
    return (
        "<interface>wan</interface><ipprotocol>inet</ipprotocol><protocol>tcp</protocol>"
        f"<source><any/></source><destination>{_WAN}<port>443</port></destination>"
        f"<target>{target}</target><local-port>{port}</local-port>"
        "<natreflection>disable</natreflection>"
    )


def _found(
    folder: Path,
    *rules: str,
    nat: str = "",
    bind: str = _BIND,
    flow: str = "id: https, service: 443/tcp",
    more: str = "",
) -> list[Finding]:
    text = site(_DEVICE, networks=_NETWORKS, bind=bind, more=more)
    return found(folder, policy(flow), text, {"edge.xml": config(*rules, nat=nat)})


def _short(findings: list[Finding]) -> list[str]:
    return [f"{each.check} {each.certainty} {each.witness}" for each in findings]


_IN_DMZ = _rule("lan", _DMZ, 443)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (_rule("wan", _SELF, 22), []),
        (_rule("wan", _to("192.0.2.1"), 22), []),
        (_rule("wan", _WAN), []),
        (_rule("lan", _SELF, proto=""), []),
        (_rule("lan", _to("255.255.255.255"), 67, proto="udp"), []),
        (_rule("opt1", _to("224.0.0.251"), 5353, proto="udp"), []),
        (
            _rule("wan", _to("192.0.2.20"), 22),
            ["FW205 certain tcp 198.51.100.7:40000 > 192.0.2.20:22 in wan out opt1"],
        ),
        (
            _rule("opt1", _to("239.1.2.3"), 5353, proto="udp"),
            ["FW208 certain udp 192.0.2.7:40000 > 239.1.2.3:5353 in opt1 out wan"],
        ),
    ],
    ids=[
        "to itself",
        "to its address there",
        "to its address outside",
        "all protocols to itself",
        "limited broadcast",
        "multicast for one link",
        "to a machine",
        "multicast that is passed on",
    ],
)
def test_what_is_for_the_firewall_itself_opens_no_network_behind_it(
    rule: str, expected: list[str], tmp_path: Path
) -> None:
    actual = _found(tmp_path, _IN_DMZ, rule, bind="{web: dmz, users: office}")

    assert _short(actual) == expected


@pytest.mark.parametrize(
    ("blocked", "expected"),
    [
        (_SELF, []),
        (_to("192.0.2.1"), []),
        (_to("192.0.2.2"), ["FW103 certain tcp 10.1.0.7:40000 > 192.0.2.2:443 in lan out opt1"]),
    ],
    ids=["itself", "its address there", "a machine"],
)
def test_a_flow_to_a_network_is_none_to_the_firewall_in_it(
    blocked: str, expected: list[str], tmp_path: Path
) -> None:
    rules = _rule("lan", blocked, 443, action="block"), _IN_DMZ

    assert _short(_found(tmp_path, *rules, bind="{web: dmz, users: office}")) == expected


_WEB_OPEN = _rule("wan", _to("192.0.2.10"), 443)
_SHARED = "{web: {address: 192.0.2.10, public: 203.0.113.1}, users: internet}"
_WEB = _to("192.0.2.10")


_PERMIT = (
    "permit tcp 443 from the internet to 192.0.2.10 on edge, before edge.xml:19 "
    "(block in all: default deny)"
)
_TRANSLATE = (
    "on edge, translate the destination of tcp 443 from the internet to 203.0.113.1 into "
    "192.0.2.10, and permit it there"
)
_ONLY_THE_ADDRESS = "on edge, translate the public address to the machine's own, and not the port"


@pytest.mark.parametrize(
    ("rules", "nat", "expected"),
    [
        ((_rule("wan", _WEB, 443),), _forward("192.0.2.10"), []),
        ((_rule("wan", _WEB, 443), _rule("wan", _WAN, 8443)), _forward("192.0.2.10"), []),
        (
            (_rule("wan", _WAN, 443),),
            _forward("192.0.2.10"),
            [_PERMIT],
        ),
        (
            (_rule("wan", _WAN, 443),),
            _forward("192.0.2.10", 8443),
            [_ONLY_THE_ADDRESS],
        ),
        (
            (_rule("wan", _ANY, 443),),
            "",
            [_TRANSLATE],
        ),
        (
            (_rule("wan", _WEB, 443),),
            "",
            [_TRANSLATE],
        ),
    ],
    ids=[
        "forwarded",
        "another port that is its own",
        "the rule names the address outside",
        "the rule names the address outside, and another port",
        "passed to the firewall itself",
        "no port forward",
    ],
)
def test_behind_a_shared_address_the_fix_names_what_the_filter_sees(
    rules: tuple[str, ...], nat: str, expected: list[str], tmp_path: Path
) -> None:
    actual = _found(tmp_path, *rules, nat=nat, bind=_SHARED)

    assert [each.remedy.replace(f"{tmp_path}/", "") for each in actual] == expected


def _flow(need: str, source: str, to: str) -> str:
    return f"allow: [{{id: gui, from: {source}, to: {to}, service: 22/tcp, need: {need}}}]\n"


_LISTED = "tcp 10.1.0.7:40000 > 192.0.2.1:22 in lan"
_FROM_WAN = "tcp 8.8.8.7:40000 > 203.0.113.1:22 in wan"
_FROM_LAN = "tcp 10.1.0.7:40000 > 203.0.113.1:22 in lan"
_GUI_FROM_LAN = _rule("lan", _SELF, 22)


@pytest.mark.parametrize(
    ("need", "source", "to", "expected"),
    [
        ("must", "office", "10.1.0.1", []),
        ("must", "office", "192.0.2.1", []),
        ("must", "office", "203.0.113.1", []),
        ("must", "dmz", "192.0.2.1", ["FW101 certain tcp 192.0.2.7:40000 > 192.0.2.1:22 in opt1"]),
        ("must", "internet", "203.0.113.1", ["FW101 certain " + _FROM_WAN]),
        ("must", "192.0.2.1", "192.0.2.10", []),
        ("must", "203.0.113.1", "192.0.2.10", []),
        ("never", "office", "10.1.0.1", ["FW212 certain tcp 10.1.0.7:40000 > 10.1.0.1:22 in lan"]),
        ("never", "office", "203.0.113.1", ["FW212 certain " + _FROM_LAN]),
        ("never", "office", "[192.0.2.1, 192.0.2.2]", ["FW212 certain " + _LISTED]),
        ("never", "office", "192.0.2.0/24", []),
        ("never", "dmz", "192.0.2.1", []),
        ("never", "dmz", "10.1.0.1", []),
        ("never", "internet", "203.0.113.1", []),
    ],
)
def test_a_flow_to_an_address_of_the_firewall_is_asked_where_it_comes_in(
    need: str, source: str, to: str, expected: list[str], tmp_path: Path
) -> None:
    actual = _found(tmp_path, HTTPS, _GUI_FROM_LAN, more=_flow(need, source, to))

    assert _short(actual) == expected


@pytest.mark.parametrize(
    ("rules", "packet", "line"),
    [
        ((_WEB_OPEN, _rule("wan", _ANY)), "tcp 8.8.8.7:40000 > 203.0.113.1:443 in wan", 21),
        ((_rule("wan", _WAN, 443), _WEB_OPEN), "tcp 8.8.8.7:40000 > 203.0.113.1:443 in wan", 20),
        ((_WEB_OPEN,), "tcp 8.8.8.7:40000 > 203.0.113.1:443 in wan", 19),
        ((HTTPS, _GUI_FROM_LAN), "tcp 10.1.0.7:40000 > 10.1.0.1:22 in lan", 21),
        ((HTTPS,), "tcp 192.0.2.7:40000 > 192.0.2.1:22 in opt1", 19),
    ],
    ids=["a rule for all", "its own rule", "default deny", "to itself", "to itself, denied"],
)
def test_check_and_trace_name_the_same_rule(
    rules: tuple[str, ...],
    packet: str,
    line: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = _flow("never", "office", "10.1.0.1")
    bind = _SHARED if "203.0.113.1" in packet else _BIND
    if "192.0.2.1:" in packet:
        more = _flow("must", "dmz", "192.0.2.1")

    (told,) = [
        each for each in _found(tmp_path, *rules, bind=bind, more=more) if packet in each.witness
    ]
    main(["trace", str(tmp_path / "edge.xml"), packet, "--format", "json"])
    traced = json.loads(capsys.readouterr().out)

    assert (told.span.line, traced["line"]) == (line, line)
