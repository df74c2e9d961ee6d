"""Flows that name a public address themselves (`to: 203.0.113.10`), translated or not."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import EXPOSURE, KEEP, KEEP_IN, REQUIRED, Asking, policy, rules
from tests.linter.checks.samples import site as site_text

found = Asking(*REQUIRED, *EXPOSURE)

_P, _Q = "203.0.113.10", "203.0.113.11"
_A, _B = "10.2.0.11", "10.2.0.12"
_EDGE = "edge: {config: edge.rules, ipv6: no, %sinterfaces: {wan0: internet, lan0: lan, dmz0: dmz}}"
_MAY = policy("id: https, from: internet, service: 443/tcp, need: may")
_DNAT = f"-A PREROUTING -d {_P}/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination {_A}"
_SENT_ON = "-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT"
_OWN = "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"
_OUT = "-A FORWARD -i lan0 -o wan0 -j ACCEPT"
_WHOSE = f"whether {_P} is an address of edge"


def _asked(
    tmp_path: Path, need: str, export: str, public: str = _P, own: str = ""
) -> list[Finding]:
    text = site_text(
        _EDGE % own,
        networks="{lan: 10.1.0.0/16, dmz: 10.2.0.0/24}",
        bind=f"{{web: {{address: [{_A}, {_B}], public: {public}}}}}",
        more=f"""
        allow:
          - {{id: out, from: lan, to: {_P}, service: 443/tcp, need: {need}}}
        """,
    )
    findings = found(tmp_path, _MAY, text, {"edge.rules": export})
    return [each for each in findings if each.flow == "site.out"]


@pytest.mark.parametrize(
    ("own", "certainty", "reasons"),
    [("", "possible", (_WHOSE,)), (f"addresses: [{_P}, 10.1.0.1], ", "certain", ())],
    ids=["nobody says whose it is", "the router's own"],
)
@pytest.mark.parametrize(
    ("need", "rule", "check"),
    [("never", _OWN, "FW212"), ("never", "", ""), ("must", "", "FW1"), ("must", _OWN, "")],
    ids=["forbidden and open", "forbidden and closed", "needed and closed", "needed and open"],
)
def test_what_a_router_does_not_translate_is_for_the_router(
    need: str, rule: str, check: str, own: str, certainty: str, reasons: tuple[str, ...],
    tmp_path: Path,
) -> None:  # fmt: skip
    other_port = _DNAT.replace("--dport 443", "--dport 8443")
    export = rules(KEEP, KEEP_IN, _SENT_ON, *filter(None, [rule]), nat=other_port)

    actual = _asked(tmp_path, need, export, own=own)

    assert [each.check[: len(check)] for each in actual] == ([check] if check else [])
    assert [(each.certainty, each.reasons) for each in actual] == (
        [(certainty, reasons)] if check else []
    )


@pytest.mark.parametrize("need", ["must", "never"])
@pytest.mark.parametrize(
    ("nat", "rule", "is_open"),
    [(_DNAT, _SENT_ON, True), (_DNAT, _OWN, False)],
    ids=["open to the machine", "open to the router only"],
)
def test_what_a_router_translates_is_for_the_machine(
    nat: str, rule: str, need: str, is_open: bool, tmp_path: Path
) -> None:
    actual = _asked(tmp_path, need, rules(KEEP, KEEP_IN, rule, nat=nat))

    wrong = is_open == (need == "never")
    assert [each.certainty for each in actual] == (["certain"] if wrong else [])


def test_another_machine_of_the_role_is_not_asked_for_it(tmp_path: Path) -> None:
    """Each machine has its public address: what goes to the one is not blocked for the other."""
    only = f"-A FORWARD -d {_A}/32 -p tcp -m tcp --dport 443 -j ACCEPT"

    assert _asked(tmp_path, "must", rules(KEEP, only, nat=_DNAT), f"[{_P}, {_Q}]") == []


@pytest.mark.parametrize(
    ("nat", "expected"),
    [(_DNAT, []), (_DNAT.replace(_P, _Q), [("possible", (_WHOSE,))])],
    ids=["translated", "another one is translated"],
)
def test_a_public_address_that_nobody_translates_is_perhaps_the_routers(
    nat: str, expected: list[tuple[str, tuple[str, ...]]], tmp_path: Path
) -> None:
    export = rules(KEEP, KEEP_IN, _SENT_ON, _OUT, nat=nat)

    actual = _asked(tmp_path, "must", export, f"[{_P}, {_Q}]")

    assert [(each.certainty, each.reasons) for each in actual] == expected


@pytest.mark.parametrize(
    ("db", "to", "expected"),
    [
        (_A, _A, []),
        (_A, _B, [("FW101", "certain")]),
        (_B, _B, []),
        (_B, _A, []),
    ],
    ids=["its machine", "another machine", "of two machines one", "of two machines the other"],
)
def test_an_address_of_a_machine_with_two_roles_is_that_machines(
    db: str, to: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    public = f"public: {_P}"
    text = site_text(
        _EDGE % "",
        networks="{lan: 10.1.0.0/16, dmz: 10.2.0.0/24}",
        bind=f"{{web: {{address: {_A}, {public}}}, db: {{address: {db}, {public}}}}}",
        more=f"""
        allow:
          - {{id: out, from: lan, to: {_P}, service: 443/tcp, need: must}}
        """,
    )
    export = rules(KEEP, _SENT_ON, nat=_DNAT.replace(_A, to))

    findings = found(tmp_path, _MAY, text, {"edge.rules": export})

    about = [each for each in findings if each.flow == "site.out" and each.check in REQUIRED]
    assert [(each.check, each.certainty) for each in about] == expected
