"""One packet of a set as it comes to a device, for the interpreter."""

from linter.engine.packet.state import Known, State
from linter.engine.sets.header import Header
from linter.engine.sets.space import HEADER_FIELDS, Bits, PacketSet, Space
from linter.engine.sets.witness import Example


def arrival(space: Space, example_packet: Example, header: Header) -> State:
    """The packet as it comes to a device with the given header, for the interpreter.

    What depends on free variables is None.
    """
    assignment: dict[int | None, bool] = {}
    for field in HEADER_FIELDS:
        levels, value = space.levels(field), space.code(field, example_packet.values[field])
        for variable, position in levels.items():
            assignment[variable] = bool(value >> len(levels) - 1 - position & 1)
    sent = {id(space.fields[field]): example_packet.values[field] for field in HEADER_FIELDS}
    numbers = {
        field: sent[id(bits)] if id(bits) in sent else _known(bits, assignment)
        for field, bits in header.numbers.items()
    }
    for field in ("src", "dst", "proto", "sport", "dport"):
        numbers["orig_" + field] = numbers[field]
    names: dict[str, Known] = {
        field: header.names.get(field) for field in ("in", "out", "phys_in", "phys_out")
    }
    return State(numbers, names, space.family, tracked=numbers["state"] or 0)


def _known(value: Bits, assignment: dict[int | None, bool]) -> int | None:
    number = 0
    for bit in value:
        resolved = _resolve(bit, assignment)
        if resolved is None:
            return None
        number = number << 1 | int(resolved)
    return number


def _resolve(bit: PacketSet, assignment: dict[int | None, bool]) -> bool | None:
    node = bit
    while (children := node.cofactors()) is not None:
        variable = node.node_var()
        if variable not in assignment:
            return None
        node = children[0] if assignment[variable] else children[1]
    return node.valid()
