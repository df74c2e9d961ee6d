"""Policies that build on another one, whose roles are where several of theirs are."""

from itertools import permutations
from pathlib import Path

import pytest

from flowmodel.site import End
from tests.policies.samples import load_site_text

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
