"""Hypothesis strategies for whole rule sets of nft that the kernel accepts.

User chains call only later ones, so there is no loop, and each is called from somewhere. No two
base chains of a hook have one priority: which of them runs first is no property of the rule set.
"""

from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

from flowmodel.fields import Family
from tests.oracles.kernel.cases import RuleText
from tests.oracles.kernel.matches import MatchText
from tests.oracles.kernel.nft.cases import NftCase, TableText
from tests.oracles.kernel.nft.items import address_key, hint_of, port_key
from tests.oracles.kernel.nft.matches import (
    NftPlace,
    NftSet,
    concatenated,
    concatenation_keys,
    foreign_match,
    other_match,
    unread_match,
)
from tests.oracles.kernel.nft.protocols import protocol_match
from tests.oracles.kernel.nft.statements import change, translation, verdict, verdict_map
from tests.oracles.kernel.oracle import JudgedHook

_HOOKS: Final[tuple[JudgedHook, ...]] = ("input", "forward", "output")
_WAYS: Final[dict[JudgedHook, tuple[str, ...]]] = {
    "input": ("prerouting", "input"),
    "forward": ("prerouting", "forward", "postrouting"),
    "output": ("output", "postrouting"),
}
_PRIORITIES: Final = {
    "prerouting": ("raw", "-250", "mangle", "mangle + 5", "-50", "0", "filter + 10"),
    "input": ("mangle", "-1", "filter", "0 ", "5", "security", "filter - 10"),
    "forward": ("mangle", "-1", "filter", "10", "security", "-5"),
    "output": ("raw", "-250", "mangle", "filter", "7", "security"),
    "postrouting": ("mangle", "0", "50", "filter + 3", "120"),
}
_NAT: Final = {
    "prerouting": "dstnat",
    "output": "-100",
    "postrouting": "srcnat",
    "input": "100",
}


@dataclass
class _Draft:
    """A rule set in the making."""

    family: Family
    unread_odds: int
    """One rule in so many has an unread part; 0 for none."""
    rules: list[RuleText] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)
    """Hooks with priorities that have their base chain."""


@dataclass
class _Table:
    """A table in the making."""

    family: str
    name: str
    declared: list[str] = field(default_factory=list)
    sets: list[NftSet] = field(default_factory=list)
    chains: list[tuple[str, str]] = field(default_factory=list)


@st.composite
def nft_cases(draw: st.DrawFn, *, is_open: bool = False) -> NftCase:
    """A rule set for packets of one family at one hook; an open one has unread parts."""
    family: Family = draw(st.sampled_from((4, 6)))
    hook = draw(st.sampled_from(_HOOKS))
    draft = _Draft(family, unread_odds=2 if is_open else 0)
    own = "ip" if family == 4 else "ip6"
    kinds = draw(st.lists(st.sampled_from((own, "inet", "inet", own)), min_size=1, max_size=3))
    if draw(st.integers(0, 7)) == 0:
        kinds.append("ip6" if family == 4 else "ip")
    tables = []
    for number, kind in enumerate(kinds):
        table = _Table(kind, f"t{number}")
        _sets(draw, draft, table, is_open=is_open)
        main = hook if number == 0 else draw(st.sampled_from(_WAYS[hook]))
        _filter(draw, draft, table, main, is_main=number == 0)
        if draw(st.integers(0, 3)) == 0:
            _nat(draw, draft, table, draw(st.sampled_from(_WAYS[hook])))
        if draw(st.integers(0, 3)) == 0:
            _marking(draw, draft, table, draw(st.sampled_from(_WAYS[hook])))
        if draw(st.integers(0, 5)) == 0:
            _untracking(draw, draft, table, _WAYS[hook][0])
        tables.append(
            TableText(table.family, table.name, tuple(table.declared), tuple(table.chains))
        )
    return NftCase(family, hook, tuple(tables), tuple(draft.rules), is_open)


