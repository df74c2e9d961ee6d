"""What rules change about one packet: marks, tracking, addresses and ports."""

from flowmodel import fields
from flowmodel.values import full
from flowmodel.verdict import (
    CopyMark,
    Effect,
    MapNetwork,
    NoTrack,
    SetMark,
    TranslateDestination,
    TranslateSource,
    UnknownMark,
    Verdict,
)
from linter.engine.packet.state import State


def with_effect(effect: Effect, numbers: dict[str, int | None]) -> dict[str, int | None]:
    """The packet's fields after one of a rule's effects."""
    match effect:
        case SetMark(field, keep, flip):
            old = numbers[field] if keep else 0
            return {**numbers, field: None if old is None else (old & keep) ^ flip}
        case CopyMark(source, field, source_mask, target_mask):
            new, old = numbers[source], numbers[field]
            if new is None or old is None:
                return {**numbers, field: None}
            return {**numbers, field: (old & ~target_mask) ^ (new & source_mask)}
        case NoTrack():
            return {**numbers, "state": fields.UNTRACKED}
        case UnknownMark(field, _):
            return {**numbers, field: None}


def forgotten(state: State) -> State:
    """The packet at another moment: an unread text may have another answer there.

    Header.context does the same for packet sets. A text with a space behind it is only told.
    """
    if all(text.endswith(" ") for text, _ in state.assumed):
        return state
    told = ((text if text.endswith(" ") else f"{text} ", answer) for text, answer in state.assumed)
    return state._replace(assumed=tuple(told))


def with_translation(translation: Verdict, state: State) -> State:
    """The packet after a verdict: as it was, unless that is a translation."""
    before = state.numbers
    numbers = dict(before)
    width = 32 if state.family == 4 else 128
    match translation:
        case TranslateDestination(addresses, ports, is_open):
            address, port = "dst", "dport"
        case TranslateSource(addresses, ports, is_open):
            address, port = "src", "sport"
        case MapNetwork(direction, network, mask):
            old = numbers[direction]
            numbers[direction] = None if old is None else (network & mask) | (old & ~mask)
            numbers[f"{direction}_type"] = None
            return forgotten(state._replace(numbers=_with_status(before, numbers, direction)))
        case _:
            return state
    if is_open or addresses != full(width):
        numbers[address] = addresses[0][0] if addresses[0][0] == addresses[-1][1] else None
        # What a new address is to this machine nobody knows, until routing tells.
        numbers[f"{address}_type"] = fields.LOCAL if is_open else None
    if before["proto"] in fields.PORT_PROTOCOLS and (ports != full(16) or address == "src"):
        numbers[port] = ports[0][0] if ports[0][0] == ports[-1][1] else None
    is_chosen = ports[0][0] != ports[-1][1] and (address == "src" or ports != full(16))
    moved = state._replace(
        numbers=_with_status(before, numbers, address, is_chosen=is_chosen),
        is_redirected=(is_open and address == "dst")
        or (state.is_redirected and numbers["dst"] == before["dst"]),
    )
    return forgotten(moved)


def _with_status(
    before: dict[str, int | None],
    after: dict[str, int | None],
    address: str,
    *,
    is_chosen: bool = False,
) -> dict[str, int | None]:
    """The fields with the connection's SNAT or DNAT bit, which is unknown where an end may change.

    `is_chosen`: the kernel may choose another port, or without ports another identifier of ICMP
    (net/netfilter/nf_nat_core.c, nf_nat_l4proto_unique_tuple).
    """
    port = "dport" if address == "dst" else "sport"
    bit = fields.DNAT if address == "dst" else fields.SNAT
    status = before["ct_status"]
    if status is not None and not status & bit:
        old, new = (before[address], before[port]), (after[address], after[port])
        if None in new:
            status = None
        elif old != new:
            status |= bit
        elif is_chosen:
            status = None
    return {**after, "ct_status": status}
