"""Whether single packets are in a set."""

from collections.abc import Mapping, Sequence

from linter.engine.sets.space import PacketSet

_FALSE, _TRUE = 0, 1


class Membership:
    """A set, asked about many packets one after the other.

    The way through its diagram is noted down where a packet goes it for the first time: asking the
    diagram itself takes all bits of the packet, and a way is much shorter.
    """

    def __init__(self, packets: PacketSet, places: Mapping[int, tuple[int, int]]) -> None:
        """`places` holds for each variable the index of its number, and the bit's place in it."""
        self._places = places
        self._nodes: list[PacketSet | None] = [None, None]
        self._known: dict[PacketSet, int] = {}
        self._steps: list[tuple[int, int, int, int] | None] = [None, None]
        self._start = self._number(packets)

    def holds(self, numbers: Sequence[int]) -> bool:
        """Whether the packet with these numbers is in the set."""
        steps = self._steps
        at = self._start
        while at > _TRUE:
            index, shift, zero, one = steps[at] or self._step(at)
            at = one if numbers[index] >> shift & 1 else zero
        return at == _TRUE

    def _step(self, at: int) -> tuple[int, int, int, int]:
        """The number and bit that a node asks for, and the nodes behind it for 0 and 1."""
        node = self._nodes[at]
        assert node is not None
        variable, children = node.node_var(), node.cofactors()
        assert variable is not None
        assert children is not None
        one, zero = children
        step = (*self._places[variable], self._number(zero), self._number(one))
        self._steps[at] = step
        self._nodes[at] = None
        return step

    def _number(self, node: PacketSet) -> int:
        if not node.satisfiable():
            return _FALSE
        if node.valid():
            return _TRUE
        if node not in self._known:
            self._known[node] = len(self._nodes)
            self._nodes.append(node)
            self._steps.append(None)
        return self._known[node]
