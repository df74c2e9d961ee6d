"""Which devices are on the way between two ends, for the shapes that networks have."""

import pytest

from flowmodel.addresses import Addresses
from flowmodel.site import Device, End, Interface, Site
from flowmodel.values import Values, full
from linter.engine.site.crossing import Crossing, Path
from linter.engine.site.paths import Topology, self_path
from tests.linter.engine.rulesets import SPAN


def _net(third: int, first: int = 0, last: int = 255) -> Addresses:
    """10.0.THIRD.FIRST to 10.0.THIRD.LAST."""
    base = 0x0A000000 | third << 8
    return Addresses(v4=((base | first, base | last),))


def _router(name: str, **networks: str) -> Device:
    interfaces = tuple(
        Interface(interface, (network,), Addresses(), SPAN)
        for interface, network in networks.items()
    )
    return Device(name, (), "", interfaces, (), Addresses(), SPAN)


def _host(name: str, own: Addresses, *networks: str) -> Device:
    interfaces = tuple(Interface(f"to-{net}", (net,), Addresses(), SPAN) for net in networks)
    return Device(name, (), "", interfaces, (f"p.{name}",), own, SPAN)


def _topology(networks: dict[str, Addresses], *devices: Device) -> Topology:
    return Topology(Site("test", networks, devices, (), ()), 4)


def _end(name: str, addresses: Addresses, public: Addresses | None = None) -> End:
    return End(name, "peer", addresses, public or Addresses())


def _told(path: Path) -> str:
    return " | ".join(
        f"{each.device.name} {each.traffic} {each.in_name}>{each.out_name}" for each in path
    )


def _paths(topology: Topology, source: End, destination: End) -> list[list[str]]:
    return [[_told(path) for path in way.paths] for way in topology.ways(source, destination)]


_A, _B, _C = _net(1), _net(2), _net(3)
_ABC = {"a": _A, "b": _B, "c": _C}


def test_devices_in_a_line_are_all_crossed_in_order() -> None:
    line = _topology(_ABC, _router("one", a0="a", b0="b"), _router("two", b1="b", c1="c"))

    assert _paths(line, _end("x", _A), _end("y", _C)) == [["one forward a0>b0 | two forward b1>c1"]]
    assert _paths(line, _end("y", _C), _end("x", _A)) == [["two forward c1>b1 | one forward b0>a0"]]


def test_of_two_ways_both_are_followed() -> None:
    ring = _topology(_ABC, _router("one", a0="a", c0="c"), _router("two", a1="a", c1="c"))

    assert _paths(ring, _end("x", _A), _end("y", _C)) == [
        ["one forward a0>c0", "two forward a1>c1"]
    ]


def test_a_longer_way_does_not_count_beside_a_shorter_one() -> None:
    ring = _topology(
        _ABC,
        _router("ab", a="a", b="b"),
        _router("bc", b="b", c="c"),
        _router("ca", c="c", a="a"),
    )

    assert _paths(ring, _end("x", _A), _end("y", _B)) == [["ab forward a>b"]]


@pytest.mark.parametrize(
    ("routers", "expected"),
    [
        (("ab",), ["ab forward a>b"]),
        ((), ["out forward a>internet | back forward internet>b"]),
    ],
    ids=["there is another way", "there is no other way"],
)
def test_nobody_goes_over_the_internet_who_need_not(
    routers: tuple[str, ...], expected: list[str]
) -> None:
    known = {
        "ab": _router("ab", a="a", c="c", b="b"),
        "out": _router("out", a="a", internet="internet"),
        "back": _router("back", internet="internet", b="b"),
    }
    topology = _topology(_ABC, *(known[name] for name in (*routers, "out", "back")))

    assert _paths(topology, _end("x", _A), _end("y", _B)) == [expected]


def test_inside_one_network_only_the_machines_own_firewalls_are_met() -> None:
    one, two = _net(1, 5, 5), _net(1, 6, 6)
    topology = _topology(
        _ABC, _router("edge", a="a", b="b"), _host("one", one, "a"), _host("two", two, "a")
    )

    assert _paths(topology, _end("p.one", one), _end("p.two", two)) == [
        ["one output >to-a | two input to-a>"]
    ]
    assert _paths(topology, _end("x", _net(1, 9, 9)), _end("y", _net(1, 8, 8))) == [[""]]


