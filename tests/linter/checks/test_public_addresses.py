"""Public addresses: whose they are, who else reaches a machine by them, and what comes back."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import EDGE, EXPOSURE, KEEP, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED, *EXPOSURE)

_NETWORKS = "{office: 10.1.0.0/16, dmz: 10.2.0.0/24, lab: 10.3.0.0/24}"
_POLICY = policy("id: https, from: internet, service: 443/tcp")
_TWO = "edge: {config: edge.rules, ipv6: no, interfaces: {wan0: internet, dmz0: dmz, lab0: lab}}"
_DNAT = "-A PREROUTING -d {}/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination {}"
_IN = "-A FORWARD -d {}/32 -p tcp -m tcp --dport 443 -j ACCEPT"
_A, _B, _C = "10.2.0.11", "10.2.0.12", "10.3.0.11"
_P, _Q = "203.0.113.10", "203.0.113.11"


def _short(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(each.check, each.certainty, each.device) for each in findings]


@pytest.mark.parametrize(
    ("machines", "public", "pairs", "expected"),
    [
        ((_A, _C), (_P, _Q), ((_P, _A), (_Q, _C)), []),
        ((_A, _B), (_P, _Q), ((_P, _B), (_Q, _A)), []),
        ((_A, _B), (_P, _Q), ((_P, _A), (_Q, _A)), [("FW103", "certain", "edge")]),
        ((_A, _C), (_P, _Q), ((_P, _A), (_Q, _A)), [("FW103", "certain", "edge")]),
        ((_A, _C), (_P,), ((_P, _A),), []),
        ((_A, _C), (_P,), ((_P, "10.2.0.99"),), [("FW101", "certain", "edge")]),
    ],
    ids=[
        "two networks",
        "two machines of one network",
        "both addresses lead to one machine",
        "both lead to one of two networks",
        "one address for two machines",
        "to a stranger",
    ],
)
def test_a_public_address_is_one_machines(
    machines: tuple[str, ...],
    public: tuple[str, ...],
    pairs: tuple[tuple[str, str], ...],
    expected: list[tuple[str, str, str]],
    tmp_path: Path,
) -> None:
    bind = f"{{web: {{address: [{', '.join(machines)}], public: [{', '.join(public)}]}}}}"
    export = rules(
        KEEP, *map(_IN.format, machines), nat="\n".join(_DNAT.format(*pair) for pair in pairs)
    )
    networks = "{dmz: 10.2.0.0/24, lab: 10.3.0.0/24}"
    text = site(_TWO, networks=networks, bind=bind)

    assert _short(found(tmp_path, _POLICY, text, {"edge.rules": export})) == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [("198.51.100.11", [("FW205", "certain", "edge")]), (_A, [("FW205", "certain", "edge")])],
    ids=["the internet knows it", "a private one"],
)
def test_a_public_address_does_not_hide_the_own_one(
    own: str, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    networks = "{office: 10.1.0.0/16, dmz: [10.2.0.0/24, 198.51.100.0/24]}"
    bind = f"{{web: {{address: {own}, public: {_P}}}, users: office}}"
    rule = f"-A FORWARD -i wan0 -d {own}/32 -p tcp -m tcp --dport 22 -j ACCEPT"
    export = rules(KEEP, _IN.format(own), rule, nat=_DNAT.format(_P, own))

    actual = found(tmp_path, _POLICY, site(networks=networks, bind=bind), {"edge.rules": export})

    assert _short(actual) == expected


_BOUND = f"{{web: {{address: {_A}, public: {_P}}}, users: office}}"
_ANY = "-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT"
_HAIRPIN = "-A POSTROUTING -s 10.2.0.0/24 -d 10.2.0.0/24"
_FROM_WAN = _ANY.replace("FORWARD", "FORWARD -i wan0")


@pytest.mark.parametrize("to", ["web", _P], ids=["the role", "its public address"])
@pytest.mark.parametrize(
    ("rule", "port", "expected"),
    [(_ANY, 443, ["FW212"]), (_ANY, 8443, ["FW212"]), (_FROM_WAN, 443, [])],
    ids=["for everybody", "under another port", "from the internet only"],
)
def test_nobody_comes_by_the_public_address_who_must_not(
    to: str, rule: str, port: int, expected: list[str], tmp_path: Path
) -> None:
    to = f"shop.{to}" if to == "web" else to
    asked = 443 if to.startswith("shop") else port
    more = f"""
        allow:
          - {{id: out, from: office, to: {to}, service: {asked}/tcp, need: never}}
        """
    nat = _DNAT.format(_P, f"{_A}:443").replace("--dport 443", f"--dport {port}")
    need = policy("id: https, from: internet, service: 443/tcp, need: may")
    text = site(networks=_NETWORKS, bind=_BOUND, more=more)

    actual = found(tmp_path, need, text, {"edge.rules": rules(KEEP, rule, nat=nat)})

    assert [each.check for each in actual if each.flow == "site.out"] == expected


@pytest.mark.parametrize(
    ("rule", "nat", "source", "expected"),
    [
        (_ANY, "", "office", []),
        (_FROM_WAN, "", "office", ["FW101"]),
        (_ANY, "", "dmz", ["FW104"]),
        (_ANY, f"{_HAIRPIN} -j MASQUERADE", "dmz", []),
        (_ANY, f"{_HAIRPIN} -m string --string x --algo bm -j MASQUERADE", "dmz", ["FW109"]),
    ],
    ids=["open", "for the internet only", "replies go past", "with source NAT", "perhaps"],
)
def test_a_flow_to_a_public_address_is_followed_to_the_machine(
    rule: str, nat: str, source: str, expected: list[str], tmp_path: Path
) -> None:
    more = f"""
        allow:
          - {{id: in, from: {source}, to: {_P}, service: 443/tcp, need: must}}
        """
    export = rules(KEEP, rule, nat=f"{_DNAT.format(_P, _A)}\n{nat}")
    text = site(EDGE, networks=_NETWORKS, bind=_BOUND, more=more)

    actual = found(tmp_path, _POLICY, text, {"edge.rules": export})

    assert [each.check for each in actual if each.flow == "site.in"] == expected


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [(((_P, _A), (_Q, _B)), []), (((_P, _B), (_Q, _A)), ["FW101"])],
    ids=["as the site says", "swapped"],
)
def test_a_site_may_say_whose_a_public_address_is(
    pairs: tuple[tuple[str, str], ...], expected: list[str], tmp_path: Path
) -> None:
    bind = f"{{web: [{{address: {_A}, public: {_P}}}, {{address: {_B}, public: {_Q}}}]}}"
    export = rules(
        KEEP, *map(_IN.format, (_A, _B)), nat="\n".join(_DNAT.format(*pair) for pair in pairs)
    )
    text = site(_TWO, networks="{dmz: 10.2.0.0/24, lab: 10.3.0.0/24}", bind=bind)

    actual = found(tmp_path, _POLICY, text, {"edge.rules": export})

    assert [each.check for each in actual if each.certainty == "certain"] == expected
