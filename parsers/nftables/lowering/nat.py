"""Address translation: dnat, snat, masquerade and redirect, with ranges, prefixes and maps."""

import re
from collections.abc import Callable
from itertools import product
from typing import Final

from flowmodel.fields import Family
from flowmodel.match import Condition
from flowmodel.values import Values, anything, full
from flowmodel.verdict import MapNetwork, TranslateDestination, TranslateSource, Unknown, Verdict
from parsers.nftables.grammar.tree import Concat, Expression, Mapped, Ratio, Span, Translation
from parsers.nftables.lowering.conditions import V4, V6, has_protocol
from parsers.nftables.lowering.expressions import Expressions
from parsers.nftables.lowering.marks import read_first
from parsers.nftables.lowering.pieces import Branch, Piece
from parsers.nftables.values import ForeignError, RefusedError, interval, value
from parsers.shared.digits import is_decimal

Branches = Callable[..., tuple[Branch, ...]]

_TARGET: Final = re.compile(
    r"(?P<bracket>\[[^\]]+\](?:-\[[^\]]+\])?)?(?P<plain>[0-9.][0-9./-]*)?(?P<port>:[\w-]+)?"
)
_FAMILY: Final = re.compile(r"(?:dnat|snat) (ip6?)(?= (?:to|addr|interval|prefix) )")


class Target:
    """Where packets go to: addresses, ports and the families it is about."""

    def __init__(self, family: Family | None, addresses: Values | None, ports: Values) -> None:
        self.family: Family | None = family
        self.addresses = addresses
        self.ports = ports


def translated(expressions: Expressions, branches: Branches, statement: Translation) -> Piece:
    """What a translation does; a map makes one branch for each target."""
    text = str(statement.text)
    family = _family(expressions.family, text)
    if statement.kind in ("redirect", "masquerade") and statement.to and " to " not in text:
        raise RefusedError(f"`{statement.kind}` needs `to` in front of a port", text)
    depends: list[Condition] = []
    ways = _ways(expressions, branches, statement.to, text, depends)
    ports = _ways(expressions, branches, statement.port, text, depends)
    found: list[Branch] = []
    try:
        for (asked, to), (also, port) in product(ways, ports):
            for condition, verdict in _verdicts(statement, family, to, port, expressions.family):
                found.append(Branch((*condition, *asked, *also), verdict))
    except ForeignError:
        return Piece(verdict=Unknown(text, escapes=True), remark=f"`{text}` has no fixed address")
    needs = any(_has_port(each.verdict) for each in found if each.verdict)
    needs = needs and (bool(statement.port) or not isinstance(statement.to, Mapped))
    needs = needs and not any(map(has_protocol, depends))
    if isinstance(statement.to, Mapped) or isinstance(statement.port, Mapped) or len(found) > 1:
        return Piece(tuple(depends), branches=tuple(found), needs_ports=needs)
    return Piece((*depends, *found[0].match), verdict=found[0].verdict, needs_ports=needs)


def needs_family(statement: Translation, table: str) -> bool:
    """Whether a translation has an address, in a table of both families, and says neither."""
    is_address = statement.kind in ("dnat", "snat") and statement.to is not None
    if isinstance(statement.to, str) and re.match(r":(?!:)", statement.to):
        is_address = False
    return is_address and table == "inet" and not _FAMILY.match(str(statement.text))


class _Computed:
    """An address or port that is made of the packet, or put into a map: any may come out."""


_COMPUTED: Final = _Computed()
_Way = tuple[tuple[Condition, ...], "str | _Computed"]


def _ways(
    expressions: Expressions,
    branches: Branches,
    target: Expression | None,
    text: str,
    depends: list[Condition],
) -> list[_Way]:
    """What an address or port may be, and when; what nft tests for by itself goes to `depends`."""
    if isinstance(target, Mapped):
        key = expressions.key(target.key)
        depends += [each for each in key.depends if each not in depends]
        chosen = branches(key, target.table, text, lambda data: (Unknown(data or ""), ()))
        return [
            (each.match, each.verdict.text or _COMPUTED)
            for each in chosen
            if isinstance(each.verdict, Unknown)
        ]
    written = _text(target)
    if written is not None or target is None:
        return [((), written or "")]
    depends += [each for each in read_first(expressions, target) if each not in depends]
    return [((), _COMPUTED)]


