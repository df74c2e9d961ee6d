"""What `-m addrtype` asks: what routing says of addresses, and in IPv6 what they look like."""

from typing import Final, Literal

from flowmodel import fields
from flowmodel.fields import FOR_MANY, Family, NumberField
from flowmodel.match import Match, Test, Unread
from flowmodel.values import Values, complement, single, union
from parsers.iptables.conditions import either, negate
from parsers.iptables.converters import Converter
from parsers.iptables.options import Answer, Asked
from parsers.shared.values import MalformedError

_MAPPED: Final = (0xFFFF << 32, (0xFFFF << 32) + 0xFFFFFFFF)
# net/ipv6/addrconf_core.c, __ipv6_addr_type: neither `::`, a mapped address nor a group.
_LOOKS: Final[dict[str, Values]] = {
    "UNICAST": complement(union((*FOR_MANY[6], (0, 0), _MAPPED)), 128),
    "MULTICAST": FOR_MANY[6],
    "UNSPEC": single(0),
}
_OF_INTERFACES: Final = frozenset({"LOCAL", "BROADCAST", "ANYCAST", "MULTICAST"})
_Side = Literal["src", "dst"]


def address_type(side: _Side) -> Converter:
    """The kinds of address of a sender or a destination."""
    field: NumberField = "src_type" if side == "src" else "dst_type"

    def convert(asked: Asked) -> Match:
        kinds = _kinds(asked)
        if asked.family == 6:
            looks, kinds = kinds & _LOOKS.keys(), kinds - _LOOKS.keys()
            match: Match = tuple(Test(side, _LOOKS[each]) for each in sorted(looks))
            return (*match, _routed(field, kinds)) if kinds else match
        return (_routed(field, kinds),)

    return convert


def _kinds(asked: Asked) -> set[str]:
    found = set(asked.value.upper().split(","))
    for name in asked.value.split(","):
        if name.upper() not in fields.ADDRESS_TYPES:
            raise MalformedError(f"`{name}` is no address type", asked.value)
    return found


def _routed(field: NumberField, kinds: set[str]) -> Test:
    numbers = (fields.ADDRESS_TYPES[each] for each in kinds)
    return Test(field, union((number, number) for number in numbers))


def addrtype(answers: list[Answer]) -> Match:
    """The kinds of both addresses, perhaps as one interface sees them.

    xt_addrtype.c: IPv6 asks what an address looks like for each of `_LOOKS` that is named, and
    besides for one of the others (match_type6). With fib_frontend.c, __inet_dev_addr_type: what
    another interface owns becomes UNICAST, so `--limit-iface-in` narrows the other kinds and widens
    UNICAST.
    """
    limits = " ".join(a.asked.text for a in answers if a.asked.option.startswith("--limit"))
    match: Match = ()
    for answer in answers:
        if answer.asked.option.startswith("--limit"):
            continue
        kinds = answer.match
        if limits:
            text = Unread(f"{answer.asked.text} {limits.removeprefix('-m addrtype ')}")
            kinds = _limited(kinds, _kinds(answer.asked), text, answer.asked.family)
        match += negate(kinds, answer.asked.family) if answer.is_negated else kinds
    return match


def _limited(match: Match, kinds: set[str], text: Unread, family: Family) -> Match:
    if family == 6 and kinds <= _LOOKS.keys():
        return match
    if kinds <= _OF_INTERFACES or (family == 6 and "UNREACHABLE" not in kinds):
        return (*match, text)
    return either(match, (text,)) if kinds == {"UNICAST"} else (text,)
