"""Between which machines services work: what judgements say, without the services themselves."""

from collections.abc import Iterable, Sequence

from flowmodel.site import Service
from linter.checks.required.judgements import Judgement
from linter.checks.required.trials import PHASES, service_packets
from linter.engine.sets.space import PacketSet, Space, minus

_SERVICE = ("proto", "sport", "dport", "icmp_type", "icmp_code", "tcp_flags")
"""The fields that tell services apart, and not the machines that use them."""


def works(group: Sequence[Judgement]) -> bool:
    """Whether one alternative works for certain between all its machines."""
    return pairs_lost(group, surely=False) == group[0].space.false


def pairs_lost(group: Sequence[Judgement], *, surely: bool) -> PacketSet:
    """The pairs of addresses between which every alternative fails: for certain, or possibly.

    Each pair may use another one: what is open for one client is no help to the next.
    """
    space = group[0].space
    asked = served = space.false
    for service in group[0].requirement.services:
        pairs = pairs_asked(group, service)
        asked = asked | pairs
        served = served | minus(pairs, pairs_failing(group, service, surely=surely))
    return minus(asked, served)


def pairs_open(group: Sequence[Judgement]) -> PacketSet:
    """The pairs between which the first packets of a flow surely pass.

    Those of one service are enough where one of several services is.
    """
    space, flow = group[0].space, group[0].requirement
    found = []
    for service in flow.services:
        packets = [packets_of(each, service) for each in group]
        stopped = (e.part_of("opening", p).possible for e, p in zip(group, packets, strict=True))
        found.append((pairs_of(space, packets), pairs_of(space, stopped)))
    if flow.any_of:
        result = space.union(minus(asked, lost) for asked, lost in found)
    else:
        lost = space.union(lost for _, lost in found)
        result = minus(space.union(asked for asked, _ in found), lost)
    # To a group the packets have another address than the machines that get them.
    return result.exists(space.cube("dst")) if flow.group else result


def pairs_asked(group: Sequence[Judgement], service: Service) -> PacketSet:
    """The pairs of addresses that are asked about a service; none in the other family of ICMP."""
    return pairs_of(group[0].space, (packets_of(judgement, service) for judgement in group))


def packets_of(judgement: Judgement, service: Service) -> PacketSet:
    """The packets of the service, as they are sent."""
    return judgement.space.union(
        trial.packets & service_packets(trial, (service,)) for trial in judgement.trials
    )


def pairs_failing(group: Sequence[Judgement], service: Service, *, surely: bool) -> PacketSet:
    """The pairs between which a service fails somewhere, in any phase."""
    found = (
        judgement.part_of(phase, packets_of(judgement, service))
        for judgement in group
        for phase in PHASES
    )
    return pairs_of(group[0].space, (each.certain if surely else each.possible for each in found))


def pairs_of(space: Space, packets: Iterable[PacketSet]) -> PacketSet:
    """The pairs of addresses that packets are between."""
    return space.union(packets).exists(space.cube(*_SERVICE))
