"""Rules that only accept, by their addresses at one end: they tell most of them apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal

from flowmodel.fields import NEW, Family
from flowmodel.match import Condition, Name, name_holds
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Rule
from flowmodel.values import Values, contains
from flowmodel.verdict import Accept
from linter.engine.device.row import Own

End = Literal["src", "dst"]

_TRIES: Final = 4
_RANDOM: Final = 0x9E3779B97F4A7C15


class Probe(NamedTuple):
    """A rule, and a packet that it matches with whichever of its addresses at the end."""

    at: int
    """Its place in the chain."""
    addresses: Values | None
    """Empty for every address; None where the rule asks for more than values of fields."""
    state: int
    port: int

    def tried(self, family: Family) -> Iterator[int]:
        """Some of the addresses."""
        if self.addresses:
            yield from (first for first, _ in islice(self.addresses, _TRIES))
        elif self.addresses is not None:
            bits = 32 if family == 4 else 128
            yield from ((_RANDOM * number >> 12) % (1 << bits) for number in range(1, _TRIES + 1))


class Ends:
    """The rules of a chain that accept, in one address family.

    The packets that are asked about come by interfaces of the usual names.
    """

    __slots__ = ("_rest", "_single", "_wide", "probes")

    def __init__(
        self, rules: Sequence[Rule], end: End, family: Family, usual: Mapping[str, str]
    ) -> None:
        self.probes: list[Probe] = []
        self._single: dict[int, int] = {}
        """By the one address that rules are about, how many they are."""
        self._wide: list[Values] = []
        self._rest: list[tuple[Values, Values]] = []
        """States and destination ports of rules about every address; empty for all of them."""
        for at, rule in enumerate(rules):
            if isinstance(rule.verdict, Accept):
                own = Own(rule.match, family)
                if own.is_for:
                    self._add(at, own, end, usual)

    def _add(self, at: int, own: Own, end: End, usual: Mapping[str, str]) -> None:
        tests = own.tests
        values = tests.get(end, ())
        states, ports = tests.get("state", ()), tests.get("dport", ())
        if len(values) == 1 and values[0][0] == values[0][1]:
            self._single[values[0][0]] = self._single.get(values[0][0], 0) + 1
        elif values:
            self._wide.append(values)
        elif not _is_elsewhere(own.others, usual):
            self._rest.append((states, ports))
        state = NEW if not states or contains(states, NEW) else states[0][0]
        port = ports[0][0] if ports else 0
        # No field is tested twice, and no test is empty: there is such a packet.
        self.probes.append(Probe(at, None if own.others else values, state, port))

    def count(self, address: int, state: int, port: int) -> int:
        """How many of the rules may match packets with such values, at most."""
        found = self._single.get(address, 0)
        for values in self._wide:
            if contains(values, address):
                found += 1
        for states, ports in self._rest:
            if (not states or contains(states, state)) and (not ports or contains(ports, port)):
                found += 1
        return found


def _is_elsewhere(conditions: Iterable[Condition], usual: Mapping[str, str]) -> bool:
    """Whether some condition is about interfaces of other names than the usual ones."""
    return any(
        isinstance(each, Name) and not name_holds(each, usual[each.field]) for each in conditions
    )
