"""Flows within one network, and the connections that the other side opens back."""

from pathlib import Path

import pytest

from flowmodel.site import Requirement
from linter.engine.sets.words import addresses_in_words
from tests.policies.samples import site_flows


def _flows(folder: Path, flow: str, users: str = "corp") -> dict[str, Requirement]:
    """The flows of a site of two networks with a policy of this one."""
    policy = (
        "fwlint: policy/1\n"
        "name: shop\n"
        "roles: {web: Web server, db: Database}\n"
        "peers: {users: Customers}\n"
        f"sections:\n  - title: All\n    flows:\n      - {flow}\n"
    )
    bind = f"  shop: {{bind: {{web: 10.20.0.1, db: 10.20.0.9, users: {users}}}}}\n"
    return site_flows(folder, {"own.yaml": policy}, bind)


LOCAL = {
    "anywhere": ("", ["10.10.0.0/16, 10.20.0.0/24, 192.0.2.7"]),
    "within a network": (", within: network", ["10.20.0.0/24", "10.10.0.0/16", "192.0.2.7"]),
}


@pytest.mark.parametrize(("key", "expected"), LOCAL.values(), ids=LOCAL)
def test_a_flow_may_be_within_each_network(key: str, expected: list[str], tmp_path: Path) -> None:
    flow = f"{{id: wake, from: users, to: users, service: 9/udp{key}}}"
    ends = _flows(tmp_path, flow, "[servers, corp, 192.0.2.7]")["shop.wake"].ends
    words = [[addresses_in_words(end.addresses.v4, 4) for end in pair] for pair in ends]

    assert words == [[one, one] for one in expected]


def test_machines_of_different_networks_are_no_pair_within_one(tmp_path: Path) -> None:
    flow = "{id: wake, from: users, to: db, service: 9/udp, within: network}"
    wake = _flows(tmp_path, flow)["shop.wake"]

    assert (wake.ends, wake.inactive_because) == (
        (),
        "no pair of machines at this site needs it",
    )


def test_connections_back_are_a_flow_the_other_way(tmp_path: Path) -> None:
    flow = "{id: ftp, from: web, to: db, service: 21/tcp, then_back: 1024-65535/tcp}"
    flows = _flows(tmp_path, flow)
    back = flows["shop.ftp/then-back"]

    assert (back.need, back.follows) == ("may", "shop.ftp")
    assert [(one, other) for other, one in back.ends] == list(flows["shop.ftp"].ends)
