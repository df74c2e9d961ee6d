"""Roles of the site's own, which no policy has: what is open to them has to be allowed."""

from pathlib import Path

import pytest

from tests.linter.checks.pf import config
from tests.linter.checks.samples import Asking, lines, policy, rules

found = Asking("FW205", "FW208", "FW215")
_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"
_DATABASE = "-A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 3306 -j ACCEPT"


def _site(role: str, *flows: str, device: str = "host: site.web", networks: str = "") -> str:
    allow = "".join(f"  - {{{flow}}}\n" for flow in flows)
    return (
        f"fwlint: site/1\n{networks}roles: {{web: {role}}}\n"
        f"devices:\n  web: {{config: web.rules, ipv6: no, {device}}}\n"
        + (f"allow:\n{allow}" if allow else "")
    )


_ALLOWED = "id: ssh, from: any, to: site.web, service: 22/tcp"
_OPEN_TO = {
    "nothing is allowed": ("any", (), ["22/tcp", "3306/tcp"]),
    "one service is": ("any", (_ALLOWED,), ["3306/tcp"]),
    "at its address": ("192.0.2.10", (_ALLOWED,), ["3306/tcp"]),
    "at its addresses": ("[[192.0.2.10, '2001:db8::10']]", (_ALLOWED,), ["3306/tcp"]),
    "all is": (
        "any",
        (_ALLOWED, "id: sql, from: 10.1.0.0/16, to: site.web, service: 3306/tcp"),
        [],
    ),
    "from others": (
        "any",
        (_ALLOWED, "id: sql, from: 10.2.0.0/16, to: site.web, service: 3306/tcp"),
        [],
    ),
}


@pytest.mark.parametrize(("role", "flows", "expected"), _OPEN_TO.values(), ids=_OPEN_TO)
def test_what_is_open_to_a_machine_has_to_be_allowed(
    role: str, flows: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    exports = {"web.rules": rules(_SSH, _DATABASE)}

    several = found(tmp_path, policy(), _site(role, *flows), exports)

    assert [each.message.partition(" ")[0] for each in several] == expected


_NETWORKS = "networks: {office: 10.1.0.0/16, dmz: 192.0.2.0/24}\n"
_EDGE = (
    "fwlint: site/1\n" + _NETWORKS + "roles: {dmz: dmz}\n"
    "devices:\n  edge: {config: edge.xml, ipv6: no}\n"
)


def _rule(on: str, to: str, port: int) -> str:
    return (
        f"<type>pass</type><interface>{on}</interface><ipprotocol>inet</ipprotocol>"
        "<protocol>tcp</protocol><source><any/></source>"
        f"<destination>{to}<port>{port}</port></destination>"
    )


_AT_FIREWALLS = {
    "a database at the firewall itself": (
        _rule("wan", "<network>wanip</network>", 3306),
        ["FW215 error"],
    ),
    "one behind it": (_rule("wan", "<address>192.0.2.10</address>", 3306), ["FW205 error"]),
    "what everybody may find open": (_rule("wan", "<network>wanip</network>", 443), []),
    "from inside": (_rule("lan", "<network>lanip</network>", 3306), []),
}


_MACHINE = _site("192.0.2.10", device="host: site.web", networks=_NETWORKS)
_FORWARDED = {
    "a database that it passes on": ("-A FORWARD -p tcp -m tcp --dport 3306 -j ACCEPT", ["FW215"]),
    "everything": ("-A FORWARD -j ACCEPT", ["FW201"]),
    "a web server": ("-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT", []),
    "from one network": ("-A FORWARD -s 10.1.0.0/16 -p tcp -m tcp --dport 3306 -j ACCEPT", []),
}


@pytest.mark.parametrize(("rule", "expected"), _FORWARDED.values(), ids=_FORWARDED)
def test_machines_are_asked_what_they_pass_on(
    rule: str, expected: list[str], tmp_path: Path
) -> None:
    several = Asking("FW201", "FW215")(tmp_path, policy(), _MACHINE, {"web.rules": rules(rule)})

    assert [each.check for each in several] == expected


_LEVELS = {
    "a database": ("-p tcp -m tcp --dport 5432", "error"),
    "one for a network of the internet": (
        "-s 203.0.113.0/24 -p tcp -m tcp --dport 5432",
        "warning",
    ),
    "a login": ("-p tcp -m tcp --dport 22", "warning"),
    "what is not marked": ("-p tcp -m tcp --dport 8080", "warning"),
    "everything": ("-p tcp", "error"),
}


@pytest.mark.parametrize(("condition", "level"), _LEVELS.values(), ids=_LEVELS)
def test_what_people_must_not_find_open_is_an_error(
    condition: str, level: str, tmp_path: Path
) -> None:
    exports = {"web.rules": rules(f"-A INPUT {condition} -j ACCEPT")}

    several = Asking("FW205")(tmp_path, policy(), _MACHINE, exports)

    assert [each.level for each in several] == [level]


@pytest.mark.parametrize(("rule", "expected"), _AT_FIREWALLS.values(), ids=_AT_FIREWALLS)
def test_firewalls_between_networks_are_asked_what_is_open_at_themselves(
    rule: str, expected: list[str], tmp_path: Path
) -> None:
    several = found(tmp_path, policy(), _EDGE, {"edge.xml": config(rule)})

    assert [f"{each.check} {each.level}" for each in several] == expected


def test_they_are_asked_where_a_policy_has_a_role_too(tmp_path: Path) -> None:
    use = "policies: shop.yaml\nuse: {shop: {bind: {web: 192.0.2.10, users: office}}}\n"
    export = config(_rule("wan", "<network>wanip</network>", 3306))

    several = found(tmp_path, policy(), _EDGE + use, {"edge.xml": export})

    assert [f"{each.check} {each.level}" for each in several] == ["FW215 error"]


def test_a_machine_can_have_a_role_of_a_policy_too(tmp_path: Path) -> None:
    text = _site("192.0.2.10", networks=_NETWORKS, device="host: [site.web, shop.web]")
    text += "policies: shop.yaml\nuse: {shop: {bind: {web: 192.0.2.10, users: office}}}\n"
    exports = {"web.rules": rules(_SSH, "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT")}

    several = Asking("FW101", "FW205")(tmp_path, policy(), text, exports)

    assert [line.partition(" [")[0] for line in lines(several, tmp_path)] == [
        (
            "web.rules:5: FW205 warning: 22/tcp on web is open to the internet and 2 networks; "
            "no policy asks for it"
        )
    ]
