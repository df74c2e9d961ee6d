"""A set of packets on its way through one device: every hook, table and translation in order."""

from collections.abc import Iterator
from typing import Literal

from flowmodel import fields
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import CONNTRACK, NAT_DST, NAT_SRC, Chain, Hook, Table, Traffic
from flowmodel.values import Values, full, union
from flowmodel.verdict import (
    Accept,
    Drop,
    Escape,
    MapNetwork,
    Reject,
    TranslateDestination,
    TranslateSource,
)
from linter.engine.device.firewall import Firewall
from linter.engine.device.routing import Forwarded, Routed, by_interface, typed
from linter.engine.device.translation import translated
from linter.engine.device.walk import Region, Walk
from linter.engine.packet.routing import TYPE_UNICAST
from linter.engine.sets.header import Header
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Box, PacketSet, Space, minus

HOOKS: dict[Traffic, tuple[Hook, ...]] = {
    "input": ("prerouting", "input"),
    "forward": ("prerouting", "forward", "postrouting"),
    "output": ("output", "postrouting"),
}
"""The hooks that a packet passes, in order (NF_HOOK calls in net/ipv4/ip_*.c)."""


@dataclass(frozen=True, slots=True)
class Strand:
    """Packets that look alike to the rules ahead: they went through the same translations."""

    packets: PacketSet
    header: Header
    box: Box
    is_moved: bool = False
    """Whether a rule has sent them to another address than the one they were sent to."""
    route: Traffic | None = None
    """The way that they took, where a translation made it another one than was asked about."""
    is_out: bool = False
    """Whether they are through: a rule did with them what no later chain can be asked about."""
    bound: frozenset[Hook] = frozenset()
    """The hooks at which a rule has translated them: no other nat chain of these is asked."""


