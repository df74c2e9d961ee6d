"""A set of addresses and source ports as a union of combinations of some of each."""

from collections.abc import Callable

from flowmodel.values import Values, union
from linter.engine.sets.readout import TooManyError, slices
from linter.engine.sets.space import PacketSet, Space

LIMIT = 500_000
"""How many ranges of one field are told apart."""
LINES = 10_000
"""How many lines are made of one set."""

Combination = tuple[Values, Values, Values]
"""Sources, destinations and source ports."""


class Combinations:
    """The combinations of the sets that a question comes upon, each made once.

    A list of many addresses takes far longer to read out of a diagram, or to make one of, than
    diagrams take to be compared. `spend` is called at every step; it raises where there were too
    many.
    """

    def __init__(self, space: Space, spend: Callable[[], None]) -> None:
        self._space = space
        self._spend = spend
        self._found: dict[PacketSet, list[Combination]] = {}
        self._sources: dict[PacketSet, dict[Values, Values]] = {}
        self._boxes: dict[Combination, PacketSet] = {}

    def of(self, packets: PacketSet) -> list[Combination]:
        """The combinations of a set that depends on nothing else, in as few as it takes.

        Raises TooManyError.
        """
        if packets not in self._found:
            found = self._found[packets] = self._combined(packets)
            if len(found) == 1:
                self._boxes[found[0]] = packets
        return self._found[packets]

    def box(self, sources: Values, destinations: Values, ports: Values) -> PacketSet:
        """All packets of a combination."""
        space, fields = self._space, self._space.fields
        key = sources, destinations, ports
        if key not in self._boxes:
            found = space.within(fields["src"], sources) & space.within(fields["dst"], destinations)
            self._boxes[key] = found & space.within(fields["sport"], ports)
        return self._boxes[key]

    def _combined(self, packets: PacketSet) -> list[Combination]:
        by_source: dict[tuple[Values, Values], list[tuple[int, int]]] = {}
        for of_dst, destinations in slices(self._space, packets, "dst", LIMIT).items():
            for ports, sources in self._by_port(of_dst).items():
                by_source.setdefault((sources, ports), []).extend(destinations)
            if len(by_source) > LINES:
                raise TooManyError
        return [(src, union(dst), ports) for (src, ports), dst in by_source.items()]

    def _by_port(self, packets: PacketSet) -> dict[Values, Values]:
        """The sources by the ports that they send from."""
        if packets not in self._sources:
            found: dict[Values, list[tuple[int, int]]] = {}
            for of_src, sources in slices(self._space, packets, "src", LIMIT).items():
                self._spend()
                for ports in map(tuple, slices(self._space, of_src, "sport", LIMIT).values()):
                    found.setdefault(ports, []).extend(sources)
            self._sources[packets] = {ports: union(each) for ports, each in found.items()}
        return self._sources[packets]
