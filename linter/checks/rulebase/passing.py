"""What each device does with all packets that can open a connection, whoever sends them.

No site says where a device stands, so that every address and every interface is asked about but the
loopback one: what a machine says to itself is nobody's door.
"""

from collections.abc import Callable, Iterator, Sequence

from flowmodel.addresses import LOOPBACK
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, RuleSet, Traffic, base_chains
from flowmodel.values import union
from flowmodel.verdict import Accept, MapNetwork, TranslateDestination
from linter.checks.subject import Subject
from linter.engine.budget import Budget
from linter.engine.device.ask import Answer, ask
from linter.engine.device.firewall import Firewall
from linter.engine.device.forms import flags_asked, in_any_form
from linter.engine.device.headers import Place
from linter.engine.device.mentions import LOOPBACK as LO
from linter.engine.device.mentions import class_of, met_together, names_in
from linter.engine.device.openings import decide_beside
from linter.engine.device.passage import HOOKS, Strand
from linter.engine.device.program import called_from, everything, program
from linter.engine.packet.routing import Around, leads_of
from linter.engine.sets.header import wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Box, PacketSet, Space
from linter.engine.site.firewalls import LOOPBACK as OWN

TRAFFIC: tuple[Traffic, ...] = ("input", "forward")
_TOGETHER = 64
"""How many firewalls are asked in one space."""


@dataclass(frozen=True, slots=True, eq=False)
class Passing:
    """What becomes of all first packets to a device, or through it, in one address family."""

    device: str
    """With the place in it, where its export holds many firewalls."""
    rulesets: tuple[RuleSet, ...]
    traffic: Traffic
    asked: PacketSet
    answer: Answer

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.answer.space

    @property
    def flags(self) -> tuple[int, ...]:
        """The flags of the first packets that the answer is about."""
        return flags_asked(self.answer.firewall)

    @property
    def filters(self) -> list[Chain]:
        """The base chains that can drop packets on the way, in the order of the way."""
        results = self.answer.connections.passage.results
        return list(dict.fromkeys(each.chain for each in results if self._filters(each.chain)))

    def _filters(self, chain: Chain) -> bool:
        return _filters(chain, self.traffic)

    def certain(self, packets: PacketSet) -> PacketSet:
        """Those that surely are in the set, by one at least of the interfaces that there are."""
        space = self.space
        if not space.is_open:
            return packets
        names = [name for each in self.rulesets for link in each.links for name in link.names]
        known = space.names[1:]
        codes = {space.names.index(class_of(name, known)) for name in names if name != LO}
        ways = [space.within(space.fields["in"], ((code, code),)) for code in codes]
        return space.union(
            [space.always(packets), *(space.always(way.imp(packets)) for way in ways)]
        )

    @property
    def undecided(self) -> PacketSet:
        """The packets that no rule decides, and all default policies let pass."""
        rest = self.space.true
        for chain in self.filters:
            rest &= self.space.union(
                region.packets
                for result in self.answer.connections.passage.results
                if result.chain is chain
                for region in result.regions
                if not region.rules and isinstance(region.verdict, Accept)
            )
        return rest


def _filters(chain: Chain, traffic: Traffic) -> bool:
    base = chain.base
    is_filter = base is not None and base.purpose == "filter" and not base.is_given
    return is_filter and base is not None and traffic in base.judges


Wanted = Callable[[Sequence[RuleSet]], bool]
"""Which rule sets that packets meet together are asked about."""
Part = Callable[[Sequence[RuleSet], Family], Box | None]
"""Which packets rule sets are asked about: those with such values in each of the fields; None for
none of the family."""


def _every(_: Sequence[RuleSet]) -> bool:
    return True


def passing(subject: Subject, wanted: Wanted = _every) -> Iterator[Passing]:
    """What passes each device that filters its family; raises TooComplexError.

    All of one device follow each other, and of one place the families.
    """
    wanted = _remembered(wanted)
    if max(map(len, subject.exports.values()), default=0) > _TOGETHER:
        # Answers about many firewalls are let go one after the other: together they take more
        # room than the survey does, which would have to do without.
        yield from _passing(subject, wanted)
    elif any(wanted(each) for its in subject.exports.values() for each in met_together(its)):
        yield from (each for each in subject.once(_kept) if wanted(each.rulesets))


def arriving(subject: Subject, wanted: Wanted, part: Part) -> Iterator[Passing]:
    """What passes of some packets to each device itself, or of more; raises TooComplexError.

    Most rules are about no such packet, and most exports are asked in a moment.
    """
    yield from _passing(subject, _remembered(wanted), part)


def _remembered(wanted: Wanted) -> Wanted:
    """The same answers, each worked out once: most rule sets are asked about for both families."""
    known: dict[tuple[int, ...], bool] = {}

    def is_wanted(rulesets: Sequence[RuleSet]) -> bool:
        key = tuple(map(id, rulesets))
        if key not in known:
            known[key] = wanted(rulesets)
        return known[key]

    return is_wanted


def _kept(subject: Subject) -> tuple[Passing, ...]:
    return tuple(_passing(subject, _every))


def is_asked_about(rulesets: Sequence[RuleSet], traffic: Traffic) -> bool:
    """Whether the place is one that such packets come to: a machine, or a firewall in between."""
    if not any(each.place for each in rulesets):
        return True
    # At a machine's interface: what the machine does with other packets is not in the export.
    return traffic == ("input" if any(map(_is_machine, rulesets)) else "forward")


