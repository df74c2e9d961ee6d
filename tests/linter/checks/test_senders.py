"""What kind of address a sender has (`-m addrtype --src-type`): that of a machine."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import HOST, HTTPS_IN, KEEP_IN, Asking, lines, policy, rules, site

found = Asking("FW101", "FW109", "FW202", "FW203", "FW205")

_SELF = policy("id: https, service: 443/tcp", "id: own, from: web, to: self, service: 9000/tcp")
_BLOCKED = "FW101 error: required flow shop.own (9000/tcp) within web is blocked on web"

_CASES = {
    "no smurfs": (("-A INPUT -m addrtype --src-type BROADCAST -j DROP", HTTPS_IN), [_BLOCKED]),
    "nobody else's": (
        ("-A INPUT -m addrtype --src-type UNICAST -j DROP", HTTPS_IN),
        ["FW101", _BLOCKED],
    ),
    "the machine itself": (("-A INPUT -m addrtype --src-type LOCAL -j ACCEPT", HTTPS_IN), []),
    "any machine": (
        ("-A INPUT -m addrtype --src-type UNICAST -p tcp -m tcp --dport 8080 -j ACCEPT", HTTPS_IN),
        ["FW101", "FW205 warning: 8080/tcp on web is open to the internet"],
    ),
}


@pytest.mark.parametrize(("opened", "expected"), _CASES.values(), ids=_CASES)
def test_who_sends_from_elsewhere_has_the_address_of_a_machine(
    opened: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    export = rules(KEEP_IN, *opened)

    said = lines(found(tmp_path, _SELF, site(HOST), {"web.rules": export}), tmp_path)

    found_ones = [line.partition(": ")[2] for line in said]
    assert len(found_ones) == len(expected), found_ones
    for start in expected:
        assert any(one.startswith(start) for one in found_ones)
