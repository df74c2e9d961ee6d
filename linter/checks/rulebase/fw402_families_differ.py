"""Everybody can reach a port over one address family, but nobody over the other.

**Reports.** The device filters both address families, and a port is open to everybody over one of them and closed to everybody over the other.
This is checked for TCP and UDP, on each interface, for packets to the device itself.
If one family lets nobody in on any port, it is closed on purpose; if one lets in nearly everything, FW306 reports that.
Link-local and multicast addresses do not count, and neither do forwarded ports, interfaces of tools (Docker, libvirt, Kubernetes …), ports that a flow of the site explains, or machines in AWS that have addresses of only one family.

**Why it matters.** Both families lead to the same service.
Whoever closed the port has probably forgotten the other family.

**Example.** The database was closed over IPv4 alone:

```
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    tcp dport { 22, 443 } accept
    meta nfproto ipv6 tcp dport 5432 accept
  }
}
```

**How to fix.** Open the port over both families or over none.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from flowmodel.fields import FAMILIES, FOR_MANY, TCP, UDP, Family
from flowmodel.finding import Finding
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet
from flowmodel.values import Values, difference, size, union
from linter.checks.affected import witness
from linter.checks.check import Check
from linter.checks.evidence import Evidence, at
from linter.checks.proof import witness_words
from linter.checks.rulebase.passing import Passing, arriving
from linter.checks.rulebase.tools import is_tools_interface
from linter.checks.subject import Subject
from linter.engine.device.connection import OPENING, with_flags, without_flags
from linter.engine.device.mentions import LOOPBACK
from linter.engine.device.openings import openings
from linter.engine.device.sieve import Sieve
from linter.engine.sets.digest import digest
from linter.engine.sets.readout import projected
from linter.engine.sets.space import Box, PacketSet, Space
from linter.engine.sets.witness import example, protocol_name
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


_BOTH_WAYS: tuple[tuple[Family, Family], ...] = ((4, 6), (6, 4))
_Reached = dict[tuple[int, str], _Open]


def run(subject: Subject) -> Iterator[Finding]:
    """The devices on which a port is open over one family alone."""
    if not any(len({f for r in its for f in r.families}) > 1 for its in subject.exports.values()):
        return
    found: dict[str, Passing] = {}
    sieves = {family: Sieve(family, _from_everybody(family)) for family in FAMILIES}

    def may_differ(rulesets: Sequence[RuleSet]) -> bool:
        return _has_addresses(rulesets) and all(map(partial(_may_enter, rulesets), sieves.values()))

    for each in arriving(subject, may_differ, lambda _, family: _from_everybody(family)):
        if not each.filters:
            continue
        first = found.pop(each.device, None)
        if first is None or first.space.family == each.space.family:
            found[each.device] = each
        else:
            yield from _of_device(subject, {one.space.family: one for one in (first, each)})


def _of_device(subject: Subject, both: dict[Family, Passing]) -> Iterator[Finding]:
    """What differs for packets as systems send them, and then what else for those of any form.

    By a form that only one family lets in, a door is open that nobody sees who connects as usual.
    """
    told: dict[tuple[Family, int], Values] = {}
    for flags in dict.fromkeys((OPENING, *(each.flags for each in both.values()))):
        reached = {family: _reached(each, flags) for family, each in both.items()}
        for one, other in _BOTH_WAYS:
            for proto, mine, ports in _between(subject, reached[one], reached[other]):
                rest = difference(ports, told.get((one, proto), ()))
                if rest:
                    told[one, proto] = union((*told.get((one, proto), ()), *rest))
                    yield _finding(both[one], other, proto, mine, rest)


def _has_addresses(rulesets: Sequence[RuleSet]) -> bool:
    """Whether the machine has addresses of both families, as far as the export tells machines."""
    first = rulesets[0]
    return not first.place or all(first.own.of(family) for family in FAMILIES)


def _may_enter(rulesets: Sequence[RuleSet], sieve: Sieve) -> bool:
    """Whether everybody may reach something over a family: one that is shut is so on purpose."""
    return sieve.may_pass([each for each in rulesets if sieve.family in each.families], "input")


def _from_everybody(family: Family) -> Box:
    """What is asked about: services to which everybody connects."""
    return {
        "src": union((each, each) for each in _SOURCES[family]),
        "sport": ((_CLIENT, _CLIENT),),
        "proto": ((TCP, TCP), (UDP, UDP)),
    }


def _between(
    subject: Subject, opened: _Reached, closed: _Reached
) -> Iterator[tuple[int, _Open, Values]]:
    """What is open in the first family and not in the second one, by protocol."""
    told: dict[int, Values] = {}
    for (proto, name), mine in opened.items():
        other = closed[proto, name]
        if not other.possible or size(union((*mine.possible, *other.possible))) > _NEARLY_ALL:
            continue
        rest = difference(difference(mine.certain, other.possible), _explained(subject, proto))
        rest = difference(rest, told.get(proto, ()))
        if rest:
            told[proto] = union((*told.get(proto, ()), *rest))
            yield proto, mine, rest


def _reached(each: Passing, flags: tuple[int, ...]) -> _Reached:
    """What everybody reaches with such flags, by protocol and interface."""
    space = each.space
    strands = each.answer.connections.passage.passed
    # What is sent on to other machines is translated, which IPv6 does without.
    passed = space.union(strand.packets for strand in strands if not strand.is_moved)
    aside = union((*FOR_MANY[space.family], *_LINK[space.family]))
    asked = with_flags(space, each.asked, flags)
    for field, values in _from_everybody(space.family).items():
        asked &= space.within(space.fields[field], values)
    asked &= ~space.within(space.fields["dst"], aside)
    # By at least this interface, whatever else is not known.
    certain, possible = asked & ~space.at_interfaces(asked & ~passed), asked & passed
    found: _Reached = {}
    for proto in (TCP, UDP):
        mine = space.within(space.fields["proto"], ((proto, proto),))
        for code, name in enumerate(space.names):
            if name not in ("", LOOPBACK, "lo0") and not is_tools_interface(name):
                here = mine & space.within(space.fields["in"], ((code, code),))
                found[proto, name] = _open(space, certain & here, possible & here)
    return found


def _open(space: Space, certain: PacketSet, possible: PacketSet) -> _Open:
    surely, perhaps = _plain(space, certain), _plain(space, possible)
    ports = [projected(space, each, "dport", _LIMIT) for each in (surely, perhaps)]
    return _Open(surely, *ports)


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


def _finding(opened: Passing, other: Family, proto: int, mine: _Open, ports: Values) -> Finding:
    space = opened.space
    excess = mine.packets & space.within(space.fields["dport"], ports)
    service = f"{protocol_name(proto)} {ports_in_words(ports)}"
    return CHECK.finding(
        f"{opened.device} lets in everybody on {service} over IPv{space.family}, "
        f"and not over IPv{other}",
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
        about=(digest(space, [excess]),),
        witness=witness_words(opened.answer, chosen, "opening"),
        example=witness(opened.answer, chosen, "opening"),
    )


CHECK = Check("FW402", "families-differ", "warning", __doc__, run)
