"""Required flows that do not surely work on a device, and in which way they fail there.

Each is asked once; FW101 to FW112 read the answers and decide, each for itself, what is theirs.
"""

from collections.abc import Iterator, Mapping

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.site import Requirement, Service
from flowmodel.values import Values, difference, union
from linter.checks.evidence import Evidence
from linter.checks.proof import blocked
from linter.checks.required.chosen import required
from linter.checks.required.judgements import Judgement, unanswered
from linter.checks.required.trials import inside_ports, service_packets
from linter.checks.subject import Subject
from linter.engine.sets.space import PacketSet, minus


@dataclass(frozen=True, slots=True)
class Failing:
    """A judgement on a flow that has no alternatives, and what is wrong with its first packets.

    The sets are disjoint, and together they are all first packets that are not let through.
    """

    judgement: Judgement
    is_blocked: bool
    """Whether no packet passes for certain; `closed` and `shut` are empty then."""
    works_in_other_family: bool
    """Whether it works on the device in the other family, which all its ends have."""
    is_old_port_open: bool
    """Whether the port that the site moved away from is open for the same ends."""
    closed: PacketSet
    """What is certainly blocked because its port is, for every pair of addresses."""
    shut: PacketSet
    """What else is certainly blocked: some addresses, interfaces or ports of clients."""
    undecided: PacketSet
    """What is possibly blocked."""

    @property
    def requirement(self) -> Requirement:
        """The requirement."""
        return self.judgement.requirement

    @property
    def device(self) -> str:
        """The device's name."""
        return self.judgement.device

    @property
    def unread(self) -> PacketSet:
        """What is possibly blocked even if every limit and memory favours it."""
        return self.judgement.blocked_by_unread & self.undecided

    def has(self, packets: PacketSet) -> bool:
        """Whether there is a packet in the set."""
        return packets != self.judgement.space.false

    def evidence(self, packets: PacketSet | None = None) -> Evidence:
        """The proof that these packets are blocked, or any packet of the flow."""
        packets = self.judgement.space.true if packets is None else packets
        found = self.judgement.case("opening", packets)
        if found is None:
            raise AssertionError("no trial fails for these packets")
        return blocked(found)


def failing(subject: Subject) -> Iterator[Failing]:
    """What fails, or may fail, in either family."""
    for family in subject.families:
        yield from failing_in(subject, family)


def failing_in(subject: Subject, family: Family) -> list[Failing]:
    """What fails, or may fail, in one family."""
    return subject.once(_failing, family)


def _failing(subject: Subject, family: Family) -> list[Failing]:
    other: Family = 6 if family == 4 else 4
    elsewhere = subject.once(_working, other)
    return [
        _asked(judgement, other, elsewhere)
        for judgement, works in subject.once(_judged, family)
        if not judgement.requirement.any_of and not works
    ]


def _judged(subject: Subject, family: Family) -> list[tuple[Judgement, bool]]:
    """The judgements on what must or should work, each with whether it does."""
    return [(each, each.works) for each in required(subject, family)]


def _working(subject: Subject, family: Family) -> dict[tuple[str, str], bool]:
    """What works for certain in a family, by requirement and device; absent: nobody asked."""
    found: dict[tuple[str, str], bool] = {}
    for each, works in subject.once(_judged, family):
        key = (each.requirement.name, each.device)
        found[key] = works and found.get(key, True)
    return found | dict.fromkeys(unanswered(subject.survey(family)), False)


def _asked(
    judgement: Judgement, other: Family, elsewhere: Mapping[tuple[str, str], bool]
) -> Failing:
    space = judgement.space
    first = judgement.all_of("opening")
    is_blocked = judgement.fully_blocked
    closed = shut = space.false
    if not is_blocked and first.certain != space.false:
        closed = first.certain & _closed(judgement)
        shut = minus(first.certain, closed)
    works = elsewhere.get((judgement.requirement.name, judgement.device), False)
    return Failing(
        judgement,
        is_blocked=is_blocked,
        works_in_other_family=is_blocked and works and _has_family(judgement, other),
        is_old_port_open=is_blocked and _is_old_port_open(judgement),
        closed=closed,
        shut=shut,
        undecided=minus(first.possible, first.certain),
    )


def _has_family(judgement: Judgement, family: Family) -> bool:
    """Whether all ends that are cut off have addresses of the family."""
    ends = [end for t in judgement.trials for end in (t.part.source, t.part.destination)]
    return all(end is not None and end.addresses.of(family) for end in ends)


def _is_old_port_open(judgement: Judgement) -> bool:
    services = judgement.requirement.default_services
    for trial in judgement.trials:
        space = trial.space
        moved = trial.packets.exists(space.cube("proto", "dport"))
        old = moved & service_packets(trial, services)
        if minus(old, trial.answered.connections.opening.certain) != space.false:
            return False
    return bool(services)


def _closed(judgement: Judgement) -> PacketSet:
    """All packets to those ports of the requirement that are blocked for every address."""
    services = tuple(Service(proto, ports, "") for proto, ports in _closed_ports(judgement))
    return judgement.space.union(
        trial.packets & service_packets(trial, services) for trial in judgement.trials
    )


def _closed_ports(judgement: Judgement) -> Iterator[tuple[int, Values]]:
    """Protocols with those required ports that are blocked for every pair of addresses."""
    asked: dict[int, Values] = {}
    open_: dict[int, Values] = {}
    for service in judgement.requirement.services:
        asked[service.proto] = tuple(sorted(asked.get(service.proto, ()) + service.ports))
    for trial in judgement.trials:
        space = trial.space
        passing = minus(trial.packets, trial.blocked.certain)
        for proto in asked:
            of_proto = passing & space.within(space.fields["proto"], ((proto, proto),))
            ports = inside_ports(trial, of_proto, 65536)
            open_[proto] = tuple(sorted(open_.get(proto, ()) + ports))
    for proto, ports in asked.items():
        closed = difference(union(ports), union(open_.get(proto, ())))
        if closed:
            yield proto, closed