def _has_port(verdict: Verdict) -> bool:
    translations = TranslateDestination | TranslateSource
    return isinstance(verdict, translations) and verdict.ports != full(16)


def _text(to: Expression | None) -> str | None:
    """An address or port as written; None for one that is made of the packet."""
    match to:
        case None:
            return ""
        case str():
            return to
        case Span(str(first), str(last)):
            return f"{first}-{last}"
        case Ratio(str(address), str(length)):
            return f"{address}/{length}"
        case Concat((str(address), str(port))):
            return f"{address} . {port}"
        case _:
            return None


def _family(table: str, text: str) -> Family | None:
    said = _FAMILY.match(text)
    name = said[1] if said else table
    if name == "ip":
        return 4
    return 6 if name == "ip6" else None


def _verdicts(
    statement: Translation,
    family: Family | None,
    to: str | _Computed,
    port: str | _Computed,
    table: str,
) -> list[tuple[tuple[Condition, ...], Verdict]]:
    """Conditions and verdict for each family that the translation is about."""
    addresses: dict[Family, Values] | None
    if isinstance(to, _Computed):
        # A map may have ports beside its addresses.
        addresses = _anywhere(family)
        ports = anything(16) if isinstance(statement.to, Mapped) else full(16)
    else:
        addresses, ports = _target(statement.kind, family, to)
    if port != "":
        if ports != full(16):
            raise RefusedError(f"`{statement.kind}` has two ports", str(port))
        ports = anything(16) if isinstance(port, _Computed) else _ports(port)
    found: list[tuple[tuple[Condition, ...], Verdict]] = []
    about: dict[Family, Values] = addresses or (
        {family: full(_bits(family))} if family else {4: full(32), 6: full(128)}
    )
    for each, goal in about.items():
        conditions = (V4 if each == 4 else V6,) if table not in ("ip", "ip6") else ()
        if (
            not addresses
            and not family
            and ports == full(16)
            and statement.kind in ("dnat", "snat")
        ):
            raise RefusedError(f"`{statement.kind}` does not say where to", statement.kind)
        found.append((conditions, _verdict(statement, each, goal, ports)))
    return found


def _verdict(statement: Translation, family: Family, goal: Values, ports: Values) -> Verdict:
    if statement.is_network and len(goal) == 1:
        first, last = goal[0]
        top = (1 << _bits(family)) - 1
        if (last - first + 1) & (last - first) == 0:
            direction = "dst" if statement.kind == "dnat" else "src"
            return MapNetwork(direction, first, top ^ (last - first))
    match statement.kind:
        case "dnat":
            return TranslateDestination(goal, ports)
        case "redirect":
            return TranslateDestination(goal, ports, local=True)
        case "snat":
            return TranslateSource(goal, ports)
        case _:
            return TranslateSource(goal, ports, masquerade=True)


def _anywhere(family: Family | None) -> dict[Family, Values]:
    families: tuple[Family, ...] = (family,) if family else (4, 6)
    return {each: anything(_bits(each)) for each in families}


def _bits(family: Family) -> int:
    return 32 if family == 4 else 128


def _target(
    kind: str, family: Family | None, text: str
) -> tuple[dict[Family, Values] | None, Values]:
    """The addresses by family, None where they stay, and the ports of a written target."""
    address, _, port = text.partition(" . ")
    if port:
        return _addresses(family, address.strip()), _ports(port)
    if not text:
        return None, full(16)
    if kind in ("redirect", "masquerade") or (text.startswith(":") and not text.startswith("::")):
        return None, _ports(text)
    found = _TARGET.fullmatch(text)
    if found and (found["bracket"] or found["plain"]):
        ports = _ports(found["port"]) if found["port"] else full(16)
        return _addresses(family, found["bracket"] or found["plain"]), ports
    return _addresses(family, text), full(16)


def _addresses(family: Family | None, text: str) -> dict[Family, Values]:
    if family is None:
        family = 6 if ":" in text else 4
    plain = text.replace("[", "").replace("]", "")
    return {family: (interval("ipv4" if family == 4 else "ipv6", plain),)}


def _ports(text: str) -> Values:
    first, dash, last = text.strip().lstrip(":").partition("-")
    if not dash or not is_decimal(first[:1]):
        single = value("port", text.strip().lstrip(":"))
        return ((single, single),)
    low, high = value("port", first), value("port", last)
    if low > high:
        raise RefusedError(f"the range `{text}` ends before it begins", text)
    return ((low, high),)