def _is_machine(ruleset: RuleSet) -> bool:
    """Whether rules of it judge what is sent to the device itself."""
    for table in ruleset.tables:
        for chain in table.chains.values():
            base = chain.base
            if base is not None and base.hook == "input" and not base.is_given:
                return True
    return False


def translating(rulesets: Sequence[RuleSet]) -> bool:
    """Whether they may send packets elsewhere."""
    return any(
        isinstance(rule.verdict, TranslateDestination | MapNetwork)
        for family in FAMILIES
        for table, base in base_chains(rulesets, family)
        if base.base
        and base.base.hook == "prerouting"
        and (base.base.kind == "nat" or base.base.purpose == "translate")
        for chain in called_from(table, base)
        for rule in chain.rules
    )


def _passing(subject: Subject, wanted: Wanted, part: Part | None = None) -> Iterator[Passing]:
    if isinstance(subject.room, Exception):
        raise subject.room
    ipv4_alone = {device.name for device in subject.site.devices if not device.ipv6}
    for device in subject.exports:
        families = FAMILIES[:1] if device in ipv4_alone else FAMILIES
        met = subject.once_in_any_room(_met)[device]
        # Both families have the same ones, but for those that an export says nothing of.
        every = {tuple(map(id, each)): each for family in families for each in met[family]}
        asked = {key for key, each in every.items() if wanted(each)}
        places = [
            [each for each in met[family] if tuple(map(id, each)) in asked] for family in families
        ]
        if not any(places):
            continue
        # The same for both families, whose answers are compared by interface.
        names = subject.once_in_any_room(interfaces)[device]
        for start in range(0, max(map(len, places)), _TOGETHER):
            for family, its in zip(families, places, strict=True):
                some = its[start : start + _TOGETHER]
                if some:
                    space = Space(family, names, subject.room)
                    yield from _of_places(device, some, space, subject.budget, part)


def interfaces(subject: Subject) -> dict[str, tuple[str, ...]]:
    """For each device one name for each class of interfaces that its rules tell apart."""
    return {device: names_in(rulesets) for device, rulesets in subject.exports.items()}


def _met(subject: Subject) -> dict[str, dict[Family, list[tuple[RuleSet, ...]]]]:
    """For each device and family the rule sets that packets meet together."""
    return {
        device: {family: list(_once(rulesets, family)) for family in FAMILIES}
        for device, rulesets in subject.exports.items()
    }


def _of_places(
    device: str,
    places: Sequence[tuple[RuleSet, ...]],
    space: Space,
    budget: Budget,
    part: Part | None,
) -> Iterator[Passing]:
    family = space.family
    code = space.names.index(LO)
    for side in ("in", "out"):
        space.assume(~space.within(space.fields[side], ((code, code),)))
    # Nothing comes from a wire for a loopback address (ip_route_input_slow, RFC 1122).
    space.aside = LOOPBACK.of(family)
    asked = ~space.within(space.fields["dst"], space.aside)
    matcher = Matcher(space, budget.spend)
    for several in places:
        local = union(i for each in several for i in each.local.of(family))
        foreign = union(i for each in several for i in each.foreign.of(family))
        firewall = Firewall(
            several,
            matcher,
            program(everything),
            translates=True,
            around=Around(union((*local, *OWN.of(family))), foreign, leads_of(several, family)),
            name=device,
            budget=budget,
        )
        place = several[0].place
        name = f"{device}/{place}" if place else device
        if part is None:
            yield from (
                _of(name, several, firewall, each, asked, {})
                for each in TRAFFIC
                if is_asked_about(several, each)
            )
        elif (box := part(several, family)) is not None:
            yield _of_some(name, several, firewall, asked, box)


def _of(
    name: str,
    rulesets: tuple[RuleSet, ...],
    firewall: Firewall,
    traffic: Traffic,
    asked: PacketSet,
    box: Box,
) -> Passing:
    space = firewall.space
    # Answers are what connection tracking lets pass: nothing is asked about them here.
    sent = Strand(asked, wire(space), box)
    answer = in_any_form(ask(firewall, Place(traffic), [sent], space.false))
    return Passing(name, rulesets, traffic, asked, answer)


def _of_some(
    name: str,
    rulesets: tuple[RuleSet, ...],
    firewall: Firewall,
    asked: PacketSet,
    part: Box,
) -> Passing:
    """What passes of some packets; of all where some chain that may matter sees none of them."""
    space = firewall.space
    some = asked
    for field, values in part.items():
        some &= space.within(space.fields[field], values)
    found = _of(name, rulesets, firewall, "input", some, dict(part))
    results = found.answer.connections.passage.results
    seen = list(dict.fromkeys(each.chain for each in results))
    rest = [chain for chain in _on_the_way(firewall) if chain not in seen]
    if not any(_filters(each, "input") for each in rest) and not decide_beside(rest, seen):
        return found
    return _of(name, rulesets, firewall, "input", asked, {})


def _on_the_way(firewall: Firewall) -> Iterator[Chain]:
    """The base chains that packets to the device may come to, also those sent on elsewhere."""
    for hook in dict.fromkeys((*HOOKS["input"], *HOOKS["forward"])):
        if hook in HOOKS["input"] or translating(firewall.rulesets):
            yield from (chain for _, chain in firewall.chains(hook))


def _once(rulesets: Sequence[RuleSet], family: Family) -> Iterator[tuple[RuleSet, ...]]:
    """The rule sets that packets meet together; each set of chains once (AWS shares them)."""
    known: set[tuple[int, ...]] = set()
    for several in met_together([each for each in rulesets if family in each.families]):
        key = tuple(id(chain) for _, chain in base_chains(several, family))
        if key and key not in known:
            known.add(key)
            yield several
