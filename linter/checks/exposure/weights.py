"""How bad an opening is at least: by what it is a door to, and for whom.

A site says what may be open, and is never a reason to take less seriously what an export alone is
an error for: see `open/findings.py`, which weighs exports by themselves.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from flowmodel.finding import LEVELS, Level
from flowmodel.record import replace
from flowmodel.site import Service
from linter.checks.exposure.claims import Claim
from linter.checks.exposure.policies import Policies
from linter.checks.open.marked import Marked, marked
from linter.checks.open.words import Namer
from linter.engine.device.connection import without_flags
from linter.engine.sets.between import of_services
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet
from linter.engine.site.survey import Answered

_MOST: Final = 256
"""More ranges of sources than that leave out some of the internet, and not the rest of it."""


class Weights:
    """What strangers reach of the marked services by the openings at one crossing."""

    def __init__(self, policies: Policies, answered: Answered) -> None:
        self._policies = policies
        self._answered = answered

    def weighed(self, claims: Iterable[Claim], opening: PacketSet) -> list[Claim]:
        """The claims on one opening, as bad at least as what is open by them."""
        every = list(claims)
        for packets, level in self._least(opening) if every else ():
            every = [self._at_least(each, packets, level) for each in every]
        return every

    def _at_least(self, claim: Claim, packets: PacketSet, level: Level) -> Claim:
        is_less = LEVELS.index(claim.level) < LEVELS.index(level)
        if not is_less or claim.packets & packets == self._policies.space.false:
            return claim
        return replace(claim, reason=replace(claim.reason, level=level))

    def _least(self, opening: PacketSet) -> Iterable[tuple[PacketSet, Level]]:
        """What strangers reach by an opening, and how bad that is at least."""
        # An encrypted login is made to be reached from afar.
        steps: tuple[tuple[PacketSet, Level, Level | None], ...] = (
            (self._services, "error", "warning"),
            (self._logins, "warning", None),
        )
        for services, of_anybody, of_some in steps:
            packets = opening & services & self._strangers
            if packets == self._policies.space.false:
                continue
            sources = projected(self._policies.space, packets, "src", _MOST)
            if len(sources) == _MOST or self._namer.reaches_internet(sources):
                yield packets, of_anybody
            elif of_some is not None and self._namer.has_strangers(sources):
                yield packets, of_some

    @cached_property
    def _namer(self) -> Namer:
        return Namer(self._policies.space.family, {})

    @cached_property
    def _marked(self) -> tuple[Marked, ...]:
        return marked(self._policies.site)

    @cached_property
    def _strangers(self) -> PacketSet:
        """The packets from addresses that are not private, whatever the site calls them."""
        space = self._policies.space
        return ~space.within(space.fields["src"], self._namer.private)

    @cached_property
    def _services(self) -> PacketSet:
        return self._arriving_at(each for each in self._marked if not each.is_for_login)

    @cached_property
    def _logins(self) -> PacketSet:
        return self._arriving_at(each for each in self._marked if each.is_for_login)

    def _arriving_at(self, several: Iterable[Marked]) -> PacketSet:
        """The packets that leave the device for such a service, at whatever port they came."""
        space = self._policies.space
        services = [Service(each.proto, each.ports, "") for each in several]
        found = space.false
        for strand in self._answered.connections.passage.passed:
            found |= strand.packets & of_services(space, strand.header.numbers, services)
        return without_flags(space, space.some(found))
