"""Policies that build on another one, whose roles are where several of theirs are."""

from itertools import permutations
from pathlib import Path

import pytest

from flowmodel.site import End, Requirement
from flowmodel.source import InputErrors
from tests.policies.samples import load_site_text, site_flows

BASE = """fwlint: policy/1
name: shop
title: Shop
roles: {db: Database}
sections:
  - title: All
    flows:
      - {id: mesh, from: db, to: db, service: 88/tcp}
"""

JOINED = {
    "two single machines": ("10.20.0.1", "10.20.0.2", {(1, 2), (2, 1)}),
    "a list": (
        "[10.20.0.1, 10.20.0.2]",
        "10.20.0.3",
        set(permutations((1, 2, 3), 2)),
    ),
    "machine by machine": (
        '[[10.20.0.1, "2001:db8::1"], 10.20.0.2]',
        "[10.20.0.3, 10.20.0.4]",
        set(permutations((1, 2, 3, 4), 2)),
    ),
    "one machine with two addresses": (
        "[[10.20.0.1, 10.20.0.2], 10.20.0.3]",
        "[10.20.0.4, 10.20.0.5]",
        set(permutations((1, 2, 3, 4, 5), 2)) - {(1, 2), (2, 1)},
    ),
    "two roles of one machine": (
        '[[10.20.0.1, "2001:db8::1"], 10.20.0.2]',
        "10.20.0.1",
        {(1, 2), (2, 1)},
    ),
}


@pytest.mark.parametrize(("mta", "kdc", "expected"), JOINED.values(), ids=JOINED)
def test_the_machines_of_joined_roles_are_all_of_theirs(
    mta: str, kdc: str, expected: set[tuple[int, int]], tmp_path: Path
) -> None:
    built = (
        "fwlint: policy/1\nname: mail\nrequires: {shop: {bind: {db: [mta, kdc]}}}\n"
        "roles: {mta: Mail, kdc: Keys}\nsections: []\n"
    )
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "built.yaml").write_text(built, encoding="utf-8")
    text = (
        "fwlint: site/1\nnetworks: {servers: 10.20.0.0/24}\ndevices: {}\n"
        "policies: [base.yaml, built.yaml]\nuse:\n"
        f"  mail: {{bind: {{mta: {mta}, kdc: {kdc}}}}}\n"
    )

    (mesh,) = load_site_text(tmp_path, text).requirements

    def last(end: End) -> set[int]:
        return {n & 0xFF for low, high in end.addresses.v4 for n in range(low, high + 1)}

    pairs = {(a, b) for one, other in mesh.ends for a in last(one) for b in last(other)}
    assert pairs == expected


def test_the_internet_stays_beside_machines(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE.replace("from: db", "from: users").replace(
        "sections:", "peers: {users: Users}\nsections:"), encoding="utf-8")  # fmt: skip
    built = (
        "fwlint: policy/1\nname: mail\nrequires:\n"
        "  shop: {bind: {users: [mta, all-others], db: mta}}\n"
        "roles: {mta: Mail}\npeers: {all-others: Others}\nsections: []\n"
    )
    (tmp_path / "built.yaml").write_text(built, encoding="utf-8")
    text = (
        "fwlint: site/1\nnetworks: {servers: 10.20.0.0/24}\ndevices: {}\n"
        "policies: [base.yaml, built.yaml]\nuse:\n  mail: {bind: {all-others: internet, "
        'mta: [[10.20.0.1, "2001:db8::1"], 10.20.0.2]}}\n'
    )

    (mesh,) = load_site_text(tmp_path, text).requirements

    assert {source.kind for source, _ in mesh.ends} == {"peer", "internet"}


KERBEROS = """fwlint: policy/1
name: base
roles: {server: Keys}
peers: {members: Members}
options: {trust: {question: Is there one?}}
sections: [{title: All, flows: [{id: login, from: members, to: server, service: 88/tcp}]}]
"""


def _built(name: str, requires: str) -> str:
    return (
        f"fwlint: policy/1\nname: {name}\nrequires: {{{requires}}}\n"
        "roles: {srv: Server}\npeers: {cl: Clients}\nsections: []\n"
    )


