"""What a machine's own translations lead to where it must never get, by whatever port."""

from pathlib import Path

import pytest

from fwlint.loading import read
from linter.checks.evaluation import evaluate
from tests.linter.checks.samples import HOST, KEEP, KEEP_IN, load, policy, rules, site

_WEB, _DB = "192.0.2.10", "10.1.0.20"
_BIND = f"{{web: {_WEB}, db: {_DB}, users: office}}"
_MAY = "id: open, from: internet, service: 9200/tcp, need: may"
_NEVER = "id: closed, to: {}, service: 443/tcp, need: never"
_SENT = f"-A PREROUTING -d {_WEB} -p tcp --dport 9200 -j {{}}"


@pytest.mark.parametrize(
    ("role", "nat", "is_led"),
    [
        ("web", "REDIRECT --to-ports 443", True),
        ("web", f"DNAT --to-destination {_WEB}:443", True),
        ("web", "DNAT --to-destination 127.0.0.1:443", True),
        ("db", f"DNAT --to-destination {_DB}:443", True),
        ("web", f"DNAT --to-destination {_DB}:443", False),
        ("web", "DNAT --to-destination 127.0.0.1:8443", False),
        ("db", "DNAT --to-destination 127.0.0.1:443", False),
        ("web", "", False),
    ],
    ids=[
        "redirected",
        "to its own port",
        "to its loopback address",
        "handed on",
        "no-op: to somebody else",
        "no-op: to another port",
        "no-op: what is forbidden at another machine",
        "no-op: as it is sent",
    ],
)
def test_a_machine_leads_to_what_is_forbidden(
    role: str, nat: str, is_led: bool, tmp_path: Path
) -> None:
    let = "-A {} -p tcp -m tcp -m conntrack --ctorigdstport 9200 -j ACCEPT"
    export = rules(
        KEEP_IN, let.format("INPUT"), KEEP, let.format("FORWARD"), nat=_SENT.format(nat) * bool(nat)
    )
    loaded = load(
        tmp_path, policy(_MAY, _NEVER.format(role)), site(HOST, bind=_BIND), {"web.rules": export}
    )

    outcome = evaluate(loaded, read(loaded).rulesets, asked=lambda each: each.startswith("FW2"))

    told = [each for each in outcome.findings if each.check == "FW212"]
    proved = {flow.requirement.id: flow.result for flow in outcome.proved}
    assert {each.flow for each in told} == ({"shop.closed"} if is_led else set())
    assert (proved["closed"] in ("works", "possible")) is is_led
