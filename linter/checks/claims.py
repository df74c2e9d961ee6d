"""What is to say of one crossing: each opening with the first reason for which it is too broad."""

from collections.abc import Iterator

from flowmodel.fields import PORT_PROTOCOLS
from flowmodel.finding import Level
from flowmodel.record import dataclass, field
from flowmodel.ruleset import Rule
from flowmodel.site import End, Requirement
from flowmodel.values import Values, overlaps, union
from linter.checks.permitted import Kind, Policies, arriving, as_translated
from linter.engine.device.connection import Outcome
from linter.engine.device.openings import (
    Opening,
    beside,
    is_wide,
    main_chain,
    openings,
    permits_everything,
)
from linter.engine.sets.space import PacketSet, minus
from linter.engine.site.questions import Part
from linter.engine.site.survey import Answered

_CLEARTEXT = frozenset({"http", "ws", "ftp", "telnet", "smtp"})


_WHEREVER = frozenset({"FW203"})
"""What is as bad if a port-forward from another number leads there."""

_Carried = tuple[Answered, Part, Requirement]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing to report of one rule at one crossing; its evidence is made only if it is shown."""

    check: str
    level: Level
    message: str
    answered: Answered
    packets: PacketSet
    rule: Rule | None
    requirement: Requirement | None = None
    subject: str = ""

    @property
    def device(self) -> str:
        """The device's name."""
        return self.answered.question.crossing.device.name

    @property
    def reason(self) -> tuple[str, ...]:
        """What makes claims alike: the check, the device, and what they are about."""
        flow = self.requirement.name if self.requirement else ""
        return self.check, self.device, flow, self.subject

    @property
    def outcome(self) -> Outcome:
        """The packets that are let through for certain, and possibly."""
        certain = self.packets & self.answered.connections.opening.certain
        return Outcome(certain, self.packets)