def _sets(draw: st.DrawFn, draft: _Draft, table: _Table, *, is_open: bool) -> None:
    place = NftPlace(draft.family, table.family, "")
    keys = [
        *(address_key(place.header, side) for side in ("src", "dst")),
        *(port_key(name, "dport") for name in ("tcp", "udp")),
    ]
    for number in range(draw(st.integers(0, 3))):
        name = f"s{number}"
        if draw(st.booleans()):
            key = draw(st.sampled_from(keys))
            items = draw(st.lists(st.sampled_from(key.items), min_size=1, max_size=5))
            elements = ", ".join(dict.fromkeys(item.text for item in items))
            merge = "flags interval; auto-merge;"
            kind = key.kind if draw(st.booleans()) else ""
            typed = f"type {kind};" if kind else f"typeof {key.text};"
            found = NftSet(
                name,
                f"set {name} {{ {typed} {merge} elements = {{ {elements} }}; }}",
                (key,),
                hint_of(key, items),
            )
        else:
            several = concatenation_keys(draw, place, "")
            rows, hint = concatenated(draw, several)
            elements = ", ".join(" . ".join(item.text for item in row) for row in rows)
            kind = " . ".join(key.kind for key in several)
            found = NftSet(
                name,
                f"set {name} {{ type {kind}; flags interval; elements = {{ {elements} }}; }}",
                several,
                hint,
            )
        table.sets.append(found)
        table.declared.append(found.declaration)
    if is_open:
        kind, example = (
            ("ipv4_addr", "10.0.0.9") if place.header == 4 else ("ipv6_addr", "2001:db8::9")
        )
        expiring = f"type {kind}; flags timeout; elements = {{ {example} timeout 1h }};"
        table.declared += [
            f"set dynamic{place.header} {{ type {kind}; size 1000; flags dynamic; }}",
            f"set timed{place.header} {{ {expiring} }}",
        ]


def _declare(
    draw: st.DrawFn, draft: _Draft, table: _Table, chain: str, hook: str, kind: str
) -> bool:
    """Declare a base chain, if there is a priority left for it."""
    order = {"raw": "-300", "mangle": "-150", "filter": "0", "security": "50", "0 ": "0"}
    order |= {"filter + 10": "10", "filter + 3": "3", "filter - 10": "-10", "mangle + 5": "-145"}
    free = [
        text
        for text in ((_NAT[hook],) if kind == "nat" else _PRIORITIES[hook])
        if (hook, order.get(text, text)) not in draft.taken
    ]
    if not free:
        return False
    text = draw(st.sampled_from(free))
    draft.taken.add((hook, order.get(text, text)))
    policy = draw(st.sampled_from(("", " policy accept;", " policy drop;")))
    if kind == "nat":
        policy = ""
    table.chains.append((chain, f"type {kind} hook {hook} priority {text};{policy}"))
    return True


def _filter(draw: st.DrawFn, draft: _Draft, table: _Table, hook: str, *, is_main: bool) -> None:
    users = [f"u{number}" for number in range(draw(st.integers(0, 4 if is_main else 1)))]
    callers = {user: draw(st.sampled_from(["base", *users[:n]])) for n, user in enumerate(users)}
    if not _declare(draw, draft, table, "base", hook, "filter"):
        return
    place = NftPlace(draft.family, table.family, hook, tuple(table.sets))
    table.chains += [(user, "") for user in users]
    for number, chain in enumerate(["base", *users]):
        callees = [user for user in users if callers[user] == chain]
        most = 7 if chain == "base" and is_main else 4
        later = users[number:]
        calls = [*callees]
        for _ in range(draw(st.integers(1, most))):
            is_call = bool(later) and draw(st.integers(0, 7)) == 0
            calls.append(draw(st.sampled_from(later)) if is_call else "")
        for callee in draw(st.permutations(calls)):
            _rule(draw, draft, table, place, chain, callee)


