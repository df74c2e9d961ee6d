"""Neighbour discovery that a device blocks, though IPv6 packets of required flows need it there.

Who sends a packet asks for the link-layer address of the next hop first: a solicitation to the
multicast address of what is asked for, answered by an advertisement (RFC 4861, sections 7.2.2 and
7.2.4). So where packets arrive, solicitations must come in and advertisements go out, and where
they leave the other way round.

Answers need the same the other way, but for neighbours that have made themselves known: a
solicitation tells the link-layer address of the one who asks (section 7.2.3). Linux asks from the
address that its packet has, so a sender on the link is known by the address that answers go to. A
router forwards packets of others, and asks from its link-local address: whether answers go there
is in the routes of the one who answers, which no export tells.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from flowmodel.addresses import LINK_LOCAL, Addresses
from flowmodel.fields import FOR_MANY
from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import Traffic
from flowmodel.site import Requirement
from flowmodel.values import Values, difference, full, intersection, size, union
from linter.checks.guesses import WHICH_WAY
from linter.checks.proof import Case
from linter.checks.required.chosen import required
from linter.checks.required.trials import Trial
from linter.checks.subject import Subject
from linter.engine.device.alone import message
from linter.engine.device.ask import Answer
from linter.engine.device.connection import Outcome
from linter.engine.device.headers import Place
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space, minus
from linter.engine.site.crossing import Crossing
from linter.engine.site.paths import INTERNET

SOLICITATION: Final = 135
ADVERTISEMENT: Final = 136

_UNICAST: Final[Values] = difference(full(128), ((0, 0), *FOR_MANY[6]))
# RFC 4291, section 2.7.1: ff02::1:ff00:0/104 and the last 24 bits of the address.
_NODES: Final = 0xFF02 << 112 | 0x1FF << 24
_EVERY_NODE: Final[Values] = ((_NODES, _NODES | 0xFFFFFF),)
_MANY: Final = 256
# Interfaces without link-layer addresses, as they are usually named: nobody asks for one there.
_TUNNEL: Final = (
    r"(wg|tun|ppp|ipsec|gre|ip6gre|ip6tnl|sit|vti|ip6_vti|xfrm|tailscale|utun|gif|ovpn[cs])[0-9-]"
)
_ASKER: Final = (
    "from which of its addresses a neighbour asks: it should be the one that its packet comes from "
    "(RFC 4861, section 7.2.2)"
)
_ANSWERS: Final = (
    "whether answers go to the address that a router asks from: then it is known already "
    "(RFC 4861, section 7.2.3)"
)
_NO_LINK: Final = "whether {} has link-layer addresses: a tunnel without them needs no discovery"


class _Ask(NamedTuple):
    """One message at one interface; `likely` are the senders that it should come from."""

    traffic: Literal["input", "output"]
    interface: str
    kind: int
    source: Values
    to: Values
    likely: Values
    doubt: str = ""
    """Why they may not be needed."""

    @property
    def place(self) -> Place:
        """Where it meets the device."""
        is_in = self.traffic == "input"
        return Place(self.traffic, *((self.interface, "") if is_in else ("", self.interface)))


@dataclass(frozen=True, slots=True)
class Deaf:
    """Messages of neighbour discovery that a device blocks, or may, and a flow that needs them."""

    requirement: Requirement
    device: str
    traffic: Traffic
    interface: str
    kind: int
    case: Case
    reasons: tuple[str, ...]
    """Why it is only possible, beside what the rules tell."""


def deaf(subject: Subject) -> Iterator[Deaf]:
    """What is blocked, in the order of the flows; one entry for each flow and message."""
    known: dict[tuple[str, _Ask, PacketSet, bool], tuple[Case, tuple[str, ...]] | None] = {}
    for judgement in required(subject, 6) if 6 in subject.families else ():
        for trial in judgement.trials:
            where = _interfaces(trial)
            if where == trial.space.false or not _filters_links(trial):
                continue
            for ask in _asks(trial):
                key = judgement.device, ask, where, _may_be_elsewhere(trial)
                if key not in known:
                    known[key] = _blocked(trial, ask, where)
                if (found := known[key]) is not None:
                    yield Deaf(judgement.requirement, judgement.device, *ask[:3], *found)


def _may_be_elsewhere(trial: Trial) -> bool:
    """Whether the flow's packets may take another way, on which the device is not."""
    way = trial.part.way
    return way is not None and way.is_either and trial.crossing.traffic == "forward"


def _filters_links(trial: Trial) -> bool:
    """Whether the device's rules meet what is sent on a link.

    Whether a cloud filters it is not documented (docs/limits.md).
    """
    device = trial.answered.question.crossing.device
    rulesets = trial.answered.answer.firewall.rulesets
    is_self = trial.part.way is None
    return device.ipv6 and not is_self and not any(each.place for each in rulesets)


