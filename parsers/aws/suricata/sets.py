"""What the addresses and ports of Suricata's rules stand for: groups, exceptions, variables.

Suricata User Guide, "Rules Format", and its rule-vars: a variable is a group with a name.
"""

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.record import NamedTuple
from flowmodel.values import EMPTY, Values, complement, full, intersection, union
from parsers.aws.suricata.signature import Atom, Group, Item, RuleError

_Sets = tuple[Values, ...]
_ADDRESS_BITS: Final = (32, 128)
_PORT_BITS: Final = (16,)
ANY_ADDRESS: Final = Addresses(full(32), full(128))
MOST: Final = 100_000
"""Addresses and ports that a group may name, its variables written out."""
DEEPEST: Final = 16
"""Variables in variables."""
_NOTHING: Final = "nothing is left of it"
_OTHER_FAMILY: Final = "whether exceptions of one address family leave those of the other"


class Unresolved(NamedTuple):
    """A set that the export does not tell, and why."""

    reason: str


class Partly(NamedTuple):
    """A set of which the export does not tell whether some addresses are in it, and why."""

    addresses: Addresses
    """Those that surely are."""
    perhaps: Addresses
    reason: str


Named = Callable[[str], "Item | Addresses | Unresolved"]
"""What a variable (`$NAME`) or a reference (`@NAME`) stands for."""


class _UnknownError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Kind(NamedTuple):
    bits: tuple[int, ...]
    read: Callable[[Atom], _Sets]
    named: Named

    def everything(self) -> _Sets:
        return tuple(full(bits) for bits in self.bits)

    def minus(self, left: _Sets, right: _Sets) -> _Sets:
        return tuple(
            intersection(one, complement(other, bits))
            for one, other, bits in zip(left, right, self.bits, strict=True)
        )

    def joined(self, sets: list[_Sets]) -> _Sets:
        return tuple(union(each for one in sets for each in one[n]) for n in range(len(self.bits)))


def addresses(item: Item, named: Named) -> Addresses | Partly | Unresolved:
    """The addresses that an item stands for; raises RuleError for what is no address.

    Suricata adds everything to exceptions alone for each family by itself (DetectAddressMergeNot in
    detect-engine-address.c): `!10.0.0.0/8` is no address of IPv6. The words say otherwise, and so
    does Network Firewall's guide of EXTERNAL_NET.
    """
    found = _resolved(item, _Kind(_ADDRESS_BITS, _address, named))
    if isinstance(found, Unresolved):
        return found
    whole, by_family = (Addresses(*each) for each in found)
    surely = whole & by_family
    perhaps = (whole | by_family) - surely
    return Partly(surely, perhaps, _OTHER_FAMILY) if perhaps else whole


def ports(item: Item, named: Named) -> Values | Unresolved:
    """The ports that an item stands for; raises RuleError for what is no port."""
    found = _resolved(item, _Kind(_PORT_BITS, _port, named))
    return found if isinstance(found, Unresolved) else found[0][0]


def _resolved(item: Item, kind: _Kind) -> tuple[_Sets, _Sets] | Unresolved:
    """The set, with exceptions as for all families and for each; nested ones read in two ways.

    Suricata keeps one list of what a group names and one of its exceptions, over all its levels
    (detect-engine-address.c, DetectAddressParse2), where the text suggests sets in sets.
    """
    if isinstance(item, Atom) and item.text[0] not in "$@":
        sets = kind.read(item)
        parts = [(sets, item.is_negated)]
        plain = _without_exceptions(parts, kind)
        return (plain, _by_family(parts, kind)) if any(plain) else Unresolved(_NOTHING)
    try:
        parts = list(islice(_flat(item, kind, is_negated=False, path=()), MOST + 1))
        if len(parts) > MOST:
            return Unresolved(f"more than {MOST} parts")
        flat = _without_exceptions(parts, kind)
        if flat != _nested(item, kind):
            return Unresolved("exceptions in exceptions")
    except _UnknownError as unknown:
        return Unresolved(unknown.reason)
    if not any(flat):
        return Unresolved(_NOTHING)
    return flat, _by_family(parts, kind)


