"""Address translation: dnat, snat, masquerade and redirect, with ranges, prefixes and maps."""

import re
from collections.abc import Callable
from typing import Final

from flowmodel.fields import Family
from flowmodel.match import Condition
from flowmodel.values import Values, full
from flowmodel.verdict import MapNetwork, TranslateDestination, TranslateSource, Unknown, Verdict
from parsers.nftables.grammar.tree import Concat, Expression, Mapped, Ratio, Span, Translation
from parsers.nftables.lowering.conditions import V4, V6, has_ports
from parsers.nftables.lowering.expressions import Expressions
from parsers.nftables.lowering.pieces import Branch, Piece
from parsers.nftables.values import ForeignError, RefusedError, interval, value

Branches = Callable[..., tuple[Branch, ...]]

_TARGET: Final = re.compile(
    r"(?P<bracket>\[[^\]]+\](?:-\[[^\]]+\])?)?(?P<plain>[0-9.][0-9./-]*)?(?P<port>:[\w-]+)?"
)
_FAMILY: Final = re.compile(r"(?:dnat|snat) (ip6?)\b")


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
    fixed = _ports(str(statement.port)) if statement.port else full(16)
    if isinstance(statement.to, Mapped):
        key = expressions.key(statement.to.key)
        found: list[Branch] = []
        for branch in branches(key, statement.to.table, text, lambda data: (Unknown(data), ())):
            data = branch.verdict.text if isinstance(branch.verdict, Unknown) else ""
            for condition, verdict in _verdicts(statement, family, data, fixed, expressions.family):
                found.append(Branch((*condition, *branch.match), verdict))
        needs = any(_has_port(each.verdict) for each in found if each.verdict)
        asks = any(has_ports(condition) for condition in key.depends)
        return Piece(key.depends, branches=tuple(found), needs_ports=needs and not asks)
    try:
        to = _text(statement.to)
        outcomes = _verdicts(statement, family, to, fixed, expressions.family)
    except ForeignError:
        return Piece(verdict=Unknown(text), remark=f"`{text}` has no fixed address")
    except _ComputedError:
        return Piece(verdict=Unknown(text), remark=f"`{statement.kind}` to a computed address")
    if len(outcomes) == 1:
        return Piece(outcomes[0][0], verdict=outcomes[0][1], needs_ports=_has_port(outcomes[0][1]))
    found = [Branch(condition, verdict) for condition, verdict in outcomes]
    return Piece(branches=tuple(found), needs_ports=_has_port(outcomes[0][1]))


def _has_port(verdict: Verdict) -> bool:
    translations = TranslateDestination | TranslateSource
    return isinstance(verdict, translations) and verdict.ports != full(16)


class _ComputedError(Exception):
    """The target is made of the packet."""


def _text(to: Expression | None) -> str:
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
            raise _ComputedError


def _family(table: str, text: str) -> Family | None:
    said = _FAMILY.match(text)
    name = said[1] if said else table
    if name == "ip":
        return 4
    return 6 if name == "ip6" else None


def _verdicts(
    statement: Translation, family: Family | None, to: str, fixed: Values, table: str
) -> list[tuple[tuple[Condition, ...], Verdict]]:
    """Conditions and verdict for each family that the translation is about."""
    addresses, ports = _target(statement.kind, family, to)
    if fixed != full(16):
        ports = fixed
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
    if not dash or not first[:1].isdigit():
        single = value("port", text.strip().lstrip(":"))
        return ((single, single),)
    low, high = value("port", first), value("port", last)
    if low > high:
        raise RefusedError(f"the range `{text}` ends before it begins", text)
    return ((low, high),)
