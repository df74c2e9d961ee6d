"""Public ports that are others on the machine: `public: {address: …, ports: {8443: 443}}`."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.forwards import DNAT, TO_WEB
from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    HOST,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE)

_WEB = "{{address: 192.0.2.10, public: {}}}"
_ONE = "{{address: 203.0.113.5, ports: {}}}"
_MAPPED = _ONE.format("{8443: 443}")
_DNAT = DNAT.replace("--dport 443", "--dport {}") + ":{}"
_OUTER = _DNAT.format(8443, 443)
_SAME = DNAT


def _bind(public: str) -> str:
    return f"{{web: {_WEB.format(public)}, users: office}}"


def _short(findings: list[Finding]) -> list[str]:
    return [
        f"{each.check} {each.witness.split(' > ')[-1].split(' ')[0]}"
        + (" possible" if each.certainty == "possible" else "")
        for each in findings
    ]


@pytest.mark.parametrize(
    ("public", "nat", "expected"),
    [
        pytest.param(_MAPPED, [_OUTER], [], id="as the site says"),
        pytest.param("203.0.113.5", [_SAME], [], id="no-op: no other port"),
        pytest.param(_ONE.format("{443: 443}"), [_SAME], [], id="no-op: said of itself"),
        pytest.param(
            "203.0.113.5",
            [_OUTER],
            ["FW101 203.0.113.5:443", "FW205 203.0.113.5:8443"],
            id="nobody says so",
        ),
        pytest.param(
            _MAPPED,
            [_SAME],
            ["FW101 203.0.113.5:8443", "FW205 203.0.113.5:443"],
            id="on the machine's port",
        ),
        pytest.param(
            _MAPPED,
            [_DNAT.format(9443, 443)],
            ["FW101 203.0.113.5:8443", "FW205 203.0.113.5:9443"],
            id="on a third port",
        ),
        pytest.param(
            _MAPPED, [_DNAT.format(8443, 8443)], ["FW101 203.0.113.5:8443"], id="the port stays"
        ),
        pytest.param(
            _MAPPED,
            [_OUTER.replace("192.0.2.10", "192.0.2.11")],
            ["FW101 203.0.113.5:8443"],
            id="to another machine",
        ),
        pytest.param(_MAPPED, [], ["FW101 203.0.113.5:8443"], id="not translated"),
        pytest.param(
            _ONE.format("{8443: 443, 443: 443}"),
            [_OUTER],
            ["FW103 203.0.113.5:443"],
            id="one of two is missing",
        ),
        pytest.param(_ONE.format("{8443: 443, 443: 443}"), [_OUTER, _SAME], [], id="two ports"),
    ],
)
def test_clients_use_the_public_port_that_the_site_says(
    public: str, nat: list[str], expected: list[str], tmp_path: Path
) -> None:
    need = policy("id: https, from: internet, service: 443/tcp")
    export = rules(KEEP, TO_WEB, nat="\n".join(nat))
    text = site(bind=_bind(public))

    assert _short(found(tmp_path, need, text, {"edge.rules": export})) == expected


@pytest.mark.parametrize(
    ("public", "nat", "expected"),
    [
        pytest.param(
            _MAPPED,
            "",
            "on edge, translate the destination of tcp 8443 from the internet to 203.0.113.5 into "
            "192.0.2.10 and port 8443 to 443, and permit it there",
            id="not translated",
        ),
        pytest.param(
            _MAPPED,
            _SAME,
            "on edge, translate the destination of tcp 8443 from the internet to 203.0.113.5 into "
            "192.0.2.10 and port 8443 to 443, and permit it there",
            id="on another port",
        ),
        pytest.param(
            _MAPPED,
            _DNAT.format(8443, 8443),
            "on edge, translate the public address to the machine's own, and port 8443 to 443",
            id="the port stays",
        ),
        pytest.param(
            "203.0.113.5",
            _DNAT.format(443, 8443),
            "on edge, translate the public address to the machine's own, and not the port",
            id="no-op: no other port",
        ),
    ],
)
def test_what_is_missing_is_said_with_the_ports(
    public: str, nat: str, expected: str, tmp_path: Path
) -> None:
    need = policy("id: https, from: internet, service: 443/tcp")
    export = rules(KEEP, TO_WEB, nat=nat)

    findings = found(tmp_path, need, site(bind=_bind(public)), {"edge.rules": export})

    assert [each.remedy for each in findings if each.check == "FW101"] == [expected]


_ANY = "-A FORWARD -i wan0 -p tcp -m conntrack --ctstate DNAT -j ACCEPT"
_SSH = policy("id: ssh, service: 22/tcp, admin: yes", "id: https, service: 443/tcp")


@pytest.mark.parametrize(
    ("public", "nat", "expected"),
    [
        pytest.param(_MAPPED, _OUTER, ["FW202 203.0.113.5:8443"], id="the flow's public port"),
        pytest.param("203.0.113.5", _SAME, ["FW202 203.0.113.5:443"], id="no-op: the port itself"),
        pytest.param(_MAPPED, _SAME, ["FW205 203.0.113.5:443"], id="a port that nobody uses"),
        pytest.param(
            _ONE.format("{2222: 22}"),
            _DNAT.format(2222, 22),
            ["FW203 203.0.113.5:2222"],
            id="the administrators'",
        ),
        pytest.param(
            _ONE.format("{2222: 22}"),
            _DNAT.format(22, 22),
            ["FW203 203.0.113.5:22"],
            id="the administrators' as it is",
        ),
        pytest.param(
            _ONE.format("{22: 443}"),
            _DNAT.format(22, 443),
            ["FW202 203.0.113.5:22"],
            id="not the administrators'",
        ),
    ],
)
def test_what_is_open_outside_is_told_by_the_service_that_it_leads_to(
    public: str, nat: str, expected: list[str], tmp_path: Path
) -> None:
    inside = "-A FORWARD -i lan0 -d 192.0.2.10/32 -p tcp -m multiport --dports 22,443 -j ACCEPT"
    export = rules(KEEP, inside, _ANY, nat=nat)

    actual = found(tmp_path, _SSH, site(bind=_bind(public)), {"edge.rules": export})

    assert _short(actual) == expected


@pytest.mark.parametrize(
    ("public", "nat", "expected"),
    [
        pytest.param(_MAPPED, _OUTER, ["FW212 203.0.113.5:8443"], id="by its public port"),
        pytest.param(_MAPPED, _SAME, ["FW212 203.0.113.5:443"], id="by its own"),
        pytest.param(_MAPPED, _DNAT.format(99, 443), ["FW212 203.0.113.5:99"], id="by any"),
        pytest.param(
            _MAPPED, _DNAT.format(8443, 22), ["FW212 203.0.113.5:8443"], id="wherever that leads"
        ),
        pytest.param(_MAPPED, _DNAT.format(99, 22), [], id="no-op: another service"),
        pytest.param(
            _ONE.format("{443: 8443}"), _DNAT.format(443, 8443), [], id="its number leads elsewhere"
        ),
        pytest.param(
            _ONE.format("{443: 8443}"), _SAME, ["FW212 203.0.113.5:443"], id="and does not"
        ),
        pytest.param("203.0.113.5", _SAME, ["FW212 203.0.113.5:443"], id="no-op: no other port"),
    ],
)
def test_a_forbidden_flow_is_sought_at_every_public_port(
    public: str, nat: str, expected: list[str], tmp_path: Path
) -> None:
    never = policy("id: https, from: internet, service: 443/tcp, need: never")
    export = rules(KEEP, _ANY, nat=nat)

    actual = found(tmp_path, never, site(bind=_bind(public)), {"edge.rules": export})

    assert [each for each in _short(actual) if each.startswith("FW212")] == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [("443", []), ("8443", ["FW101 203.0.113.5:8443", "FW205 192.0.2.10:8443"])],
    ids=["the machine's port", "the public port"],
)
def test_the_machine_sees_its_own_port(host: str, expected: list[str], tmp_path: Path) -> None:
    need = policy("id: https, from: internet, service: 443/tcp")
    rule = HTTPS_IN.replace("-s 10.1.0.0/16 ", "").replace("443", host)
    exports = {"edge.rules": rules(KEEP, TO_WEB, nat=_OUTER), "web.rules": rules(KEEP_IN, rule)}

    actual = found(tmp_path, need, site(EDGE, HOST, bind=_bind(_MAPPED)), exports)

    assert [line for line in _short(actual) if "443" in line] == expected


_BESIDE = "{address: 203.0.113.6, ports: {444: 443}}"


@pytest.mark.parametrize(
    ("nat", "expected"),
    [
        ([_OUTER, _DNAT.format(444, 443).replace("113.5", "113.6")], []),
        ([_OUTER], ["FW103 203.0.113.6:444"]),
        ([_OUTER, _OUTER.replace("113.5", "113.6")], ["FW103 203.0.113.6:444", "FW205"]),
    ],
    ids=["each by its port", "one is missing", "one by the other's port"],
)
def test_each_public_address_has_its_own_ports(
    nat: list[str], expected: list[str], tmp_path: Path
) -> None:
    need = policy("id: https, from: internet, service: 443/tcp")
    export = rules(KEEP, TO_WEB, nat="\n".join(nat))
    text = site(bind=_bind(f"[{_MAPPED}, {_BESIDE}]"))

    actual = _short(found(tmp_path, need, text, {"edge.rules": export}))

    assert [a.startswith(e) for a, e in zip(actual, expected, strict=True)] == [True] * len(actual)


_TWO = (
    "{web: [{address: 192.0.2.10, public: {address: 203.0.113.5, ports: {2210: 22}}},"
    " {address: 192.0.2.12, public: {address: 203.0.113.5, ports: {2212: 22}}}], users: office}"
)


@pytest.mark.parametrize(
    ("ports", "expected"),
    [((2210, 2212), []), ((2212, 2210), ["FW101 203.0.113.5:2210"])],
    ids=["as the site says", "swapped"],
)
def test_machines_may_share_a_public_address_by_its_ports(
    ports: tuple[int, int], expected: list[str], tmp_path: Path
) -> None:
    need = policy("id: ssh, from: internet, service: 22/tcp")
    nat = "\n".join(
        _DNAT.format(port, 22).replace("192.0.2.10", f"192.0.2.{machine}")
        for port, machine in zip(ports, (10, 12), strict=True)
    )

    actual = found(tmp_path, need, site(bind=_TWO), {"edge.rules": rules(KEEP, _ANY, nat=nat)})

    assert _short(actual) == expected


@pytest.mark.parametrize(
    ("nat", "services", "expected"),
    [
        (_OUTER, "[443/tcp, 80/tcp]", []),
        (_SAME, "[443/tcp, 80/tcp]", ["FW106"]),
        (_DNAT.format(80, 80), "[443/tcp, 80/tcp]", []),
    ],
    ids=["by its public port", "by its own port", "the other service"],
)
def test_of_two_services_one_is_enough_at_its_public_port(
    nat: str, services: str, expected: list[str], tmp_path: Path
) -> None:
    need = policy(f"id: https, from: internet, any_of: {services}")
    export = rules(KEEP, _ANY, nat=nat)

    actual = found(tmp_path, need, site(bind=_bind(_MAPPED)), {"edge.rules": export})

    assert [each.check for each in actual if each.check.startswith("FW1")] == expected


@pytest.mark.parametrize(
    ("port", "nat", "expected"),
    [
        (8443, _OUTER, []),
        (443, _OUTER, ["FW109"]),
        (8443, _DNAT.format(8443, 8443), ["FW101"]),
    ],
    ids=["its public port", "the machine's port", "sent to another port"],
)
def test_a_flow_that_names_a_public_address_names_its_public_port(
    port: int, nat: str, expected: list[str], tmp_path: Path
) -> None:
    more = f"""
        allow:
          - {{id: in, from: office, to: 203.0.113.5, service: {port}/tcp, need: must}}
        """
    export = rules(KEEP, _ANY.replace("-i wan0 ", ""), nat=nat.replace("-i wan0 ", ""))
    need = policy("id: https, from: internet, service: 443/tcp, need: may")

    actual = found(tmp_path, need, site(bind=_bind(_MAPPED), more=more), {"edge.rules": export})

    assert [each.check for each in actual if each.flow == "site.in"] == expected


def test_people_inside_use_the_machines_own_port(tmp_path: Path) -> None:
    inside = "-A FORWARD -i lan0 -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport {} -j ACCEPT"
    text = site(bind=_bind(_MAPPED))

    def short(port: int) -> list[str]:
        export = rules(KEEP, inside.format(port), nat=_OUTER)
        return _short(found(tmp_path, policy(), text, {"edge.rules": export}))

    assert short(443) == []
    assert short(8443) == ["FW101 192.0.2.10:443", "FW205 192.0.2.10:8443"]
