"""Roles with several machines: each has its own firewall, and they need each other."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EXPOSURE,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    REQUIRED,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED, *EXPOSURE)

_MESH = policy("id: mesh, from: web, to: web, service: 2380/tcp")
_BIND = "{web: [192.0.2.10, 192.0.2.11], users: office}"
_ONE = "web: {config: web.rules, host: shop.web, ipv6: no}"
_PORT = "-A INPUT -s {}/32 -p tcp -m tcp --dport 2380 -j ACCEPT"
_WHICH = "which machine of shop.web the exports of {} are of"


def _told(name: str, address: str) -> str:
    host = f"{{role: shop.web, address: {address}}}"
    return f"{name}: {{config: {name}.rules, host: {host}, ipv6: no}}"


_A, _B = _told("a", "192.0.2.10"), _told("b", "192.0.2.11")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("192.0.2.11", "192.0.2.10", []),
        (
            "192.0.2.11",
            "192.0.2.12",
            ["FW101 certain b", "FW202 certain b"],
        ),
    ],
    ids=["both let the other in", "one lets a stranger in"],
)
def test_every_machine_of_a_role_is_asked_about_the_others(
    a: str, b: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {
        "a.rules": rules(KEEP_IN, _PORT.format(a)),
        "b.rules": rules(KEEP_IN, _PORT.format(b)),
    }

    actual = found(tmp_path, _MESH, site(_A, _B, bind=_BIND), exports)

    assert [f"{each.check} {each.certainty} {each.device}" for each in actual] == expected


def test_what_no_guess_lets_through_is_not_said_to_work(tmp_path: Path) -> None:
    export = rules(KEEP_IN, HTTPS_IN.replace("443", "2380"))

    actual = found(tmp_path, _MESH, site(_ONE, bind=_BIND), {"web.rules": export})

    assert ("FW109", "possible") in {(each.check, each.certainty) for each in actual}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ((_PORT.format("192.0.2.11"),), [("FW109", "possible")]),
        ((_PORT.format("192.0.2.0/24").replace("/24/32", "/24"),), [("FW202", "possible")]),
        (
            (
                _PORT.format("192.0.2.0/24").replace("/24/32", "/24"),
                "-A INPUT -s 192.0.2.11/32 -p tcp -m tcp --dport 22 -j ACCEPT",
            ),
            [("FW202", "possible"), ("FW205", "possible")],
        ),
    ],
    ids=["one works", "both work", "one lets the other in"],
)
def test_what_depends_on_the_machine_is_possible_where_nobody_says_which(
    body: tuple[str, ...], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    export = {"web.rules": rules(KEEP_IN, *body)}

    actual = found(tmp_path, _MESH, site(_ONE, bind=_BIND), export)

    judged = [each for each in actual if each.check != "FW113"]
    assert sorted((each.check, each.certainty) for each in judged) == expected
    reasons = {reason for each in judged if each.certainty == "possible" for reason in each.reasons}
    assert reasons <= {_WHICH.format("web")}


def test_rules_for_the_own_address_alone_are_no_fault(tmp_path: Path) -> None:
    to_own = HTTPS_IN.replace("-s 10.1.0.0/16", "-s 10.1.0.0/16 -d {}/32")
    exports = {
        "a.rules": rules(KEEP_IN, to_own.format("192.0.2.10")),
        "b.rules": rules(KEEP_IN, to_own.format("192.0.2.11")),
    }
    plain = "{0}: {{config: {0}.rules, host: shop.web, ipv6: no}}"
    untold = (plain.format("a"), plain.format("b"))

    assert lines(found(tmp_path, policy(), site(_A, _B, bind=_BIND), exports)) == []
    guessed = found(tmp_path, policy(), site(*untold, bind=_BIND), exports)
    assert {(each.check, each.certainty) for each in guessed} == {("FW109", "possible")}
    assert {each.reasons for each in guessed} == {(_WHICH.format("a"),), (_WHICH.format("b"),)}


def test_a_machine_without_an_export_is_named(tmp_path: Path) -> None:
    export = rules(KEEP_IN, HTTPS_IN)
    exports = {"a.rules": export, "web.rules": export}

    named = found(tmp_path, policy(), site(_A, bind=_BIND), exports)
    counted = found(tmp_path, policy(), site(_ONE, bind=_BIND), exports)

    assert [(each.check, each.extent) for each in named] == [("FW113", "192.0.2.11")]
    assert [each.message for each in counted] == [
        "shop.web has 2 machines, and there are exports of one only"
    ]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ("[192.0.2.10, 192.0.2.11]", []),
        (
            "[192.0.2.10, 192.0.2.11, 192.0.2.12]",
            ["shop.web has 3 machines, and there are exports of 2 only"],
        ),
        (
            "[[192.0.2.10], [192.0.2.11], [192.0.2.12]]",
            ["shop.web has 3 machines, and there are exports of 2 only"],
        ),
    ],
)
def test_a_machine_whose_export_is_told_is_none_without_one(
    addresses: str, expected: list[str], tmp_path: Path
) -> None:
    export = rules(KEEP_IN, HTTPS_IN)
    bind = f"{{web: {addresses}, users: office}}"

    actual = found(
        tmp_path, policy(), site(_A, _ONE, bind=bind), {"a.rules": export, "web.rules": export}
    )

    assert [each.message for each in actual] == expected


def test_a_machine_that_is_bound_by_itself_has_no_address_of_another(tmp_path: Path) -> None:
    export = rules(KEEP_IN, HTTPS_IN)
    bind = '{web: [[192.0.2.10, "2001:db8:d::10"], 192.0.2.11], users: office}'

    actual = found(
        tmp_path, policy(), site(_A, _B, bind=bind), {"a.rules": export, "b.rules": export}
    )

    assert actual == []


def test_machines_that_are_bound_one_by_one_need_each_other(tmp_path: Path) -> None:
    bind = "{web: [[192.0.2.10], [192.0.2.11]], users: office}"
    exports = {"a.rules": rules(KEEP_IN, _PORT.format("192.0.2.11")), "b.rules": rules(KEEP_IN)}

    actual = found(tmp_path, _MESH, site(_A, _B, bind=bind), exports)

    assert [(each.check, each.device) for each in actual] == [("FW101", "b")]


@pytest.mark.parametrize("machine", ["192.0.2.10", "192.0.2.11"])
def test_each_machine_that_is_bound_by_itself_is_asked_where_it_may_connect_to(
    machine: str, tmp_path: Path
) -> None:
    bind = "{web: [[192.0.2.10], [192.0.2.11]], users: office}"
    out = f"-A FORWARD -s {machine}/32 -p tcp -m tcp --dport 25 -j ACCEPT"
    permitted = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/31 -p tcp -m tcp --dport 443 -j ACCEPT"

    actual = found(tmp_path, policy(), site(bind=bind), {"edge.rules": rules(KEEP, permitted, out)})

    assert [each.check for each in actual] == ["FW208"]
