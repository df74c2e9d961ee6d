"""Public addresses that a flow itself names (`to: 203.0.113.10`), and what is behind them."""

from collections.abc import Iterator

from flowmodel.addresses import Addresses, of_family, together
from flowmodel.record import replace
from flowmodel.site import Device, End, Public
from flowmodel.values import full
from linter.engine.site.crossing import named
from linter.engine.site.firewalls import Firewalls
from linter.engine.site.paths import INTERNET, Topology
from linter.engine.site.uplinks import split


def behind(
    topology: Topology, firewalls: Firewalls, destination: End
) -> Iterator[tuple[Device, End]]:
    """What is behind those addresses that an end names and a router translates.

    Where they are one role's public ones, its machines are meant, wherever the rules lead; they
    may have other roles as well. Of those that roles of several machines share, by different ports,
    the rules alone tell. What a machine has itself is no such address: its neighbours need no
    router, and others meet it on their way.
    """
    if destination.kind != "peer":
        return
    family = firewalls.family
    everything = full(len(firewalls.space.fields["dst"]))
    machines = together(role.addresses | role.beside for role in topology.site.roles)
    literal = destination.addresses - machines
    for router in topology.routers:
        rules = [
            (named(of_family(family, sent_to), literal), goal)
            for sent_to, goal in firewalls.forwards(router.name)
            if sent_to != everything
        ]
        rest = together(public for public, _ in rules)
        for role in topology.site.roles:
            if not (served := role.public & rest):
                continue
            others = together(r.public for r in topology.site.roles if r.addresses - role.addresses)
            if public := served - others:
                yield router, replace(role, public=public)
                rest = rest - public
        if rest:
            goals = together(of_family(family, goal) for public, goal in rules if public & rest)
            told = tuple(its for role in topology.site.roles for its in _published(role, rest))
            end = replace(destination, addresses=goals, wide=goals, public=rest, published=told)
            yield router, end


def _published(role: End, public: Addresses) -> Iterator[Public]:
    """What the site says of those public addresses of a role; the ports of the others stay."""
    yield from (each for each in role.published if each.addresses & public)
    if rest := (role.public & public) - together(each.addresses for each in role.published):
        yield Public(rest)


def untranslated(topology: Topology, destination: End) -> Iterator[tuple[Device, Addresses]]:
    """A role's public addresses that no router translates, with each that could do so.

    Such a router may have the address itself: then it is the one that is asked.
    """
    if destination.kind != "peer":
        return
    roles = (role for role in topology.site.roles if role.public)
    public = together(role.public - role.addresses for role in roles)
    for addresses, uplink in split(topology.site.uplinks, public & destination.addresses):
        for router in topology.routers:
            is_served = uplink is None or uplink.device == router.name
            if is_served and any(INTERNET in entry.networks for entry in router.interfaces):
                yield router, addresses
