"""Which network an address is in, where networks lie inside each other."""

import pytest

from flowmodel.addresses import Addresses
from flowmodel.site import Device, End, Interface, Site
from flowmodel.source import Span
from linter.engine.site.paths import Topology

_NOWHERE = Span("site.yaml", 1, 1, 1, 1)
_OFFICE = Addresses(((0x0A010000, 0x0A01FFFF),))
_HELP = Addresses(((0x0A010800, 0x0A010BFF),))
_DMZ = Addresses(((0xC0000200, 0xC00002FF),))


def _topology(*behind_lan: str) -> Topology:
    interfaces = (
        Interface("lan0", behind_lan, _OFFICE, _NOWHERE),
        Interface("dmz0", ("dmz",), _DMZ, _NOWHERE),
    )
    edge = Device("edge", (), "", interfaces, (), Addresses(), _NOWHERE)
    return Topology(
        Site("here", {"office": _OFFICE, "help": _HELP, "dmz": _DMZ}, (edge,), (), ()), 4
    )


@pytest.mark.parametrize(
    ("behind_lan", "network"),
    [(("office",), "office"), (("office", "help"), "help")],
    ids=["only a name", "linked itself"],
)
def test_a_network_that_no_interface_leads_to_is_part_of_the_one_around_it(
    behind_lan: tuple[str, ...], network: str
) -> None:
    topology = _topology(*behind_lan)
    web = End("web", "role", Addresses(((0xC000020A, 0xC000020A),)))

    (way,) = topology.ways(End("help", "peer", _HELP), web)

    assert way.source.network == network
    assert [[(c.in_name, c.out_name) for c in path] for path in way.paths] == [[("lan0", "dmz0")]]
