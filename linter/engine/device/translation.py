"""Address translation: what the rules behind it see of a packet.

A value that the kernel chooses is a fresh free variable within what it may choose. This is sound in
both directions: the real choice is one of the variable's values, so what holds for all of them
("certain") holds for it, and what holds for none of them ("not even possible") does not. Two
choices get two variables even where the kernel would choose alike; that can make an answer possible
which is certain on the device, and never the other way round.
"""

from collections.abc import Sequence

from flowmodel import fields
from flowmodel.values import Values, full
from flowmodel.verdict import (
    MapNetwork,
    TranslateDestination,
    TranslateSource,
    Translation,
)
from linter.engine.sets.header import Header
from linter.engine.sets.space import Bits, Box, PacketSet, Space


def translated(
    space: Space, header: Header, box: Box, translation: Translation
) -> tuple[Header, Box]:
    """The header and box behind a translation.

    Where the kernel chooses (a range, a port that avoids a clash, the device's own address), the
    value is free within what it may choose.
    """
    if space.stand_ins is not None:
        raise space.needs_bits()
    space.topic = translation, 0
    try:
        return _translated(space, header, box, translation)
    finally:
        space.topic = None


def _translated(
    space: Space, header: Header, box: Box, translation: Translation
) -> tuple[Header, Box]:
    match translation:
        case TranslateDestination(addresses, ports, local):
            return _ends(space, header, box, "dst", "dport", addresses, ports, is_open=local)
        case TranslateSource(addresses, ports, masquerade):
            return _ends(space, header, box, "src", "sport", addresses, ports, is_open=masquerade)
        case MapNetwork(direction, network, mask):
            return _mapped(space, header, box, direction, network, mask)


def _ends(
    space: Space,
    header: Header,
    box: Box,
    address: str,
    port: str,
    addresses: Values,
    ports: Values,
    *,
    is_open: bool,
) -> tuple[Header, Box]:
    width = 32 if space.family == 4 else 128
    box = dict(box)
    numbers = dict(header.numbers)
    if is_open or addresses != full(width):
        numbers[address] = _value(space, addresses, width)
        kind = space.constant(fields.LOCAL, 4) if is_open else _type(space, header, addresses)
        numbers[f"{address}_type"] = kind
        box[address] = addresses
    moves_port = ports != full(16)
    if moves_port or address == "src":
        new = _value(space, ports, 16)
        has_ports = space.within(
            header.numbers["proto"],
            tuple((proto, proto) for proto in sorted(fields.PORT_PROTOCOLS)),
        )
        # A source port may change even where no rule says so, to keep connections apart
        # (net/netfilter/nf_nat_core.c, get_unique_tuple).
        numbers[port] = space.choose(has_ports, new, header.numbers[port])
        box.pop(port, None)
    box.pop("ct_status", None)
    after = Header(numbers, header.names, header.context)
    chosen = [
        field
        for field, values in ((address, addresses), (port, ports))
        if numbers[field] is not header.numbers[field] and not _is_one(values)
    ]
    return _with_status(space, header, after, address, chosen).moved(), box


def _is_one(values: Values) -> bool:
    return len(values) == 1 and values[0][0] == values[0][1]


def _type(space: Space, header: Header, addresses: Values = ()) -> Bits:
    """What a new address is to this machine: nobody knows, until routing tells."""
    if _is_one(addresses):
        return space.address_type(header.context, addresses)
    return space.fresh(4, full(4))


def _value(space: Space, values: Values, width: int) -> Bits:
    if _is_one(values):
        return space.constant(values[0][0], width)
    return space.fresh(width, values)


def _mapped(
    space: Space, header: Header, box: Box, direction: str, network: int, mask: int
) -> tuple[Header, Box]:
    old = header.numbers[direction]
    width = len(old)
    new: list[PacketSet] = []
    for position, bit in enumerate(old):
        shift = width - 1 - position
        if mask >> shift & 1:
            bit = space.true if network >> shift & 1 else space.false  # noqa: PLW2901
        new.append(bit)
    rest = {k: v for k, v in box.items() if k not in (direction, "ct_status")}
    changed = {direction: tuple(new), f"{direction}_type": _type(space, header)}
    after = Header({**header.numbers, **changed}, header.names, header.context)
    return _with_status(space, header, after, direction).moved(), rest


def _with_status(
    space: Space, before: Header, after: Header, address: str, chosen: Sequence[str] = ()
) -> Header:
    """The header with the connection's SNAT or DNAT bit set where an end really changed.

    Source: nf_nat_setup_info (net/netfilter/nf_nat_core.c) compares the tuples. Whether a value
    that the kernel chooses differs is left open: to compare two free addresses takes 2^32 nodes.
    """
    changed = space.false
    for field in (address, "dport" if address == "dst" else "sport"):
        old, new = before.numbers[field], after.numbers[field]
        if field in chosen:
            changed = changed | space.fresh(1, ((0, 1),))[0]
        else:
            for before_bit, after_bit in zip(old, new, strict=True):
                changed = changed | (before_bit ^ after_bit)
    status = fields.DNAT if address == "dst" else fields.SNAT
    bits = list(before.numbers["ct_status"])
    position = len(bits) - status.bit_length()
    bits[position] = bits[position] | changed
    return after.with_number("ct_status", tuple(bits))
