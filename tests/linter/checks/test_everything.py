"""Flows for everything that somebody sends: `service: any`, and all ports of a protocol."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EXPOSURE,
    HTTPS,
    KEEP,
    REQUIRED,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE, "FW507")

_FROM_ADMINS = "-A FORWARD -s 10.1.99.0/24 -d 192.0.2.10/32 -j ACCEPT"
_TCP = "-A FORWARD -s 10.1.99.0/24 -d 192.0.2.10/32 -p tcp -j ACCEPT"
_SITE = site(bind="{web: 192.0.2.10, users: 10.1.0.0/16, admins: 10.1.99.0/24}")
_DATABASE = "-A FORWARD -s 10.1.8.0/24 -d 192.0.2.10/32 -p tcp -m tcp --dport {} -j ACCEPT"

_CASES = {
    "all of it": ("any", (_FROM_ADMINS,), []),
    "all ports of a protocol, also port 0": ("1-65535/tcp", (_TCP,), []),
    "more protocols than that": (
        "1-65535/tcp",
        (_FROM_ADMINS,),
        [
            "FW205 warning: many services on web are open to office through edge",
            "FW209 info: 443/udp on web is open to office",
        ],
    ),
    "one protocol is not everything": (
        "any",
        (_TCP,),
        ["FW102 error: many services of required flow shop.all (any) from admins"],
    ),
    "one port is not everything": (
        "any",
        (),
        ["FW102 error: many services of required flow shop.all (any) from admins"],
    ),
    "a port for others too": (
        "any",
        (_FROM_ADMINS, _DATABASE.format(3306)),
        ["FW205 warning: 3306/tcp on web is open to office through edge; no policy asks for it"],
    ),
    "a port that the machine has for itself": (
        "any",
        (_FROM_ADMINS, _DATABASE.format(9000)),
        ["FW204 error: 9000/tcp on web is open to office through edge; shop.own is internal"],
    ),
}


@pytest.mark.parametrize(("service", "opened", "expected"), _CASES.values(), ids=_CASES)
def test_a_flow_for_everything_is_asked_and_permits_as_a_whole(
    service: str, opened: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    text = policy(
        "id: https, service: 443/tcp, app: HTTPS",
        f"id: all, from: admins, service: {service}",
        "id: own, from: web, to: self, service: 9000/tcp, app: Console",
    )

    said = lines(
        found(tmp_path, text, _SITE, {"edge.rules": rules(KEEP, HTTPS, *opened)}), tmp_path
    )

    found_ones = [line.partition(": ")[2] for line in said if "FW113" not in line]
    assert len(found_ones) == len(expected)
    for line, start in zip(found_ones, expected, strict=True):
        assert line.startswith(start)
