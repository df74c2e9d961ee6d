"""What is to say of openings: the reasons for which one is too broad, and the claims they make.

An opening is what one rule lets through at one crossing beyond all that the policies ask for.
"""

from collections.abc import Callable, Iterable

from flowmodel.finding import Level
from flowmodel.record import dataclass
from flowmodel.ruleset import Rule
from flowmodel.site import Requirement
from flowmodel.values import Values
from linter.checks.check import Check
from linter.checks.exposure.crossings import Crossing, crossings
from linter.checks.subject import Subject
from linter.engine.device.connection import Outcome
from linter.engine.device.openings import Opening
from linter.engine.sets.space import PacketSet
from linter.engine.site.survey import Answered


@dataclass(frozen=True, slots=True)
class Opened:
    """The words for what one rule opens, at all crossings and in both families."""

    ports: str
    """`443/tcp`, or `every service`."""
    verb: str
    """`is` or `are`."""
    hosts: str
    """The machines that are reached, of those that the reason is about."""
    sources: str
    """`the internet and office`: the networks of the site from which packets come."""
    destinations: str
    """The networks to which they go."""
    where: str
    """` through edge`; nothing for a machine's own firewall that has the machine's name."""

    def is_open(self, hosts: str = "", how: str = "open") -> str:
        """`443/tcp on web is open to the internet through edge`."""
        on = f"on {hosts or self.hosts}"
        return f"{self.ports} {on} {self.verb} {how} to {self.sources}{self.where}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some packets are too much, as one check sees it."""

    check: Check
    packets: PacketSet
    say: Callable[[Opened], str]
    """The headline, from the words for all that the rule opens."""
    requirement: Requirement | None = None
    """The flow that the opening has to do with, if there is one."""
    subject: str = ""
    """The machine that it is about, where no flow says so."""
    level: Level | None = None
    only_with: PacketSet | None = None
    """It only holds where one of these packets is among those that pass, if it names some."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A reason that the policies alone give, whatever rule the opening has."""

    reason: Reason
    ports: Values
    """The destination ports that its packets have at most."""
    is_anywhere: bool = False
    """Whether it is as bad if a port-forward from another number leads to the flow's port."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing to report of one rule at one crossing; its evidence is made only if it is shown."""

    reason: Reason
    crossing: Crossing
    packets: PacketSet
    """Those packets of the reason that the rule lets through, and that nothing else claimed."""
    rule: Rule | None

    @property
    def answered(self) -> Answered:
        """The question at the crossing, with its answer."""
        return self.crossing.answered

    @property
    def device(self) -> str:
        """The device's name."""
        return self.answered.question.crossing.device.name

    @property
    def level(self) -> Level:
        """How bad it is."""
        return self.reason.level or self.reason.check.level

    @property
    def alike(self) -> tuple[str, ...]:
        """What makes claims alike: the check, the device, and what they are about."""
        reason = self.reason
        flow = reason.requirement.name if reason.requirement else ""
        return reason.check.id, self.device, flow, reason.subject

    @property
    def outcome(self) -> Outcome:
        """The packets that are let through for certain, and possibly."""
        return self.crossing.outcome(self.packets)


def claimed(reason: Reason, crossing: Crossing, opening: Opening) -> Claim:
    """The claim that the reason makes on a whole opening."""
    return Claim(reason, crossing, opening.packets, opening.rule)


def claims_of(subject: Subject, claims: Callable[[Crossing], Iterable[Claim]]) -> list[Claim]:
    """The claims that the function makes at all crossings; raises TooComplexError."""
    found: list[Claim] = []
    # All crossings first: what they take is counted as the survey's work.
    every = list(crossings(subject))
    with subject.claims.question():
        for crossing in every:
            for claim in claims(crossing):
                subject.claims.spend()
                found.append(claim)
    return found
