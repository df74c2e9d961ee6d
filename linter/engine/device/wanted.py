"""Which of all packets that others send a device are asked about, where not all of them matter."""

from collections.abc import Mapping, Sequence

from flowmodel.fields import Family
from flowmodel.match import Test
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Rule, RuleSet, base_chains
from flowmodel.values import Values, contains, full, intersection, single, union
from flowmodel.verdict import TranslateDestination
from linter.engine.device.program import called_from
from linter.engine.sets.space import Box, PacketSet, Space

Services = Mapping[int, Values]
"""The ports of protocols."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Packets for some services; what becomes of them depends on no others."""

    services: Services
    sources: Values
    destinations: Values

    def packets(self, space: Space) -> PacketSet:
        """The packets."""
        ends = space.within(space.fields["src"], self.sources)
        ends &= space.within(space.fields["dst"], self.destinations)
        return ends & self.of_services(space)

    def sent_to(self, destinations: Values) -> "Wanted":
        """Those to some destinations."""
        return replace(self, destinations=intersection(self.destinations, destinations))

    def of_services(self, space: Space) -> PacketSet:
        """All packets for the services."""
        proto, dport = space.fields["proto"], space.fields["dport"]
        return space.union(
            space.within(proto, single(number)) & space.within(dport, ports)
            for number, ports in self.services.items()
        )

    def of_box(self, box: Box) -> Box:
        """What is left of a box that has values of both ends."""
        return {
            **box,
            "src": intersection(box["src"], self.sources),
            "dst": intersection(box["dst"], self.destinations),
            "proto": union((number, number) for number in self.services),
            "dport": union(each for ports in self.services.values() for each in ports),
        }


def before_translation(
    rulesets: Sequence[RuleSet], family: Family, services: Services
) -> Services | None:
    """The services that become one of these on their way, with these themselves.

    A rule that gives packets another port tells of itself which ones it may match: those that its
    own conditions name, or all. None where several base chains do so, as a later one sees the
    ports that an earlier one has given.
    """
    found = {proto: list(ports) for proto, ports in services.items()}
    translating = [
        moving
        for table, base in base_chains(rulesets, family)
        if (moving := [*filter(_moves, (r for c in called_from(table, base) for r in c.rules))])
    ]
    if len(translating) > 1:
        return None
    for rule in (rule for moving in translating for rule in moving):
        assert isinstance(rule.verdict, TranslateDestination), "asked for above"
        for proto, ports in services.items():
            if contains(_named(rule, "proto", 8), proto) and intersection(
                rule.verdict.ports, ports
            ):
                found[proto] += _named(rule, "dport", 16)
    return {proto: union(ports) for proto, ports in found.items()}


def _moves(rule: Rule) -> bool:
    """Whether it gives packets another port."""
    return isinstance(rule.verdict, TranslateDestination) and rule.verdict.ports != full(16)


def _named(rule: Rule, field: str, bits: int) -> Values:
    """The values that packets have which the rule matches, as far as its conditions say."""
    values = full(bits)
    for each in rule.match:
        if isinstance(each, Test) and each.field == field:
            values = intersection(values, each.values)
    return values
