"""A service that people must not find open is an error whatever else is wrong with its rule."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import EXPOSURE, Asking, policy, rules, site

_OWN = (
    "fwlint: site/1\nnetworks: {office: 10.1.0.0/16, dmz: 192.0.2.0/24}\n"
    "roles: {web: 192.0.2.10, db: 192.0.2.11}\n"
    "devices:\n  web: {config: web.rules, ipv6: no, host: site.web}\n"
    "allow:\n  - {id: a, to: site.web, %s}\n"
)
_LEVELS: dict[str, tuple[str, str, list[str]]] = {
    "nothing like it is allowed": (
        "from: any, service: 443/tcp",
        "-p tcp -m tcp --dport 6379",
        ["FW205 error"],
    ),
    "it is allowed in the other protocol": (
        "from: any, service: 6379/udp",
        "-p tcp -m tcp --dport 6379",
        ["FW209 error"],
    ),
    "it is allowed to one network": (
        "from: office, service: 5432/tcp",
        "-p tcp -m tcp --dport 5432",
        ["FW202 error"],
    ),
    "it is allowed to some of the internet": (
        "from: 203.0.113.0/24, service: 5432/tcp",
        "-p tcp -m tcp --dport 5432",
        ["FW202 error"],
    ),
    "it is in a range": (
        "from: any, service: 5401/tcp",
        "-p tcp -m tcp --dport 5400:5500",
        ["FW205 error"],
    ),
    "another service in the other protocol": (
        "from: any, service: 8081/udp",
        "-p tcp -m tcp --dport 8081",
        ["FW209 info"],
    ),
    "another service that is allowed to others": (
        "from: 203.0.113.0/24, service: 8080/tcp",
        "-p tcp -m tcp --dport 8080",
        ["FW202 warning"],
    ),
    "open to one network only": (
        "from: any, service: 6379/udp",
        "-s 203.0.113.0/24 -p tcp -m tcp --dport 6379",
        ["FW209 info"],
    ),
    "a login": (
        "from: any, service: 22/udp",
        "-p tcp -m tcp --dport 22",
        ["FW209 warning"],
    ),
    "it is allowed": ("from: any, service: 5432/tcp", "-p tcp -m tcp --dport 5432", []),
}


@pytest.mark.parametrize(("flow", "condition", "expected"), _LEVELS.values(), ids=_LEVELS)
def test_a_flow_beside_it_makes_it_no_better(
    flow: str, condition: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {"web.rules": rules(f"-A INPUT {condition} -j ACCEPT")}

    several = Asking(*EXPOSURE)(tmp_path, policy(), _OWN % flow, exports)

    assert [f"{each.check} {each.level}" for each in several] == expected


_POLICIES: dict[str, tuple[str, str, list[str]]] = {
    "what an option makes needless": (
        "id: sql, from: internet, service: 5432/tcp, when: sql",
        "-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 5432 -j ACCEPT",
        ["FW213 error"],
    ),
    "another service that an option makes needless": (
        "id: sql, from: internet, service: 8080/tcp, when: sql",
        "-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 8080 -j ACCEPT",
        ["FW213 warning"],
    ),
    "a range around a needed port": (
        "id: https, service: 5431/tcp",
        "-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 5430:5434 -j ACCEPT",
        ["FW202 warning", "FW206 error"],
    ),
}


@pytest.mark.parametrize(("flow", "rule", "expected"), _POLICIES.values(), ids=_POLICIES)
def test_a_policy_makes_it_no_better(
    flow: str, rule: str, expected: list[str], tmp_path: Path
) -> None:
    options = "sql: {question: SQL?, default: no}"
    text = policy("id: x, service: 1/tcp, need: may", flow, options=options)

    several = Asking(*EXPOSURE)(tmp_path, text, site(), {"edge.rules": rules(rule)})

    assert [f"{each.check} {each.level}" for each in several] == expected
