"""Certain findings held against what their device does, alone and in the whole site."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.oracles.site import asked
from tests.oracles.site.connections import LONG, Connections
from tests.oracles.site.findings import BLOCKED, PASSES, Finding, Report
from tests.oracles.site.goals import is_at_goal, is_opened
from tests.oracles.site.groups import Outcome
from tests.oracles.site.half_open import first_packet_arrives
from tests.oracles.site.namespaces import Site
from tests.oracles.site.plan import Plan, Query

Doubtful = list[tuple[Finding, Query]]


class Alone(NamedTuple):
    """A built site, and what was said of it."""

    site: Site
    connections: Connections
    report: Report

    @property
    def plan(self) -> Plan:
        """What was built."""
        return self.site.plan

    def faults(
        self, witnesses: Doubtful, outcomes: Mapping[Query, Outcome]
    ) -> Iterator[tuple[str, str]]:
        """The findings whose packet does not do what they say, each with the kind of fault."""
        blocked = [(one, query) for one, query in witnesses if one.check in BLOCKED]
        for one, query in blocked:
            if self._works(one, query, outcomes[query]):
                yield "certain false alarm", told(one, "but it works")
        blocked = [(one, query) for one, query in blocked if not outcomes[query].works]
        opened = [
            (one, query)
            for one, query in witnesses
            if one.check in PASSES and not is_opened(self.plan, one, query, outcomes[query])
        ]
        for device in sorted({one.device for one, _ in (*blocked, *opened)}):
            yield from self._blocked([(f, q) for f, q in blocked if f.device == device], device)
            yield from self._opened([(f, q) for f, q in opened if f.device == device], device)
        self.site.whole()

    def _works(self, one: Finding, query: Query, outcome: Outcome) -> bool:
        return outcome.works and is_at_goal(self.plan, one, query, outcome)

    def _blocked(self, doubtful: Doubtful, device: str) -> Iterator[tuple[str, str]]:
        """With the filters of all other devices emptied, what is blocked still does not work."""
        if not doubtful:
            return
        self.site.only(device)
        alone = self.connections.ask([query for _, query in doubtful])
        suspects = [(f, q) for f, q in doubtful if self._works(f, q, alone[q])]
        if suspects:
            self.site.whole()
            again = self.connections.ask([query for _, query in suspects], LONG)
            for one, query in suspects:
                if again[query].works or not asked.has_ways(self.plan, query):
                    kind = "certain false alarm" if again[query].works else "wrong device"
                    yield kind, told(one, "but that device lets it work")

    def _opened(self, doubtful: Doubtful, device: str) -> Iterator[tuple[str, str]]:
        """With the filters of all others emptied, what is open gets to a machine that it is on."""
        if not doubtful:
            return
        self.site.only_there(device)
        alone = self.connections.ask([query for _, query in doubtful])
        late = [(f, q) for f, q in doubtful if not is_opened(self.plan, f, q, alone[q])]
        if any(f.check == "FW114" and f.device == device for f in self.report.findings):
            # What the rules open is so for whom neighbours know, and another finding says the rest.
            self.site.only_there(device, discovers=True)
        alone |= self.connections.ask([query for _, query in late], LONG)
        for one, query in late:
            outcome = alone[query]
            if self.site.at.get(query.source) is self.site.at.get(query.target):
                continue  # both are the internet: what nobody has there does not leave it
            if is_opened(self.plan, one, query, outcome) or asked.is_cut(self.plan, query):
                continue
            if outcome.machine:
                yield "certain false alarm", told(one, f"but it gets to {outcome.machine}")
            elif not first_packet_arrives(self.site, query):
                yield "certain false alarm", told(one, "but it does not pass")


def told(one: Finding, but: str) -> str:
    """A finding in words, and what speaks against it."""
    return f"{one.check} {one.flow} on {one.device}: {one.packet}; {one.affected}; {but}"
