"""How bad an opening is, whatever else is said of it: what people must not find open is an error.

So a site file is no greener than its exports: alone, they have FW215 for it.
"""

from collections.abc import Iterable, Iterator

from flowmodel.finding import LEVELS
from flowmodel.record import replace
from flowmodel.values import size
from linter.checks.exposure.claims import Claim
from linter.checks.exposure.policies import Policies
from linter.engine.sets.space import PacketSet
from linter.engine.sets.witness import projected
from linter.engine.site.exported import the_internet

_MOST = 256
"""More ranges of sources than that leave out some of the internet, and not the rest of it."""
_ERROR = LEVELS.index("error")


def weighed(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims of one family, as errors where anybody on the internet reaches a marked service.

    An encrypted login (SSH) is made to be reached from afar.
    """
    marked: PacketSet | None = None
    for claim in claims:
        if LEVELS.index(claim.level) >= _ERROR:
            yield claim
            continue
        marked = _marked(claim.crossing.policies) if marked is None else marked
        is_bad = _is_for_anybody(claim, claim.packets & marked)
        yield replace(claim, reason=replace(claim.reason, level="error")) if is_bad else claim


def _marked(policies: Policies) -> PacketSet:
    """What strangers send to marked services."""
    from linter.checks.open.marked import marked

    space = policies.space
    proto, dport = space.fields["proto"], space.fields["dport"]
    services = space.union(
        space.within(proto, ((each.proto, each.proto),)) & space.within(dport, each.ports)
        for each in marked(policies.site)
        if not each.is_for_login
    )
    return services & policies.strangers()


def _is_for_anybody(claim: Claim, packets: PacketSet) -> bool:
    space = claim.answered.space
    if packets == space.false:
        return False
    public = the_internet(claim.crossing.policies.site).of(space.family)
    sources = projected(space, packets, "src", _MOST)
    return len(sources) == _MOST or 2 * size(sources) > size(public)