@dataclass(frozen=True, slots=True)
class ChainResult:
    """One base chain's regions for one strand, with the header and hook of that moment."""

    hook: Hook
    table: Table
    chain: Chain
    header: Header
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """The outcome: the strands that came through, and what each base chain did on the way."""

    passed: tuple[Strand, ...]
    results: tuple[ChainResult, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What connection tracking already knows of a packet that is not the first of its connection.

    `destination` and `source` are the headers that the packet has after the two translations.
    """

    destination: Header
    source: Header


def cross(
    firewall: Firewall,
    traffic: Traffic,
    strand: Strand,
    known: Known | None = None,
    routing: Forwarded | Routed | None = None,
) -> Passage:
    """What becomes of the strand's packets on the device.

    The strand's header holds the packet's state as connection tracking will see it. Without
    `known` the packets are first ones, and the nat chains are asked; with it they are not.
    `routing` says which of the packets to the machine go on to another one.
    """
    tracked = strand.header.numbers["state"]
    invalid = firewall.matcher.space.constant(fields.INVALID, 3)
    # Before connection tracking has looked at it, a packet's state is INVALID to every test
    # (net/netfilter/xt_conntrack.c: no entry and not untracked).
    box = {name: values for name, values in strand.box.items() if name != "state"}
    if routing is None and firewall.around is not None and firewall.drops:
        routing = Forwarded(firewall.around)
    strands = [replace(strand, header=strand.header.with_number("state", invalid), box=box)]
    states = strand.box.get("state", full(fields.bits("state", firewall.matcher.space.family)))
    crossing = _Crossing(firewall, tracked, states, known, strand.header.names, [])
    away: dict[str, list[Strand]] = {}
    staying = crossing
    for hook in HOOKS[traffic]:
        strands = staying.hook(hook, strands)
        if hook == "prerouting" and traffic == "input" and routing is not None:
            strands, away = _routed(firewall.matcher.space, routing, strands)
            staying = replace(crossing, names={**crossing.names, "out": ""})
        elif hook == "prerouting" and traffic == "forward" and known is None and firewall.here:
            strands = list(_passed_on(firewall, strands))
    forwarded = {name: text for name, text in crossing.names.items() if name != "out"}
    for name, leaving in away.items():
        names = {**forwarded, "out": name} if name else forwarded
        for hook in HOOKS["forward"][1:]:
            leaving = replace(crossing, names=names).hook(hook, leaving)  # noqa: PLW2901
        strands = [*strands, *leaving]
    return Passage(tuple(strands), tuple(crossing.results))


@dataclass(frozen=True, slots=True)
class _Crossing:
    """One walk over the hooks of a device."""

    firewall: Firewall
    tracked: tuple[PacketSet, ...]
    states: Values
    """The values of `tracked`, as far as they are known."""
    known: Known | None
    names: dict[str, str]
    results: list[ChainResult]

    def hook(self, hook: Hook, strands: list[Strand]) -> list[Strand]:
        """The strands that leave the hook; before routing there is no interface to leave by."""
        names = {**self.names, "out": ""} if hook == "prerouting" else self.names
        strands = [replace(each, header=replace(each.header, names=names)) for each in strands]
        first = self.known is None
        for stage in _stages(self.firewall, hook):
            if stage == "conntrack":
                strands = [self._tracked(each) for each in strands]
            elif stage in ("dst", "src"):
                strands = [_known(each, stage, self.known) for each in strands]
            elif not isinstance(stage, str):
                strands = _through_chain(
                    self.firewall, hook, *stage, strands, self.results, first=first
                )
        return strands

    def _tracked(self, strand: Strand) -> Strand:
        """The strand behind connection tracking, which leaves packets alone that NOTRACK marked."""
        space = self.firewall.matcher.space
        before = strand.header.numbers["state"]
        untracked = (fields.UNTRACKED, fields.UNTRACKED)
        alone = space.within(before, (untracked,))
        state = space.choose(alone, space.constant(fields.UNTRACKED, 3), self.tracked)
        box = {**strand.box, "state": union((*self.states, untracked))}
        return replace(strand, header=strand.header.with_number("state", state), box=box)


def _routed(
    space: Space, routing: Forwarded | Routed, strands: list[Strand]
) -> tuple[list[Strand], dict[str, list[Strand]]]:
    """The strands that stay on the machine, and those that go through it, by their interface.

    Routing comes behind prerouting (net/ipv4/ip_input.c, ip_rcv_finish).
    """
    staying: list[Strand] = []
    away: dict[str, list[Strand]] = {}
    for strand in strands:
        if strand.is_out:
            staying.append(strand)
            continue
        stays = routing.stays(space, strand.header, is_moved=strand.is_moved)
        header = there = strand.header
        if isinstance(routing, Routed):
            header = there = typed(space, header, stays, routing.local)
        elif strand.is_moved:
            header = header.with_number("dst_type", space.constant(fields.LOCAL, 4))
            there = header.with_number("dst_type", space.constant(TYPE_UNICAST, 4))
        if (here := strand.packets & stays) != space.false:
            staying.append(replace(strand, packets=here, header=header))
        leaving = minus(strand.packets, stays)
        for name, packets in by_interface(space, there, leaving, routing.leads):
            gone = replace(strand, packets=packets, header=there, route="forward")
            away.setdefault(name, []).append(gone)
    return staying, away


def _passed_on(firewall: Firewall, strands: list[Strand]) -> Iterator[Strand]:
    """The packets that are not for the device itself, nor for one link only."""
    space = firewall.matcher.space
    # Such is what REDIRECT sends to an address that the device chooses.
    own = space.constant(fields.LOCAL, 4)
    for strand in strands:
        if strand.header.numbers["dst_type"] == own and not strand.is_out:
            continue
        here = space.within(strand.header.numbers["dst"], firewall.here)
        if strand.is_out or (on := minus(strand.packets, here)) == strand.packets:
            yield strand
        elif on != space.false:
            yield replace(strand, packets=on)


Stage = tuple[Table, Chain] | Literal["conntrack", "dst", "src"]


def _stages(firewall: Firewall, hook: Hook) -> list[Stage]:
    """The chains of a hook, and what the kernel itself does there, in order of priority."""
    own: list[tuple[int, Literal["conntrack", "dst", "src"]]] = []
    if hook in ("prerouting", "output"):
        own = [(CONNTRACK, "conntrack"), (NAT_DST, "dst")]
    elif hook in ("postrouting", "input"):
        own = [(NAT_SRC, "src")]
    stages: list[Stage] = []
    for table, chain in firewall.chains(hook):
        priority = chain.base.priority if chain.base else 0
        while own and own[0][0] <= priority:
            stages.append(own.pop(0)[1])
        stages.append((table, chain))
    return [*stages, *(name for _, name in own)]


def _known(strand: Strand, stage: Literal["dst", "src"], known: Known | None) -> Strand:
    """The strand behind a translation that its connection's first packet has settled."""
    if known is None:
        return strand
    header = strand.header
    after = known.destination if stage == "dst" else known.source
    numbers = {**header.numbers}
    for field in ("src", "dst", "sport", "dport", "src_type", "dst_type"):
        numbers[field] = after.numbers[field]
    box = {k: v for k, v in strand.box.items() if k not in ("src", "dst", "sport", "dport")}
    return replace(strand, header=replace(header, numbers=numbers).moved(), box=box)


def _through_chain(
    firewall: Firewall,
    hook: Hook,
    table: Table,
    chain: Chain,
    strands: list[Strand],
    results: list[ChainResult],
    *,
    first: bool,
) -> list[Strand]:
    is_nat = chain.base is not None and chain.base.kind == "nat"
    if is_nat and not first:
        return strands
    after: list[Strand] = []
    for strand in strands:
        # Of all nat chains of a hook, the first one that translates decides (nf_nat_inet_fn in
        # net/netfilter/nf_nat_core.c).
        if strand.is_out or (is_nat and hook in strand.bound):
            after.append(strand)
            continue
        space = firewall.matcher.space
        asked = strand.packets
        if is_nat:
            asked &= _opens(firewall, strand)
            rest = minus(strand.packets, asked)
            if rest != space.false:
                after.append(replace(strand, packets=rest))
        if asked == space.false:
            continue
        header = strand.header.at(hook)
        walk = Walk(
            firewall.matcher,
            firewall.program,
            table,
            header,
            dict(strand.box),
            [],
            tells_drops=not firewall.drops,
            budget=firewall.budget,
        )
        walk.base_chain(chain, asked)
        results.append(ChainResult(hook, table, chain, header, tuple(walk.regions)))
        after.extend(
            replace(each, is_moved=each.is_moved or _is_still(each, strand), route=strand.route)
            for each in _survivors(firewall, walk, hook, strand.bound)
        )
    return after


def _is_still(strand: Strand, before: Strand) -> bool:
    """Whether packets that were sent elsewhere before the chain are so behind it."""
    return before.is_moved and strand.header.numbers["dst"] is before.header.numbers["dst"]


def _opens(firewall: Firewall, strand: Strand) -> PacketSet:
    """The packets for which nat rules are asked: those that open a connection, also a related one.

    ICMP errors follow the connection that they are about (net/netfilter/nf_nat_proto.c,
    nf_nat_ipv4_fn and nf_nat_ipv6_fn).
    """
    space, numbers = firewall.matcher.space, strand.header.numbers
    icmp = fields.ICMP if space.family == 4 else fields.ICMPV6
    new = space.within(numbers["state"], ((fields.NEW, fields.NEW),))
    related = space.within(numbers["state"], ((fields.RELATED, fields.RELATED),))
    return new | minus(related, space.within(numbers["proto"], ((icmp, icmp),)))


def _survivors(firewall: Firewall, walk: Walk, hook: Hook, bound: frozenset[Hook]) -> list[Strand]:
    """The strands that leave a base chain: one of untouched packets, one for each translation."""
    space = firewall.matcher.space
    passes = (Accept,) if firewall.drops else (Accept, Drop, Reject)
    plain = space.union(
        r.packets
        for r in walk.regions
        if isinstance(r.verdict, passes) and not isinstance(r.verdict, Escape)
    )
    strands = [Strand(plain, walk.header, walk.box, bound=bound)] if plain != space.false else []
    translating = bound | {hook}
    for region in walk.regions:
        match region.verdict:
            case Escape():
                strands.append(Strand(region.packets, walk.header, walk.box, is_out=True))
            case TranslateDestination() | TranslateSource() | MapNetwork():
                header, box = translated(space, walk.header, walk.box, region.verdict)
                moves = _moves(region.verdict)
                strands.append(Strand(region.packets, header, box, moves, bound=translating))
            case Accept() | Drop() | Reject():
                pass
            case other:
                raise AssertionError(f"{other} cannot end a base chain")
    return strands


def _moves(translation: TranslateDestination | TranslateSource | MapNetwork) -> bool:
    """Whether the packets go to another address, which may be another machine's."""
    match translation:
        case TranslateDestination(addresses, _, is_local):
            return not is_local and addresses[0] != (0, addresses[-1][1])
        case MapNetwork(direction, _, _):
            return direction == "dst"
        case TranslateSource():
            return False


def passed(passage: Passage, matcher: Matcher) -> PacketSet:
    """All packets that came through."""
    return matcher.space.union(strand.packets for strand in passage.passed)
