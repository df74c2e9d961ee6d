"""Rules that let more pass than policies ask for: others in their place, or none.

The opening of a rule is what checks find too much of what it lets through. All of it is closed at
once, and no packet beside it: what the rule does for whom nobody has told stays as it is.
"""

from collections.abc import Iterable, Iterator

from flowmodel.addresses import Addresses
from flowmodel.affected import PacketBox
from flowmodel.fields import ESTABLISHED, ICMP, ICMPV6, RELATED, REPLY
from flowmodel.finding import Finding
from flowmodel.fix import Edit
from flowmodel.record import dataclass, replace
from flowmodel.site import EPHEMERAL, End, Interface, Site
from flowmodel.values import Values, complement, full, union
from linter.checks.exposure.policies import Policies
from linter.engine.device.compare import Difference
from linter.engine.sets.space import PacketSet, minus
from linter.fixes.boxes import ICMP_OF, width
from linter.fixes.drafts import Draft, Found, Kept, Language
from linter.fixes.places import RuleSets
from linter.fixes.proof import IsMeant, packets_at, packets_of

_ICMP: Values = ((ICMP, ICMP), (ICMPV6, ICMPV6))
_OTHERS = {4: ICMP_OF[6], 6: ICMP_OF[4]}
BEHIND = "FW207"
"""The check of machines behind a device that are none of the product's."""
OUTWARD = "FW208"
"""The check of what machines may reach: there it is the source that is known."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What is too much of what one rule lets through, as the checks find it."""

    site: Site
    findings: tuple[Finding, ...]
    """All that are about the rule."""
    rulesets: RuleSets
    """Those of the device."""
    accepted: tuple[PacketBox, ...] = ()
    """What of it the site accepts."""

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Those of the device, as the site and its exports tell them."""
        names = {each.device for each in self.findings}
        return tuple(i for each in self.site.devices if each.name in names for i in each.interfaces)

    def names(self, interface: str) -> tuple[str, ...]:
        """All names that the exports have for an interface."""
        links = (each for ruleset in self.rulesets for each in ruleset.links)
        return next((each.names for each in links if interface in each.names), (interface,))

    def behind(self, name: str) -> Addresses:
        """What lies behind an interface; nothing where nobody knows."""
        return next((e.addresses for e in self.interfaces if e.name == name), Addresses())

    @property
    def ends(self) -> list[End]:
        """All ends of flows."""
        return [end for flow in self.site.requirements for pair in flow.ends for end in pair]

    @property
    def fields(self) -> tuple[str, ...]:
        """The conditions of the rule that surely have to be narrower."""
        return ("dst",) if any(each.check == BEHIND for each in self.findings) else ()

    @property
    def is_known(self) -> bool:
        """Whether it is known exactly what each finding is about."""
        known = [each.affected is not None and each.affected.is_complete for each in self.findings]
        return bool(known) and all(known)


def drafts(
    language: Language, found: Found, candidates: Iterable[tuple[Kept, ...]]
) -> Iterator[Draft]:
    """The file with other rules instead of one, or without it."""
    known: set[tuple[Edit, ...]] = set()
    for each in candidates:
        for draft in language.narrow(found, each) if each else language.remove(found):
            if draft.edits not in known:
                known.add(draft.edits)
                yield draft


def closes_excess(excess: Excess, *, judges_arrivals: bool) -> IsMeant:
    """Whether what is closed is too much, and nothing that a policy permits.

    Findings tell of packets on the ways that they take. The same ones at other interfaces, and
    from networks that lie behind the same interface as the machine, come from nobody: so a machine
    and a port tell what is closed, and the policies what is not.
    """
    boxes = [
        wide
        for each in excess.findings
        if each.affected
        for box in each.affected.boxes
        for wide in _widened(excess, box, each, judges_arrivals=judges_arrivals)
    ]
    boxes = list(dict.fromkeys(boxes))

    def is_meant(difference: Difference) -> bool:
        if difference.change != "closed":
            return False
        space, closed = difference.space, difference.outcome.possible
        meant = space.union(packets_of(difference, each) for each in boxes)
        # No machine takes ICMP of the other family for anything.
        meant |= space.within(difference.header.numbers["proto"], _OTHERS[space.family])
        meant = minus(meant, _answers(difference))
        accepted = space.union(packets_of(difference, each) for each in excess.accepted)
        wanted = minus(_permitted(excess.site, difference), _nowhere(excess, difference))
        return minus(closed, meant) == space.false == closed & (wanted | accepted)

    return is_meant


def _answers(difference: Difference) -> PacketSet:
    """What answers others: no packet of an opening, whatever its ends are.

    Of related packets only errors can; a connection that is expected begins with its first packet
    (net/netfilter/nf_conntrack_core.c, init_conntrack; nf_conntrack_proto_icmp.c).
    """
    space, numbers = difference.space, difference.header.numbers
    state, proto = numbers["state"], numbers["proto"]
    errors = space.within(state, ((RELATED, RELATED),)) & space.within(proto, _ICMP)
    answers = space.within(state, ((ESTABLISHED, ESTABLISHED),)) | errors
    return answers & space.within(numbers["ct_dir"], ((REPLY, REPLY),))


def _permitted(site: Site, difference: Difference) -> PacketSet:
    """What a policy permits of packets that take this way: none to the sender goes through."""
    policies = Policies(site, difference.space)
    flows = policies.to_others if difference.traffic == "forward" else policies.active
    return policies.space.union(policies.flow(flow, flow.services) for flow in flows)


def _nowhere(excess: Excess, difference: Difference) -> PacketSet:
    """What has a source or a destination that does not lie behind the interface.

    What is sent to a public address is translated before.
    """
    space, header = difference.space, difference.header
    public = union(each for end in excess.ends for each in end.public.of(space.family))
    source, to = header.numbers["src"], header.numbers["dst"]
    translated, found = space.within(to, public), space.false
    for interface in excess.interfaces:
        behind = interface.addresses.of(space.family)
        for name in excess.names(interface.name):
            if difference.traffic != "output":
                comes = packets_at(difference, "in", name)
                found |= minus(comes, space.within(source, behind))
            if difference.traffic == "forward":
                goes = packets_at(difference, "out", name)
                found |= minus(goes, space.within(to, behind) | translated)
    return found


def _widened(
    excess: Excess, box: PacketBox, finding: Finding, *, judges_arrivals: bool
) -> Iterator[PacketBox]:
    every = full(width(box.family))
    if box.source_ports == EPHEMERAL:
        box = replace(box, source_ports=full(16))
    wide = replace(box, in_name="", out_name="")
    if finding.check == OUTWARD:
        wide = replace(wide, destinations=every)
    elif finding.check == BEHIND and judges_arrivals:
        wide = replace(wide, sources=every)
    elif finding.check == BEHIND and box.out_name:
        # The site knows all networks behind the interface.
        behind = excess.behind(box.out_name).of(box.family)
        others = union((*complement(behind, width(box.family)), *box.destinations))
        wide = replace(box, in_name="", sources=every, destinations=others)
    else:
        wide = replace(wide, sources=every)
    # What a machine itself gets and sends has its addresses, whatever a rule asks for.
    if box.hook == "input":
        wide = replace(wide, destinations=every)
    if box.hook == "output":
        wide = replace(wide, sources=every)
    yield wide
    if judges_arrivals and box.hook == "forward":
        # Rules judge there before it is known where a packet goes.
        yield replace(wide, hook="input")
