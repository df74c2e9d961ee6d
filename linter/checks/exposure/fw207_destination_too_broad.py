"""A rule for a needed connection opens it towards other machines too.

**Reports.** A rule serves a flow of the policy, but it permits more destinations than the machines that the flow goes to.
The extra destinations are behind the outgoing interface and are bound to no role, and fwlint found a packet to one of them that passes by this rule.
Flows to a public address that a device translates are not checked.

**Why it matters.** The same port is open on neighbouring machines, whatever listens there.

**Example.** The database is one machine, 10.2.0.20, but the rule permits the whole network around it:

```
-A FORWARD -s 192.0.2.10/32 -d 10.2.0.0/24 -i dmz0 -p tcp -m tcp --dport 5432 -j ACCEPT
```

**How to fix.** List the machines in the rule.
"""

from collections.abc import Iterator, Sequence

from flowmodel.affected import Affected
from flowmodel.fields import Family
from flowmodel.finding import Finding, Related
from flowmodel.ruleset import Rule
from linter.checks.affected import affected, witness
from linter.checks.check import Check
from linter.checks.evidence import Evidence
from linter.checks.exposure.crossings import crossings_in
from linter.checks.exposure.neighbours import Seen, Wider, roles_in, seen, wider
from linter.checks.exposure.reported import SHOWN
from linter.checks.proof import destinations, witness_words
from linter.checks.subject import Subject
from linter.checks.words import services_words
from linter.engine.device.ask import ask
from linter.engine.device.connection import Outcome
from linter.engine.device.passage import Strand
from linter.engine.device.sent import arrivals
from linter.engine.sets.header import wire
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.words import addresses_in_words

_LIMIT = 256


def run(subject: Subject) -> Iterator[Finding]:
    """One finding for each rule, so many at most for one device."""
    for family in subject.families:
        yield from _of(subject, family)


def _of(subject: Subject, family: Family) -> Iterator[Finding]:
    crossings = crossings_in(subject, family)
    roles = roles_in(crossings[0].policies) if crossings else ()
    found: dict[str, dict[Rule, list[Wider]]] = {}
    for crossing in crossings:
        device = crossing.question.crossing.device.name
        for each in wider(crossing, roles):
            found.setdefault(device, {}).setdefault(each.rule, []).append(each)
    for by_rule in found.values():
        for group in list(by_rule.values())[:SHOWN]:
            packet = seen(group)
            if packet is not None:
                yield _finding(group, packet)


def _finding(group: Sequence[Wider], found: Seen) -> Finding:
    answered, rule, flow = found.wider.answered, found.wider.rule, found.wider.requirement
    space, device = answered.space, answered.question.crossing.device.name
    beside = space.union(each.beside for each in group)
    served = space.union(each.served for each in group)
    is_certain = len(found.accepting) == len(found.outcomes)
    reasons = dict.fromkeys(text.strip() for each in found.outcomes for text in each.unread)
    return CHECK.finding(
        f"the rule for {flow.name} also opens {services_words(flow.services)} on other machines "
        f"behind {device}",
        Evidence(
            Related(rule.span, "accepted here"),
            certainty="certain" if is_certain else "possible",
            text=rule.text,
            witness=witness_words(answered.answer, found.packet, "opening"),
            example=witness(answered.answer, found.packet, "opening"),
            extent=f"destinations of the rule that belong to no role: {_in_words(space, beside)}",
            affected=_affected(group),
            about=_arrivals(group),
            reasons=() if is_certain else tuple(reasons),
            trace=tuple(f"{r.span.path}:{r.line}: {r.text}" for r in found.accepting[0].path),
            destinations=destinations(space, beside),
        ),
        requirement=flow,
        device=device,
        remedy=f"restrict the rule's destination to {_in_words(space, served)}",
    )


def _arrivals(group: Sequence[Wider]) -> tuple[str, ...]:
    """Where packets arrive that are sent on: they can be the same, and go to another machine.

    No flow is about them, so that the device was not asked what it makes of them.
    """
    found: dict[str, None] = {}
    for each in group:
        answer, space = each.answered.answer, each.answered.space
        if answer.firewall.translates:
            sent = Strand(each.beside, wire(space), {})
            beside = ask(answer.firewall, answer.place, [sent], space.false)
            found |= dict.fromkeys(arrivals(beside, each.beside))
    return tuple(found)


def _affected(group: Sequence[Wider]) -> Affected:
    """What the rule matches; that a packet of it passes is shown for the example alone."""
    places = [
        (each.answered.answer.place, Outcome(each.answered.space.false, each.beside))
        for each in group
    ]
    return affected(group[0].answered.space, places)


def _in_words(space: Space, packets: PacketSet) -> str:
    return addresses_in_words(projected(space, packets, "dst", _LIMIT), space.family)


CHECK = Check("FW207", "destination-too-broad", "warning", __doc__, run)
