"""Two roles at one address: what they say to each other goes over the machine's loopback."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import KEEP_IN, Asking, lines, policy, rules, site

_TALK = policy("id: https, service: 443/tcp", "id: sql, from: web, to: db, service: 5432/tcp")
_HOST = "all: {config: all.rules, host: [shop.web, shop.db], ipv6: no}"
_LO = "-A INPUT -i lo -j ACCEPT"
_HTTPS = "-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 443 -j ACCEPT"
_SQL = "-A INPUT -s 192.0.2.11/32 -p tcp -m tcp --dport 5432 -j ACCEPT"

found = Asking("FW101", "FW103", "FW113", "FW202", "FW205")

_CASES = {
    "over the loopback interface": ("192.0.2.10", (_LO,), []),
    "which is filtered": (
        "192.0.2.10",
        (),
        ["FW101 error: required flow shop.sql (5432/tcp) from web to db is blocked on all"],
    ),
    "on another machine": ("192.0.2.11", (), []),
    "on two machines of which one has both": (
        "[192.0.2.10, 192.0.2.11]",
        (_LO,),
        [],
    ),
    "on two machines, and filtered at the one": (
        "[192.0.2.10, 192.0.2.11]",
        (),
        [
            "FW101 error: required flow shop.sql (5432/tcp) from web to db is blocked on all",
        ],
    ),
}


@pytest.mark.parametrize(("db", "opened", "expected"), _CASES.values(), ids=_CASES)
def test_roles_of_one_machine_talk_over_its_loopback(
    db: str, opened: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    host = _HOST if db.startswith(("192.0.2.10", "[")) else _HOST.replace(", shop.db", "")
    if db.startswith("["):
        host = host.replace("[shop.web, shop.db]", "{role: shop.web, address: 192.0.2.10}")
    text = site(host, bind=f"{{web: 192.0.2.10, users: office, db: {db}}}")
    export = rules(KEEP_IN, _HTTPS, *opened)

    said = lines(found(tmp_path, _TALK, text, {"all.rules": export}), tmp_path)

    without_place = [line.partition(": ")[2] for line in said]
    assert [
        one[: len(start)] for one, start in zip(without_place, expected, strict=False)
    ] == expected
    assert len(without_place) == len(expected), said