@dataclass(frozen=True, slots=True)
class Claims:
    """What is to say of one crossing."""

    policies: Policies
    permitted: PacketSet
    forbidden: PacketSet
    kinds: list[Kind]
    answered: Answered
    required: list[tuple[Answered, Part]]
    """What is required of the whole device."""
    fitting: dict[Values, tuple[list[Kind], list[_Carried]]] = field(default_factory=dict)
    arriving: dict[str, PacketSet] = field(default_factory=dict)

    def all(self) -> Iterator[Claim]:
        """All claims, in the order of the rules."""
        yield from self._inward()
        yield from self._outward()
        yield from self._forbidden()
        yield from self._cleartext()

    @property
    def _possible(self) -> PacketSet:
        return self.answered.connections.opening.possible

    def _union(self, parts: list[Part]) -> PacketSet:
        return self.policies.space.union(part.packets for part in parts)

    def _inward(self) -> Iterator[Claim]:
        question = self.answered.question
        asked = self._union(question.inward)
        ends = (part.destination for part in (*question.inward, *question.forwarded))
        roles = list({role.name: role for role in ends}.values())
        judged = self.permitted | as_translated(self.answered, self.permitted) | self.forbidden
        excess = minus((self._possible & asked) | self._forwarded(), judged)
        for opening in openings(self.answered.answer, excess):
            is_everything = permits_everything(self.answered.answer, opening, asked)
            if is_everything and is_wide(self.policies.space, opening.packets):
                yield self._everything(opening)
            else:
                yield from self._judge(opening, roles)

    def _everything(self, opening: Opening) -> Claim:
        internet = opening.packets & self.policies.internet() != self.policies.space.false
        level: Level = "critical" if internet else "error"
        message = "nothing filters what passes"
        if opening.rule:
            message = "one rule permits every source, destination and service"
        elif main_chain(self.answered.answer):
            message = "the default policy permits whatever no rule drops"
        return Claim("FW201", level, message, self.answered, opening.packets, opening.rule)

    def _judge(self, opening: Opening, roles: list[End]) -> Iterator[Claim]:
        empty = self.policies.space.false
        rest = opening.packets
        kinds, parts = self._fitting(opening.ports)
        for kind in kinds:
            packets = kind.packets
            if kind.check in _WHEREVER and kind.requirement is not None:
                packets = packets | self._arriving(kind.requirement)
            found = rest & packets
            if kind.check == "FW203" and found & self.policies.strangers() == empty:
                # Private addresses that the site does not name are not the internet.
                continue
            if found != empty:
                rest = minus(rest, found)
                yield self._claim(
                    kind.check, kind.level, kind.message, found, opening, kind.requirement
                )
        for answered, part, flow in parts:
            if rest != empty and opening.rule is not None:
                found = rest & beside(answered.answer, opening.rule, part.packets)
                if found != empty:
                    rest = minus(rest, found)
                    message = f"the rule for {flow.name} opens other ports with it"
                    yield self._claim("FW206", "warning", message, found, opening, flow)
        for role in roles:
            found = rest & (self.policies.to_end(role) | self._moved_to(role))
            if found != empty:
                rest = minus(rest, found)
                message = f"{role.name} is open for connections that no policy asks for"
                yield self._claim("FW205", "warning", message, found, opening, None, role.name)

    def _moved_to(self, role: End) -> PacketSet:
        if not self.answered.question.forwarded:
            return self.policies.space.false
        return arriving(self.answered, role)

    def _arriving(self, flow: Requirement) -> PacketSet:
        """The packets from the internet that a translation sends to a flow's machine and port."""
        if flow.name not in self.arriving:
            ends = {id(end): end for _, end in flow.ends}.values()
            found = self.policies.space.union(
                arriving(self.answered, end, flow.services) for end in ends
            )
            self.arriving[flow.name] = found & self.policies.internet()
        return self.arriving[flow.name]

    def _forwarded(self) -> PacketSet:
        """What a translation here sends to a role, though it was sent to none of its addresses.

        A flow that is permitted to the role is so to any address, with the port that it has.
        """
        space = self.policies.space
        parts = self.answered.question.forwarded
        roles = {part.destination.name: part.destination for part in parts}.values()
        if not roles:
            return space.false
        found = self._union(parts) & space.union(arriving(self.answered, each) for each in roles)
        active = (
            flow
            for flow in self.policies.site.requirements
            if not flow.inactive_because and flow.need != "never"
        )
        permitted = space.union(
            self.policies.from_end(source)
            & self.policies.services(flow.services)
            & arriving(self.answered, end, flow.services)
            for flow in active
            for source, end in flow.ends
        )
        return minus(found & self._possible, permitted)

    def _fitting(self, ports: Values) -> tuple[list[Kind], list[_Carried]]:
        """The kinds, and the required parts, that a rule for these ports can concern."""
        if ports not in self.fitting:
            kinds = [kind for kind in self.kinds if overlaps(kind.ports, ports)]
            is_whole = ports == ((0, 65535),)
            parts = [
                (answered, part, part.requirement)
                for answered, part in self.required
                if part.requirement is not None
                and part.requirement.need in ("must", "should")
                and not is_whole
                and overlaps(part.box["dport"], ports)
            ]
            self.fitting[ports] = kinds, parts
        return self.fitting[ports]

    def _claim(
        self,
        check_id: str,
        level: Level,
        message: str,
        packets: PacketSet,
        opening: Opening,
        requirement: Requirement | None,
        subject: str = "",
    ) -> Claim:
        return Claim(
            check_id, level, message, self.answered, packets, opening.rule, requirement, subject
        )

    def _outward(self) -> Iterator[Claim]:
        """FW208, where the device filters what the machine sends at all.

        It does if some service is closed to every destination: a filter for bogus addresses alone
        says nothing of what a machine may do, and neither does one for port 0, which is none.
        """
        space = self.policies.space
        empty = space.false
        parts = self.answered.question.outward
        no_port = space.within(space.fields["dport"], ((0, 0),)) & space.within(
            space.fields["proto"], union((each, each) for each in PORT_PROTOCOLS)
        )
        services = minus(self._union(parts), no_port)
        asked = self._union(parts)
        certain = self.answered.connections.opening.certain
        ends = space.cube("src", "dst", "sport", "icmp_type", "icmp_code")
        if minus(services.exists(ends), (certain & services).exists(ends)) == empty:
            return
        inward = self._union(self.answered.question.inward)
        judged = self.permitted | self.forbidden | inward | self.policies.to_itself(parts)
        excess = minus(self._possible & asked, judged)
        senders = (part.source for part in parts if part.source is not None)
        roles = list({role.name: role for role in senders}.values())
        internet = self._union([part for part in parts if part.destination.kind == "internet"])
        for opening in openings(self.answered.answer, excess):
            for role in roles:
                mine = opening.packets & self.policies.from_end(role)
                if mine != empty:
                    level: Level = "warning" if mine & internet != empty else "info"
                    message = f"{role.name} may open connections that no policy asks for"
                    yield self._claim("FW208", level, message, mine, opening, None, role.name)

    def _forbidden(self) -> Iterator[Claim]:
        """FW212: what a flow with `need: never` forbids, and the device permits."""
        for part in self.answered.question.forbidden:
            flow = part.requirement
            for opening in openings(self.answered.answer, part.packets & self._possible):
                name = flow.name if flow else ""
                message = f"{name} is forbidden, and permitted"
                yield self._claim("FW212", "error", message, opening.packets, opening, flow)

    def _cleartext(self) -> Iterator[Claim]:
        """FW210: a protocol without encryption that the internet may use."""
        internet = self.policies.internet()
        for part in self.answered.question.required:
            flow = part.requirement
            if flow is None or flow.app.lower() not in _CLEARTEXT:
                continue
            for opening in openings(self.answered.answer, part.packets & internet & self._possible):
                message = f"{flow.name} is {flow.app}, without encryption, open from the internet"
                yield self._claim("FW210", "warning", message, opening.packets, opening, flow)
