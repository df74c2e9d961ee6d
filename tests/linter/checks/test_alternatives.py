"""Flows that need one of several services: every pair of machines without one is told of."""

from pathlib import Path

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import KEEP_IN, KEEP_OUT, REQUIRED, Asking, policy, rules, site

found = Asking(*REQUIRED)

_FLOW = policy("id: either, from: web, to: users, any_of: [443/tcp, 8443/tcp]")
_ONE, _TWO = "192.0.2.10", "192.0.2.11"
_DEVICES = tuple(
    f"{name}: {{config: {name}.rules, host: {{role: shop.web, address: {address}}}, ipv6: no}}"
    for name, address in (("one", _ONE), ("two", _TWO))
)
_BIND = f"{{web: [{_ONE}, {_TWO}], users: office}}"
_OUT = "-A OUTPUT {}-p tcp -m tcp --dport {} -j ACCEPT"
_ALL, _ODD, _HALF = _OUT.format("", 443), _OUT.format("", 8443), _OUT.format("-d 10.1.0.0/17 ", 443)
_LIMIT = _ALL.replace("-j", "-m limit --limit 5/sec -j")


def _asked(tmp_path: Path, one: str, two: str, *devices: str) -> list[Finding]:
    exports = {
        f"{name}.rules": rules(KEEP_IN, KEEP_OUT, rule, output="DROP")
        for name, rule in (("one", one), ("two", two))
    }
    text = site(*(devices or _DEVICES), bind=_BIND)
    return [each for each in found(tmp_path, _FLOW, text, exports) if each.check != "FW113"]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (_ALL, _ODD, []),
        ("", _ALL, [("FW106", "one", "tcp 443 from 192.0.2.10 to 10.1.0.0/16")]),
        (
            "",
            "",
            [
                ("FW106", "one", "tcp 443 from 192.0.2.10 to 10.1.0.0/16"),
                ("FW106", "two", "tcp 443 from 192.0.2.11 to 10.1.0.0/16"),
            ],
        ),
        (
            _HALF,
            "",
            [
                ("FW106", "one", "tcp 443 from 192.0.2.10 to 10.1.128.0/17"),
                ("FW106", "two", "tcp 443 from 192.0.2.11 to 10.1.0.0/16"),
            ],
        ),
        (
            "",
            _LIMIT,
            [
                ("FW106", "one", "tcp 443 from 192.0.2.10 to 10.1.0.0/16"),
                ("FW109", "two", "tcp 443 from 192.0.2.11 to 10.1.0.0/16"),
            ],
        ),
        (
            _LIMIT,
            _LIMIT,
            [
                ("FW109", "one", "tcp 443 from 192.0.2.10 to 10.1.0.0/16"),
                ("FW109", "two", "tcp 443 from 192.0.2.11 to 10.1.0.0/16"),
            ],
        ),
    ],
    ids=[
        "another alternative each",
        "none on the first machine",
        "none on either machine",
        "none for some addresses on one, none on the other",
        "none on one, perhaps one on the other",
        "perhaps one on either machine",
    ],
)
def test_each_machine_without_an_alternative_is_told_of(
    one: str, two: str, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    actual = _asked(tmp_path, one, two)

    assert [(each.check, each.device, each.extent) for each in actual] == expected