def test_a_machines_own_firewall_stands_behind_those_of_the_network() -> None:
    server = _net(2, 5, 5)
    topology = _topology(_ABC, _router("edge", a="a", b="b"), _host("server", server, "a", "b"))

    assert _paths(topology, _end("x", _A), _end("p.server", server)) == [
        ["edge forward a>b | server input to-a>"]
    ]
    assert _paths(topology, _end("p.server", server), _end("x", _A)) == [
        ["server output >to-a | edge forward b>a"]
    ]


def test_all_firewalls_of_a_machine_are_met_and_in_the_other_order_when_it_sends() -> None:
    cloud, own = _host("cloud", _net(2, 6, 7)), _host("own", _net(2, 7))
    site = _topology(_ABC, _router("edge", b0="b", c0="c"), cloud, own)
    machine, beside = _end("x", _net(2, 7, 7)), _end("z", _net(2, 6, 6))
    network = _end("y", _C)

    assert _paths(site, network, machine) == [["edge forward c0>b0 | cloud input > | own input >"]]
    assert _paths(site, machine, network) == [
        ["own output > | cloud output > | edge forward b0>c0"]
    ]
    assert _paths(site, network, beside) == [["edge forward c0>b0 | cloud input >"]]
    assert _paths(site, machine, beside) == []


def test_where_no_device_is_between_two_networks_the_path_is_empty() -> None:
    apart = _topology(_ABC, _router("edge", a="a", b="b"))

    assert _paths(apart, _end("x", _A), _end("y", _C)) == [[""]]


def test_addresses_in_no_network_are_the_internets() -> None:
    edge = _topology(_ABC, _router("edge", wan="internet", a="a"))
    outside = _end("internet", Addresses(v4=((0xC6336400, 0xC63364FF),)))

    assert _paths(edge, outside, _end("y", _A)) == [["edge forward wan>a"]]


def test_an_end_in_several_networks_has_a_way_for_each() -> None:
    edge = _topology(_ABC, _router("edge", a="a", b="b", c="c"))
    both = _end("x", _A | _B)

    assert _paths(edge, both, _end("y", _C)) == [["edge forward a>c"], ["edge forward b>c"]]


def test_a_network_inside_another_one_is_its_own() -> None:
    inner = _net(1, 64, 127)
    nested = _topology(
        {"outer": _A, "inner": inner, "c": _C}, _router("edge", o="outer", i="inner", c="c")
    )
    pieces = {piece.network: piece.addresses for piece in nested.pieces(_end("x", _A))}

    assert pieces == {"inner": inner, "outer": _net(1, 0, 63) | _net(1, 128, 255)}
    assert _paths(nested, _end("x", inner), _end("y", _net(1, 1, 1))) == [["edge forward i>o"]]


def test_a_machine_whose_address_nobody_told_carries_only_its_own_roles() -> None:
    everywhere: Values = full(32)
    topology = _topology(_ABC, _host("box", Addresses(v4=everywhere), "a"))

    assert _paths(topology, _end("x", _net(1, 7, 7)), _end("p.box", _net(1, 5, 5))) == [
        ["box input to-a>"]
    ]
    assert _paths(topology, _end("x", _net(1, 7, 7)), _end("y", _net(1, 5, 5))) == [[""]]


def test_a_machine_with_two_interfaces_to_one_network_leaves_the_interface_open() -> None:
    own = _net(1, 5, 5)
    two = tuple(Interface(name, ("a",), Addresses(), SPAN) for name in ("eth0", "eth1"))
    box = Device("box", (), "", two, ("p.box",), own, SPAN)

    assert _paths(_topology(_ABC, box), _end("x", _net(1, 7, 7)), _end("p.box", own)) == [
        ["box input >"]
    ]


def test_the_internet_sends_to_the_public_address_and_others_to_the_own_one() -> None:
    own, public = _net(1, 5, 5), Addresses(v4=((0xCB007105, 0xCB007105),))
    edge = _topology(_ABC, _router("edge", wan="internet", a="a", b="b"))
    goal = _end("p.web", own, public)
    outside = _end("internet", Addresses(v4=((0xC6336400, 0xC63364FF),)))

    (far,) = edge.ways(outside, goal)
    (near,) = edge.ways(_end("x", _B), goal)

    assert (far.destination, far.arrives.addresses) == (public, own)
    assert (near.destination, near.arrives.addresses) == (own, own)


def test_what_a_machine_sends_to_itself_goes_over_loopback() -> None:
    box = _host("box", _net(1, 5, 5), "a")

    assert self_path(box) == (
        Crossing(box, "output", "", "lo"),
        Crossing(box, "input", "lo", ""),
    )