def _interfaces(trial: Trial) -> PacketSet:
    """The interfaces at which packets of the flow may pass; none where they certainly do not."""
    space = trial.space
    passed = trial.answered.connections.passage.passed
    packets = space.union(each.packets for each in passed) & trial.packets
    return space.at_interfaces(packets).exists(space.cube(*HEADER_FIELDS))


def _asks(trial: Trial) -> Iterator[_Ask]:
    """The messages that packets of the flow need at the device."""
    crossing = trial.answered.question.crossing
    way = trial.part.way
    if way is None:
        return
    is_near = way.source.network == way.arrives.network != INTERNET
    if crossing.traffic == "input":
        own = way.arrives.addresses.v6
        yield from _found(crossing.in_name, own, way.source.addresses.v6 if is_near else ())
        if not is_near:
            yield from _in_doubt(_finds(crossing.in_name, own, ()))
    elif crossing.traffic == "output":
        peers = way.arrives.addresses.v6 if is_near else ()
        yield from _finds(crossing.out_name, way.source.addresses.v6, peers)
    else:
        senders = _behind(crossing, crossing.in_name)
        yield from _found(crossing.in_name, (), senders)
        yield from _finds(crossing.out_name, (), ())
        yield from _in_doubt(_found(crossing.out_name, (), ()))
        if not senders:
            yield from _in_doubt(_finds(crossing.in_name, (), ()))


def _in_doubt(asks: Iterator[_Ask]) -> Iterator[_Ask]:
    """The same for answers, to or from a router."""
    return (each._replace(doubt=_ANSWERS) for each in asks)


def _found(interface: str, own: Values, peers: Values) -> Iterator[_Ask]:
    """What must pass so that others find an address of the device: any, if it is not told.

    `peers` are those on the link that send the flow's packets, where they are known.
    """
    source = union((*peers, *LINK_LOCAL)) if peers and own else _UNICAST
    yield _Ask("input", interface, SOLICITATION, source, _solicited(own), peers or source)
    yield _Ask("output", interface, ADVERTISEMENT, _own(own), source, _own(own))


def _finds(interface: str, own: Values, peers: Values) -> Iterator[_Ask]:
    """What must pass so that the device finds the next hop: any, if it is not told."""
    others = union((*peers, *LINK_LOCAL)) if peers else _UNICAST
    yield _Ask("output", interface, SOLICITATION, _own(own), _solicited(peers), _own(own))
    yield _Ask("input", interface, ADVERTISEMENT, others, _own(own), others)


def _own(addresses: Values) -> Values:
    return union((*addresses, *LINK_LOCAL)) if addresses else _UNICAST


def _behind(crossing: Crossing, name: str) -> Values:
    """The addresses on the link of an interface; none are told where the internet is behind it."""
    found = Addresses()
    for each in crossing.device.interfaces:
        if each.name == name and INTERNET not in each.networks:
            found |= each.addresses
    return intersection(found.v6, _UNICAST)


def _solicited(addresses: Values) -> Values:
    """The multicast addresses at which a node is asked for any of these."""
    if not addresses or size(addresses) > _MANY:
        return _EVERY_NODE
    each = (number for first, last in addresses for number in range(first, last + 1))
    return union((node, node) for node in (_NODES | number & 0xFFFFFF for number in each))


def _blocked(trial: Trial, ask: _Ask, where: PacketSet) -> tuple[Case, tuple[str, ...]] | None:
    """The messages, if all of them are blocked, or if none is sure to pass: one would do."""
    answer = message(trial.answered.answer.firewall, ask.place, ask.kind, ask.source, ask.to)
    space = answer.space
    packets = answer.arrivals[0].packets
    likely = packets & space.within(space.fields["src"], ask.likely)
    possible = answer.connections.opening.possible
    if _surely(answer, where) & likely != space.false:
        return None
    reasons = [ask.doubt] if ask.doubt else []
    if _may_be_elsewhere(trial):
        reasons.append(WHICH_WAY)
    if possible & packets == space.false:
        if not reasons and not re.match(_TUNNEL, ask.interface):
            certain = Outcome(likely, likely)
            return Case(answer, certain, ((answer.place, certain),), phase="alone"), ()
        if re.match(_TUNNEL, ask.interface):
            reasons.append(_NO_LINK.format(ask.interface))
    elif possible & likely == space.false:
        reasons.append(_ASKER)
    blocked = Outcome(space.false, minus(likely, _surely(answer, where)))
    return Case(answer, blocked, ((answer.place, blocked),), phase="alone"), tuple(reasons)


def _surely(answer: Answer, where: PacketSet) -> PacketSet:
    """What passes at every interface of the flow, if limits and memories favour it."""
    space: Space = answer.space
    passed = answer.connections.passage.passed
    lucky = space.union(each.packets for each in passed)
    if not space.is_open:
        return lucky
    lucky &= space.domain
    for match in answer.firewall.matcher.volatile:
        lucky = lucky.exists(match)
    return space.always(where.imp(lucky))
