"""What port forwards send back into the network that it came from: filter_nat_rules_generate."""

from collections.abc import Iterable, Iterator

from flowmodel.addresses import Addresses, of_family
from flowmodel.values import single
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.endpoints import Endpoints
from parsers.pf.pfsense.interfaces import ON_INTERFACE, Port
from parsers.pf.pfsense.make import TCP
from parsers.pf.rules import ANY, Endpoint, Target, Translation
from parsers.pf.values import addresses

_CHOSEN = ((50001, 65535),)
"""The ports that pf chooses from where a rule names none (pf.conf(5), "nat")."""


def returning(
    forwards: Iterable[Translation], device: Device, endpoints: Endpoints
) -> Iterator[Translation]:
    """The source translations that go with forwards of any destination, where no gateway is.

    For what an interface's own network sends to the target, the answers come back by the device.
    """
    if device.system.has("enablenatreflectionhelper"):
        return
    seen: set[str] = set()
    for forward in forwards:
        on = next((each for each in device.assigned if each.names == forward.on), None)
        side = forward.element.child("destination")
        text = side.get("port").partition("-")[0] if side else ""
        is_meant = forward.kind == "rdr" and forward.target and forward.destination is ANY
        if not is_meant or forward.is_disabled or not on or on.has_gateway or not text:
            continue
        static = on.side(forward.family).static
        if not static:
            continue
        around = Endpoint(addresses([static]))
        common = Translation(
            forward.element,
            f"nat on {on.id} from its network to the target of {forward.title}",
            "nat",
            forward.family,
            _own(on, forward),
            forward.on,
            protocol=TCP,
            source=around,
            destination=_target(forward),
            destination_ports=endpoints.ports(text).ports,
        )
        if on.id not in seen:
            seen.add(on.id)
            itself = device.own(on)
            title = f"no nat on {on.id} from its address to its network"
            yield Translation(
                forward.element,
                title,
                "nat",
                forward.family,
                None,
                forward.on,
                protocol=TCP,
                source=itself,
                destination=around,
            )
        yield common


def _own(on: Port, forward: Translation) -> Target:
    """`(em1)`: any address of the interface."""
    static = on.side(forward.family).static
    others = any(vip.mode in ON_INTERFACE and vip.address[0] == forward.family for vip in on.vips)
    if static and not others:
        return Target(single(static[1]), _CHOSEN)
    return Target((), _CHOSEN, f"the address of {on.id} that pf chooses")


def _target(forward: Translation) -> Endpoint:
    assert forward.target is not None
    if forward.target.unread:
        return Endpoint(Addresses(), (forward.target.unread,))
    known = forward.target.addresses
    return Endpoint(of_family(forward.family, known))
