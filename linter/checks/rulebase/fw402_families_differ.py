"""Everybody reaches a port over one address family, and not over the other one.

**Reports.** The device filters both address families, and over one of them it lets in everybody on a port that it keeps closed to everybody over the other.
This is asked for TCP and UDP and for each interface, about packets to the device itself.
Where one family lets nobody in on any port, it is closed on purpose; where one lets in nearly everything, FW306 says so.
What is for link-local and multicast addresses does not count, nor do ports that are forwarded, interfaces of tools (Docker, libvirt, Kubernetes …), ports that a flow of the site explains, or machines of AWS that have addresses of one family only.

**Why it matters.** Both families lead to the same service.
Who has closed a port has usually forgotten the other family.

**Example.** The database was closed over IPv4 alone:

```
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    tcp dport { 22, 443 } accept
    meta nfproto ipv6 tcp dport 5432 accept
  }
}
```

**How to fix.** Open the port over both families or over none.
"""

from collections.abc import Iterator

from flowmodel.fields import FOR_MANY, TCP, UDP, Family
from flowmodel.finding import Finding
from flowmodel.record import dataclass, replace
from flowmodel.values import Values, difference, size, union
from linter.checks.affected import witness
from linter.checks.check import Check
from linter.checks.evidence import Evidence, at
from linter.checks.proof import witness_words
from linter.checks.rulebase.passing import Passing, passing
from linter.checks.rulebase.tools import is_tools_interface
from linter.checks.subject import Subject
from linter.engine.device.connection import OPENING, with_flags, without_flags
from linter.engine.device.mentions import LOOPBACK
from linter.engine.device.openings import openings
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.witness import example, projected, protocol_name
from linter.engine.sets.words import ports_in_words

_SOURCES: dict[Family, tuple[int, ...]] = {
    4: (0x08080807, 0x5DB8D822, 0xCB0A0A0A),
    6: (0x20014860 << 96 | 7, 0x2A001450 << 96 | 7, 0x24000CB0 << 96 | 7),
}
"""Addresses in three parts of the internet, of which no list of bans has all."""
_LINK: dict[Family, tuple[tuple[int, int], ...]] = {
    4: ((0xA9FE0000, 0xA9FEFFFF),),
    6: ((0xFE80 << 112, 0xFEBF << 112 | (1 << 112) - 1),),
}
_CLIENT = 40000
"""A port that clients send from: in the range of every system."""
_NEARLY_ALL = 1 << 15
_LIMIT = 65536


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    """What everybody reaches at one interface, over one family."""

    packets: PacketSet
    """For certain, by this interface."""
    certain: Values
    possible: Values


def run(subject: Subject) -> Iterator[Finding]:
    """The devices on which a port is open over one family alone."""
    if not any(len({f for r in its for f in r.families}) > 1 for its in subject.exports.values()):
        return
    found: dict[str, dict[Family, Passing]] = {}
    for each in passing(subject):
        if each.traffic == "input" and each.filters and _has_addresses(each):
            found.setdefault(each.device, {})[each.space.family] = each
    for both in found.values():
        if len(both) > 1:
            yield from _between(subject, both[4], both[6])
            yield from _between(subject, both[6], both[4])


def _has_addresses(each: Passing) -> bool:
    """Whether the machine has addresses of the family, as far as the export tells machines."""
    first = each.rulesets[0]
    return not first.place or bool(first.own.of(each.space.family))


def _between(subject: Subject, opened: Passing, closed: Passing) -> Iterator[Finding]:
    """What is open in the first family and not in the second one, by protocol."""
    for proto in (TCP, UDP):
        told: Values = ()
        for name in opened.space.names:
            if name in ("", LOOPBACK, "lo0") or is_tools_interface(name):
                continue
            mine, other = _open(opened, proto, name), _open(closed, proto, name)
            if not other.possible or size(union((*mine.possible, *other.possible))) > _NEARLY_ALL:
                continue
            rest = difference(difference(mine.certain, other.possible), _explained(subject, proto))
            rest = difference(rest, told)
            if rest:
                told = union((*told, *rest))
                yield _finding(opened, closed, proto, mine, rest)


def _open(each: Passing, proto: int, name: str) -> _Open:
    space = each.space
    code = space.names.index(name)
    strands = each.answer.connections.passage.passed
    # What is sent on to other machines is translated, which IPv6 does without.
    passed = space.union(each.packets for each in strands if not each.is_moved)
    here = space.within(space.fields["in"], ((code, code),))
    asked = here & each.asked & space.within(space.fields["proto"], ((proto, proto),))
    sources = union((each, each) for each in _SOURCES[space.family])
    asked &= space.within(space.fields["src"], sources)
    asked &= space.within(space.fields["sport"], ((_CLIENT, _CLIENT),))
    aside = union((*FOR_MANY[space.family], *_LINK[space.family]))
    asked &= ~space.within(space.fields["dst"], aside)
    asked = with_flags(space, asked, OPENING)
    certain = asked & ~space.at_interfaces(here & ~passed)
    possible = asked & space.at_interfaces(passed)
    everywhere, anywhere = _plain(space, certain), _plain(space, possible)
    ports = [projected(space, each, "dport", _LIMIT) for each in (everywhere, anywhere)]
    return _Open(everywhere, *ports)


def _plain(space: Space, packets: PacketSet) -> PacketSet:
    """The packets whatever their flags and their interface."""
    return without_flags(space, space.some(packets)).exists(space.cube("in", "out"))


def _explained(subject: Subject, proto: int) -> Values:
    """The ports of the site's flows: what is missing of them is FW105."""
    services = (
        service
        for flow in subject.site.requirements
        if not flow.inactive_because
        for service in flow.services
        if service.proto == proto
    )
    return union(interval for service in services for interval in service.ports)


def _finding(opened: Passing, closed: Passing, proto: int, mine: _Open, ports: Values) -> Finding:
    space = opened.space
    excess = mine.packets & space.within(space.fields["dport"], ports)
    service = f"{protocol_name(proto)} {ports_in_words(ports)}"
    return CHECK.finding(
        f"{opened.device} lets in everybody on {service} over IPv{space.family}, "
        f"and not over IPv{closed.space.family}",
        _evidence(opened, excess),
        device=opened.device,
        remedy=f"open {service} over both address families, or over none",
        key=("FW402", opened.device, str(space.family), service),
    )


def _evidence(opened: Passing, excess: PacketSet) -> Evidence:
    space = opened.space
    first = next(openings(opened.answer, excess), None)
    rule = first.rule if first else None
    label = f"opens it over IPv{space.family}"
    chain = opened.filters[-1]
    place = at(rule.span, label, rule.title) if rule else at(chain.span, label)
    chosen = example(space, excess)
    return replace(
        place,
        text=rule.text if rule else "",
        witness=witness_words(opened.answer, chosen, "opening"),
        example=witness(opened.answer.place, chosen, "opening"),
    )


CHECK = Check("FW402", "families-differ", "warning", __doc__, run)
