"""FW114 and FW115 beside the kernel: real connections over links that need more than a port.

Each row is what one machine of the chain loads, and what works then, both in the kernel and as
`check` says. Rules are written by hand, so that a row is one fact.
"""

from pathlib import Path

import pytest

from tests.linter.checks.samples import Asking, policy, site
from tests.oracles.kernel.chain import chain
from tests.oracles.kernel.worker import Kernel

pytestmark = pytest.mark.kernel

found = Asking("FW101", "FW103", "FW104", "FW109", "FW114", "FW115")

_NETWORKS = (
    "{office: [10.9.0.0/24, '2001:db8::/64'], dmz: [10.9.3.0/24, '2001:db8:3::/64'],"
    " narrow: [10.9.1.0/24, '2001:db8:1::/64'], between: [10.9.2.0/24, '2001:db8:2::/64']}"
)
_WEB = "web: [10.9.3.2, '2001:db8:3::2']"
_FAR = "db: [10.9.0.1, '2001:db8::1']"
_NEAR = "db: [10.9.3.1, '2001:db8:3::1']"
_FLOW = policy("id: https, from: db, service: 443/tcp")
_DEVICES = {
    "server": "server: {config: server.nft, host: shop.web}",
    "wall": "wall: {config: wall.nft, interfaces: {left: [office, narrow, between], right: dmz}}",
    "far": "far: {config: far.nft, interfaces: {left: [office, narrow], right: [between, dmz]}}",
    "client": "client: {config: client.nft, host: shop.db}",
}
_ND = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
_HEARS = "icmpv6 type nd-neighbor-solicit accept"
_ANSWERS = "icmpv6 type nd-neighbor-advert accept"
_KNOWN = "ct state established accept"
_RELATED = "ct state established,related accept"
_SERVICE = "tcp dport 443 accept"


def _table(**chains: tuple[str, ...]) -> str:
    """An nftables file; a chain drops what no rule of it accepts."""
    text = "\n".join(
        f"  chain {hook} {{\n    type filter hook {hook} priority 0; policy drop;\n"
        + "".join(f"    {rule}\n" for rule in rules)
        + "  }"
        for hook, rules in chains.items()
    )
    return f"table inet filter {{\n{text}\n}}\n"


def _seconds(works: bool) -> float:
    """How long to wait: what works does so at once, and on a busy machine after a while.

    TCP and neighbour discovery ask again after a second: what fails has two tries.
    """
    return 20 if works else 2


def _says(tmp_path: Path, machine: str, rules: str, client: str = _FAR) -> set[str]:
    text = site(_DEVICES[machine], networks=_NETWORKS, bind=f"{{{_WEB}, {client}}}")
    return {each.check for each in found(tmp_path, _FLOW, text, {f"{machine}.nft": rules})}


@pytest.mark.parametrize(
    ("machine", "rules", "works"),
    [
        ("server", _table(input=(_RELATED, _SERVICE)), False),
        ("server", _table(input=(_RELATED, _SERVICE, _ND)), True),
        ("server", _table(input=(_RELATED, _SERVICE, _HEARS)), False),
        ("server", _table(input=(_RELATED, _SERVICE, _ANSWERS)), False),
        ("server", _table(input=(_RELATED, _SERVICE, "ct state untracked accept")), True),
        ("server", _table(input=("ct state invalid drop", _RELATED, _SERVICE, _ND)), True),
        (
            "server",
            _table(input=(_RELATED, _SERVICE, _ND), output=(_RELATED, _ANSWERS)),
            False,
        ),
        ("server", _table(input=(_RELATED, _SERVICE, _ND), output=(_RELATED, _HEARS)), False),
        ("wall", _table(input=(_RELATED,)), False),
        ("wall", _table(input=(_ND,)), True),
        ("wall", _table(input=(f"iifname right {_ND}",)), False),
        ("wall", _table(output=(_ANSWERS,)), False),
        ("wall", _table(input=(_ANSWERS, f"iifname left {_HEARS}"), output=(_ND,)), False),
    ],
)
def test_neighbours_find_a_machine_where_fwlint_says_so(
    machine: str, rules: str, works: bool, kernel: Kernel, tmp_path: Path
) -> None:
    del kernel
    with chain({machine: rules}) as machines:
        assert machines.works("up", 6, seconds=_seconds(works)) == [works]

    assert ("FW114" in _says(tmp_path, machine, rules)) is not works
    assert not _says(tmp_path, machine, rules) & {"FW101", "FW103", "FW104", "FW109"}


@pytest.mark.parametrize(
    ("rules", "works"),
    [
        (_table(input=(_RELATED, _SERVICE)), False),
        (_table(input=(_RELATED, _SERVICE, _HEARS)), True),
        (_table(input=(_RELATED, _SERVICE, _ANSWERS)), False),
        (_table(input=(_RELATED, _SERVICE, _ND), output=(_RELATED, _ANSWERS)), True),
        (_table(input=(_RELATED, _SERVICE, _ND), output=(_RELATED, _HEARS)), False),
        (_table(input=(_RELATED, _SERVICE, f"ip6 saddr fe80::/10 {_ND}")), False),
    ],
)
def test_a_neighbour_that_asks_is_known_by_its_packets_address(
    rules: str, works: bool, kernel: Kernel, tmp_path: Path
) -> None:
    del kernel
    with chain({"server": rules}) as machines:
        assert machines.works("up", 6, client="wall", seconds=_seconds(works)) == [works]

    assert _says(tmp_path, "server", rules, _NEAR) == (set() if works else {"FW114"})


@pytest.mark.parametrize(
    ("machine", "rules", "way", "works"),
    [
        ("wall", _table(forward=(_RELATED, _SERVICE)), "down", True),
        ("wall", _table(forward=(_KNOWN, _SERVICE)), "down", False),
        ("server", _table(input=(_ND, _RELATED, _SERVICE)), "down", True),
        ("server", _table(input=(_ND, _KNOWN, _SERVICE)), "down", False),
        (
            "server",
            _table(input=(_ND, "meta l4proto { icmp, icmpv6 } drop", _RELATED, _SERVICE)),
            "down",
            False,
        ),
        (
            "server",
            _table(
                input=(
                    _ND,
                    _KNOWN,
                    _SERVICE,
                    "icmp type destination-unreachable icmp code frag-needed accept",
                    "icmpv6 type packet-too-big accept",
                )
            ),
            "down",
            True,
        ),
        ("far", _table(output=(_ND, _RELATED)), "down", True),
        ("far", _table(output=(_ND, _KNOWN)), "down", False),
        ("client", _table(input=(_ND, _RELATED)), "up", True),
        ("client", _table(input=(_ND, _KNOWN)), "up", False),
    ],
)
def test_big_packets_get_through_where_fwlint_says_so(
    machine: str, rules: str, way: str, works: bool, kernel: Kernel, tmp_path: Path
) -> None:
    del kernel
    with chain({machine: rules}) as machines:
        assert machines.works(way, 4, 6, seconds=_seconds(works)) == [works, works]

    assert _says(tmp_path, machine, rules) == (set() if works else {"FW115"})
