"""Which gateway OPNsense sends to where no route leads, by the settings and priorities of all.

Gateways.php, getGateways and getDefaultGW: those marked as upstream come first (`defaultgw`), then
those with the smallest priority, and of these the last one; those that a link tells stand behind
the others. Tunnels tell one only for what is at their other end: here they do not count, unless
somebody wrote it down.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.record import NamedTuple
from parsers.pf.opnsense.interfaces import gateway_items, gives_gateway, has_gateway6
from parsers.pf.opnsense.models import truth
from parsers.pf.opnsense.texts import known, number
from parsers.pf.rules import Interface
from parsers.pf.xml import Element

_LOWEST: Final = 255
_BY_LINK: Final = 254


class _Candidate(NamedTuple):
    """A gateway: those that compare as greater come first."""

    is_upstream: bool
    height: int
    place: int
    interface: str


def default_gateways(root: Element, real: Iterable[Interface]) -> frozenset[str]:
    """The interfaces of the default gateways of both families."""
    ports = {each.id: each for each in real}
    found = (max(_candidates(root, ports, kind), default=None) for kind in ("inet", "inet6"))
    return frozenset(each.interface for each in found if each)


def _candidates(root: Element, ports: dict[str, Interface], kind: str) -> Iterator[_Candidate]:
    by_link: dict[str, Element] = {}
    place = 0
    for item in gateway_items(root):
        where = item.get("interface").lower()
        if where not in ports or (item.get("ipprotocol") or "inet") != kind:
            continue
        if not known(item.get("gateway")):
            by_link.setdefault(where, item)
        elif not truth(item, "force_down"):
            place += 1
            yield _candidate(item, _LOWEST, place, where)
    for where, port in ports.items():
        settings = by_link.get(where)
        is_down = settings is not None and truth(settings, "force_down")
        if _tells(port.element, kind) and not is_down:
            place += 1
            yield _candidate(settings, _BY_LINK, place, where)


def _candidate(settings: Element | None, usual: int, place: int, where: str) -> _Candidate:
    is_upstream = settings is not None and truth(settings, "defaultgw")
    priority = number(settings.get("priority"), _LOWEST) if settings else usual
    return _Candidate(is_upstream, -min(priority, _LOWEST), place, where)


def _tells(element: Element, kind: str) -> bool:
    """Whether the link of an interface tells a gateway of the family."""
    return gives_gateway(element) if kind == "inet" else has_gateway6(element)