def _by_family(parts: list[tuple[_Sets, bool]], kind: _Kind) -> _Sets:
    """The same, with everything added in a family where exceptions alone are."""
    named = kind.joined([sets for sets, is_negated in parts if not is_negated])
    exceptions = kind.joined([sets for sets, is_negated in parts if is_negated])
    whole = tuple(
        every if without and not its else its
        for every, its, without in zip(kind.everything(), named, exceptions, strict=True)
    )
    return kind.minus(whole, exceptions)


def _without_exceptions(parts: list[tuple[_Sets, bool]], kind: _Kind) -> _Sets:
    """All that is named, or everything if nothing is, without the exceptions."""
    named = [sets for sets, is_negated in parts if not is_negated]
    exceptions = [sets for sets, is_negated in parts if is_negated]
    return kind.minus(kind.joined(named) if named else kind.everything(), kind.joined(exceptions))


def _flat(
    item: Item, kind: _Kind, *, is_negated: bool, path: tuple[str, ...]
) -> Iterator[tuple[_Sets, bool]]:
    negated = is_negated != item.is_negated
    if isinstance(item, Group):
        for each in item.items:
            yield from _flat(each, kind, is_negated=negated, path=path)
    elif item.text[0] in "$@":
        meant = _meant(item, kind, path)
        if isinstance(meant, Addresses):
            yield (meant.v4, meant.v6), negated
        else:
            yield from _flat(meant, kind, is_negated=negated, path=(*path, item.text))
    else:
        yield kind.read(item), negated


def _nested(item: Item, kind: _Kind, path: tuple[str, ...] = ()) -> _Sets:
    if isinstance(item, Group):
        parts = [(_positive(each, kind, path), each.is_negated) for each in item.items]
        sets = _without_exceptions(parts, kind)
    else:
        sets = _positive(item, kind, path)
    return kind.minus(kind.everything(), sets) if item.is_negated else sets


def _positive(item: Item, kind: _Kind, path: tuple[str, ...]) -> _Sets:
    """What an item stands for without the `!` before it."""
    if isinstance(item, Group):
        return _nested(item._replace(is_negated=False), kind, path)
    if item.text[0] not in "$@":
        return kind.read(item)
    meant = _meant(item, kind, path)
    if isinstance(meant, Addresses):
        return meant.v4, meant.v6
    return _nested(meant, kind, (*path, item.text))


def _meant(item: Atom, kind: _Kind, path: tuple[str, ...]) -> Item | Addresses:
    if item.text in path:
        raise _UnknownError(f"{item.text} is defined by itself")
    if len(path) >= DEEPEST:
        raise _UnknownError("variables in variables without end")
    meant = kind.named(item.text)
    if isinstance(meant, Unresolved):
        raise _UnknownError(meant.reason)
    return meant


def _address(atom: Atom) -> _Sets:
    text = atom.text
    if text.lower() == "any":
        return full(32), full(128)
    try:
        if "-" in text:
            first, last = (ip_address(end) for end in text.split("-"))
            interval = (int(first), int(last))
            version = first.version
            if interval[0] > interval[1] or version != last.version:
                raise RuleError(f"`{text}` is no range of addresses", atom.at)
        else:
            mask = text.partition("/")[2]
            if "." in mask and not mask.startswith("255."):
                raise RuleError(f"`{text}` is no address", atom.at)  # ipaddress reads host masks
            network = ip_network(text, strict=False)
            interval = (int(network.network_address), int(network.broadcast_address))
            version = network.version
    except ValueError:
        raise RuleError(f"`{text}` is no address", atom.at) from None
    return ((interval,), EMPTY) if version == 4 else (EMPTY, (interval,))


def _port(atom: Atom) -> _Sets:
    text = atom.text
    if text.lower() == "any":
        return (full(16),)
    first, colon, last = text.partition(":")
    low = int(first or 0) if len(first) <= 5 else 65_536
    high = (int(last or 65_535) if len(last) <= 5 else 65_536) if colon else low
    if not low <= high <= 65_535:
        raise RuleError(f"`{text}` is no port", atom.at)
    return (((low, high),),)