_BIND = "base: {bind: {server: srv, members: cl}"
_USES = (
    "  one: {bind: {srv: 10.20.0.5, cl: 10.10.0.5}}\n",
    "  two: {bind: {srv: 10.20.0.6, cl: 10.10.0.6}}\n",
)


@pytest.mark.parametrize("uses", [_USES, _USES[::-1]], ids=["in order", "the other way round"])
def test_all_policies_that_build_on_one_say_where_its_machines_are(
    uses: tuple[str, ...], tmp_path: Path
) -> None:
    own = {f"{n}.yaml": _built(n, _BIND + "}") for n in ("one", "two")} | {"base.yaml": KERBEROS}
    flow = site_flows(tmp_path, own, "".join(uses))["base.login"]

    every = {end.addresses.v4 for pair in flow.ends for end in pair}
    assert every == {((0x0A140005, 0x0A140006),), ((0x0A0A0005, 0x0A0A0006),)}


@pytest.mark.parametrize("first", ["", "  one: {}\n"], ids=["not named", "named first"])
def test_a_policy_two_below_is_bound_whatever_the_site_names(first: str, tmp_path: Path) -> None:
    own = {
        "base.yaml": KERBEROS,
        "one.yaml": _built("one", _BIND + "}"),
        "three.yaml": _built("three", "one: {bind: {srv: srv, cl: cl}}"),
    }
    use = first + "  three: {bind: {srv: 10.20.0.5, cl: 10.10.0.5}}\n"

    assert site_flows(tmp_path, own, use)["base.login"].ends != ()


@pytest.mark.parametrize(
    ("answer", "own", "message"),
    [
        ("no", "", ""),
        ("yes", "", "`one` and `two` answer `trust` of `base` differently"),
        ("yes", "  base: {options: {trust: yes}}\n", ""),
    ],
    ids=["the same", "another one", "another one, and the site says which"],
)
def test_policies_that_answer_differently_leave_it_to_the_site(
    answer: str, own: str, message: str, tmp_path: Path
) -> None:
    policies = {
        "base.yaml": KERBEROS,
        "one.yaml": _built("one", _BIND + ", options: {trust: no}}"),
        "two.yaml": _built("two", _BIND + f", options: {{trust: {answer}}}}}"),
    }
    try:
        site_flows(tmp_path, policies, "".join(_USES) + own)
        said = ""
    except InputErrors as raised:
        said = raised.errors[0].message

    assert said.startswith(message) if message else said == ""


def test_a_role_with_several_addresses_is_where_all_of_them_are(tmp_path: Path) -> None:
    built = _built("one", _BIND + "}").replace(
        "{srv: Server}", "{srv: {title: Server, addresses: [inside, outside]}}"
    )
    use = "  one: {bind: {srv: {inside: 10.20.0.5, outside: 10.20.0.6}, cl: 10.10.0.5}}\n"
    flow = site_flows(tmp_path, {"base.yaml": KERBEROS, "one.yaml": built}, use)["base.login"]

    assert flow.ends[0][1].addresses.v4 == ((0x0A140005, 0x0A140006),)


def _requiring(folder: Path, use: str) -> dict[str, Requirement]:
    base = BASE.replace("mesh, from: db", "login, from: users").replace(
        "roles:", "peers: {users: Users}\nroles:"
    )
    built = (
        "fwlint: policy/1\nname: mail\nrequires: {shop: {bind: {users: mta, db: kdc}}}\n"
        "roles: {mta: Mail, kdc: Keys}\nsections: []\n"
    )
    own = {"base.yaml": base, "built.yaml": built}
    return site_flows(folder, own, "  mail: {bind: {mta: 10.20.0.1, kdc: 10.20.0.2}}\n" + use)


@pytest.mark.parametrize(
    ("use", "to"),
    [("", 0x0A140002), ("  shop: {bind: {db: 10.20.0.7}}\n", 0x0A140007)],
    ids=["as the other policy binds it", "as the site binds it"],
)
def test_a_policy_brings_the_one_that_it_builds_on(use: str, to: int, tmp_path: Path) -> None:
    ((source, target),) = _requiring(tmp_path, use)["shop.login"].ends

    assert (source.addresses.v4, target.addresses.v4) == (
        ((0x0A140001, 0x0A140001),),
        ((to, to),),
    )
