"""The source ports of clients: which ones a finding is about, and which ones most clients use."""

from flowmodel.values import Values, is_subset
from linter.checks.required.judgements import Judgement
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.words import ports_in_words

# Linux takes 32768-60999 (net.ipv4.ip_local_port_range), Windows since Vista and macOS take
# 49152-65535 (RFC 6335). Others are below: FreeBSD, older systems, and whatever translates sources
# (NAT gateways, load balancers) use all from 1024 or 10000 on.
COMMON: Values = ((32768, 65535),)
_LIMIT = 256


def ports_of(judgement: Judgement, packets: PacketSet) -> str:
    """The clients' ports in words; empty where all that clients of the flow use are meant."""
    space = judgement.space
    asked = space.union(trial.packets for trial in judgement.trials)
    ports = projected(space, packets, "sport", _LIMIT)
    is_all = is_subset(projected(space, asked, "sport", _LIMIT), ports)
    return "" if is_all else ports_in_words(ports)


def are_rare(space: Space, packets: PacketSet) -> bool:
    """Whether only clients are concerned that use ports below the common ones."""
    return packets & space.within(space.fields["sport"], COMMON) == space.false