def _rule(
    draw: st.DrawFn, draft: _Draft, table: _Table, place: NftPlace, chain: str, callee: str
) -> None:
    if table.family == "inet" and not callee and draw(st.integers(0, 15)) == 0:
        _add(draft, table, chain, [foreign_match(draw, place)], "drop", "", changes=False)
        return
    transport, protocol = protocol_match(draw, place)
    matches = [protocol] if protocol.text else []
    for _ in range(draw(st.sampled_from((0, 0, 1) if callee else (0, 1, 1, 1, 2)))):
        matches.append(other_match(draw, place, transport or "none" if matches else transport))
        transport = transport or "none"
    call = f"{draw(st.sampled_from(('jump', 'jump', 'goto')))} {callee}" if callee else ""
    is_unread = draft.unread_odds and draw(st.integers(1, draft.unread_odds)) == 1
    if is_unread:
        matches.insert(len(matches) // 2, unread_match(draw, place))
    if (not matches and draw(st.booleans())) or draw(st.integers(0, 6)) == 0:
        name = f"m{len(draft.rules)}"
        only = "" if not matches else "none"
        declared, mapped = verdict_map(draw, place, only, call, name)
        table.declared += [declared] if declared else []
        matches.append(mapped)
        target = ""
    else:
        target = call or verdict(draw, place, transport, is_plain=not matches)
    _add(draft, table, chain, matches, target, callee, changes=False)


def _nat(draw: st.DrawFn, draft: _Draft, table: _Table, hook: str) -> None:
    if hook == "forward" or not _declare(draw, draft, table, "nat", hook, "nat"):
        return
    place = NftPlace(draft.family, table.family, hook, tuple(table.sets))
    for _ in range(draw(st.integers(1, 3))):
        transport, protocol = protocol_match(draw, place)
        matches = [protocol] if protocol.text else []
        if draw(st.booleans()):
            matches.append(other_match(draw, place, transport or "none"))
        statement = translation(
            draw, place, transport if "sport" in protocol.text or "dport" in protocol.text else ""
        )
        _add(draft, table, "nat", [*matches, statement], "", "", changes=True)


def _marking(draw: st.DrawFn, draft: _Draft, table: _Table, hook: str) -> None:
    kind = "route" if hook == "output" and draw(st.booleans()) else "filter"
    if not _declare(draw, draft, table, "marks", hook, kind):
        return
    place = NftPlace(draft.family, table.family, hook, tuple(table.sets))
    for _ in range(draw(st.integers(1, 4))):
        transport, protocol = protocol_match(draw, place)
        matches = [protocol] if protocol.text else []
        if draw(st.booleans()):
            matches.append(other_match(draw, place, transport or "none"))
        statement = change(draw)
        if "dport" in statement and transport not in ("", "tcp"):
            statement = "meta mark set 0x1"
        _add(draft, table, "marks", matches, statement, "", changes=True)


def _untracking(draw: st.DrawFn, draft: _Draft, table: _Table, hook: str) -> None:
    if ("raw", hook) in draft.taken or not _declare(
        draw, draft, table, "untracked", hook, "filter"
    ):
        return
    place = NftPlace(draft.family, table.family, hook, tuple(table.sets))
    for _ in range(draw(st.integers(1, 2))):
        _, protocol = protocol_match(draw, place)
        matches = [protocol] if protocol.text else []
        statement = draw(st.sampled_from(("notrack", "notrack accept", "accept", "drop")))
        _add(draft, table, "untracked", matches, statement, "", changes=True)


def _add(
    draft: _Draft,
    table: _Table,
    chain: str,
    matches: list[MatchText],
    target: str,
    callee: str,
    *,
    changes: bool,
) -> None:
    words = [*(match.text for match in matches), target]
    foreign = "ip6" if draft.family == 4 else "ip"
    hints = tuple(hint for match in matches for hint in match.hints if table.family != foreign)
    line = " ".join(word for word in words if word)
    draft.rules.append(RuleText(table.name, chain, line, hints, callee, changes))
