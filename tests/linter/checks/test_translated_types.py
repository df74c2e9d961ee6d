"""What `-m addrtype` says of addresses that a translation put into packets."""

from pathlib import Path

import pytest

from tests.linter.checks.samples import (
    EDGE,
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


@pytest.mark.parametrize("kind", ["--dst-type LOCAL", "--dst-type UNICAST", "! --dst-type LOCAL"])
@pytest.mark.parametrize("own", ["", "addresses: [203.0.113.10, 192.0.2.1], "])
def test_what_a_firewall_makes_of_its_own_address_is_not_its_own_any_more(
    own: str, kind: str, tmp_path: Path
) -> None:
    forward = "-A PREROUTING -d 203.0.113.10/32 -j DNAT --to-destination 192.0.2.10"
    accept = f"-A FORWARD -d 192.0.2.10/32 -p tcp --dport 443 -m addrtype {kind} -j ACCEPT"
    text = policy("id: https, from: internet, service: 443/tcp")
    bind = "{web: {address: 192.0.2.10, public: 203.0.113.10}}"
    edge = EDGE.replace("ipv6", f"{own}ipv6")

    actual = found(
        tmp_path,
        text,
        site(edge, bind=bind),
        {"edge.rules": rules(KEEP, accept, nat=forward)},
    )

    assert [(each.check, each.certainty, each.reasons) for each in actual] == [
        ("FW109", "possible", ("dst type is not known",))
    ]


def test_the_source_of_an_answer_is_what_the_goal_was(tmp_path: Path) -> None:
    """The answers of the machine behind a port-forward are not the firewall's own packets."""
    forward = "-A PREROUTING -d 203.0.113.10/32 -j DNAT --to-destination 192.0.2.10"
    accept = "-A FORWARD -d 192.0.2.10/32 -p tcp --dport 443 -j ACCEPT"
    keep = KEEP.replace("-A FORWARD", "-A FORWARD -m addrtype ! --src-type LOCAL")
    edge = EDGE.replace("ipv6", "addresses: [203.0.113.10, 192.0.2.1], ipv6")
    text = policy("id: https, from: internet, service: 443/tcp")
    bind = "{web: {address: 192.0.2.10, public: 203.0.113.10}}"
    later = "-A FORWARD -i wan0 -m conntrack --ctstate ESTABLISHED -j ACCEPT"

    actual = found(
        tmp_path,
        text,
        site(edge, bind=bind),
        {"edge.rules": rules(later, keep, accept, nat=forward)},
    )

    assert [(each.check, each.certainty, each.reasons) for each in actual] == [
        ("FW109", "possible", ("src type is not known",))
    ]
