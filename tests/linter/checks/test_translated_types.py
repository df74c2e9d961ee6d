"""What `-m addrtype` says of addresses that a translation put into packets."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EXPOSURE,
    HOST,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE)

_PUBLISHED = (
    "-A PREROUTING -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.9.1.5"
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("", ["FW109 possible"]),
        ("-m addrtype --dst-type UNICAST", ["FW109 possible"]),
        ("-m addrtype ! --dst-type LOCAL", ["FW109 possible"]),
        ("-m addrtype --dst-type LOCAL", ["FW101 certain"]),
    ],
)
def test_what_a_machine_forwards_is_for_another_one(
    kind: str, expected: list[str], tmp_path: Path
) -> None:
    accept = f"-A FORWARD -d 10.9.1.5/32 -p tcp -m tcp --dport 443 {kind} -j ACCEPT"
    export = rules(KEEP_IN, KEEP, accept, nat=_PUBLISHED)

    actual = [
        each
        for each in found(tmp_path, policy(), site(HOST), {"web.rules": export})
        if each.check < "FW2"
    ]

    assert [f"{each.check} {each.certainty}" for each in actual] == expected
