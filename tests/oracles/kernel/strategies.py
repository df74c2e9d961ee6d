"""Hypothesis strategies for whole iptables-save and ip6tables-save files that the kernel accepts.

User chains call only later ones, so there is no loop, and each is called from somewhere. Values
come from small pools: rules overlap, shadow each other and leave gaps.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

from flowmodel.fields import Family
from tests.oracles.kernel.cases import Hint, IptablesCase, RuleText
from tests.oracles.kernel.matches import MatchText, Place, other_match, protocol_match, unread_match
from tests.oracles.kernel.oracle import JudgedHook
from tests.oracles.kernel.sets import set_texts

HOOKS: Final[tuple[JudgedHook, ...]] = ("input", "forward", "output")
FAMILIES: Final[tuple[Family, ...]] = (4, 6)

_FILTER_TARGETS: Final = (
    *("ACCEPT",) * 6,
    *("DROP",) * 4,
    *("RETURN",) * 2,
    "REJECT",
    'LOG --log-prefix "a \\"b\\" " --log-level 4',
    "NFLOG --nflog-group 1",
    "",
)
_MANGLE_TARGETS: Final = (
    "MARK --set-xmark 0x1/0xffffffff",
    "MARK --set-xmark 0x1/0x1",
    "MARK --set-mark 0x12/0xff",
    "MARK --or-mark 0x2",
    "MARK --and-mark 0xf0",
    "MARK --xor-mark 0x3",
    "CONNMARK --save-mark",
    "CONNMARK --restore-mark",
    "CONNMARK --set-xmark 0x5/0xffffffff",
    "ACCEPT",
    "DROP",
    "RETURN",
)
_RAW_TARGETS: Final = ("NOTRACK", "CT --notrack", "ACCEPT", "DROP", "RETURN")
_UNREAD_TARGETS: Final = (
    "NFQUEUE --queue-num 0",
    "NFQUEUE --queue-num 0 --queue-bypass",
)

# The tables' chains that a packet of each hook passes.
_CHAINS: Final[dict[JudgedHook, dict[str, tuple[str, ...]]]] = {
    "input": {
        "raw": ("PREROUTING",),
        "mangle": ("PREROUTING", "INPUT"),
        "nat": ("PREROUTING", "INPUT"),
        "filter": ("INPUT",),
        "security": ("INPUT",),
    },
    "forward": {
        "raw": ("PREROUTING",),
        "mangle": ("PREROUTING", "FORWARD", "POSTROUTING"),
        "nat": ("PREROUTING", "POSTROUTING"),
        "filter": ("FORWARD",),
        "security": ("FORWARD",),
    },
    "output": {
        "raw": ("OUTPUT",),
        "mangle": ("OUTPUT", "POSTROUTING"),
        "nat": ("OUTPUT", "POSTROUTING"),
        "filter": ("OUTPUT",),
        "security": ("OUTPUT",),
    },
}


@dataclass
class _Draft:
    """A rule set in the making."""

    place: Place
    unread_odds: int
    """One rule in so many has an unread part; 0 for none."""
    chains: list[tuple[str, str, str]] = field(default_factory=list)
    rules: list[RuleText] = field(default_factory=list)


@st.composite
def iptables_cases(draw: st.DrawFn, *, is_open: bool = False) -> IptablesCase:
    """A rule set for one family and hook; an open one has matches that fwlint cannot read."""
    family = draw(st.sampled_from(FAMILIES))
    hook = draw(st.sampled_from(HOOKS))
    sets = draw(set_texts(family)) if draw(st.integers(0, 2)) == 0 else ()
    draft = _Draft(Place(family, hook, "filter", "", sets), unread_odds=4 if is_open else 0)
    for table, chains in _CHAINS[hook].items():
        if table == "filter" or draw(st.integers(0, 2)) == 0:
            _table(draw, draft, table, chains)
    return IptablesCase(
        family=family,
        hook=hook,
        variant=draw(st.sampled_from(("legacy", "nft"))),
        chains=tuple(draft.chains),
        rules=tuple(draft.rules),
        sets="".join(each.text for each in sets),
        is_open=is_open,
    )


def _table(draw: st.DrawFn, draft: _Draft, table: str, bases: tuple[str, ...]) -> None:
    for base in bases:
        policy = draw(st.sampled_from(("ACCEPT", "DROP"))) if table == "filter" else "ACCEPT"
        draft.chains.append((table, base, policy))
    if table == "nat":
        for base in bases:
            for _ in range(draw(st.integers(1, 3))):
                _nat_rule(draw, draft, base)
        return
    is_main = table == "filter"
    users = [f"{table}{n}" for n in range(draw(st.integers(0, 4 if is_main else 1)))]
    callers = {user: draw(st.sampled_from([bases[0], *users[:n]])) for n, user in enumerate(users)}
    root = bases[0]
    for base in bases:
        callees = [user for user in users if base == root and callers[user] == base]
        most = 7 if is_main else 3
        _chain(draw, draft, table, base, base, callees, users if base == root else [], most)
    for number, user in enumerate(users):
        draft.chains.append((table, user, "-"))
        callees = [each for each in users if callers[each] == user]
        _chain(draw, draft, table, user, root, callees, users[number + 1 :], 4)


def _chain(
    draw: st.DrawFn,
    draft: _Draft,
    table: str,
    chain: str,
    base: str,
    callees: list[str],
    later: list[str],
    most: int,
) -> None:
    """The chain's rules: some of its own, and a call of each of its callees somewhere between."""
    calls: list[str] = list(callees)
    for _ in range(draw(st.integers(1, most))):
        is_call = bool(later) and draw(st.integers(0, 7)) == 0
        calls.append(draw(st.sampled_from(later)) if is_call else "")
    for callee in draw(st.permutations(calls)):
        if callee:
            option = draw(st.sampled_from(("-j", "-j", "-j", "--jump", "-g", "--goto")))
            _rule(draw, draft, table, chain, base, f"{option} {callee}", callee)
        else:
            _rule(draw, draft, table, chain, base, "", "")


def _rule(
    draw: st.DrawFn, draft: _Draft, table: str, chain: str, base: str, call: str, callee: str
) -> None:
    place = Place(draft.place.family, draft.place.hook, table, base, draft.place.sets)
    protocol = protocol_match(draw, place.family)
    matches = [protocol] if protocol.text else []
    count = draw(st.sampled_from((0, 0, 1) if call else (0, 1, 1, 1, 2)))
    matches += _different(other_match(draw, place) for _ in range(count))
    unread = draft.unread_odds and draw(st.integers(1, draft.unread_odds)) == 1
    target = call or _target(draw, table, protocol)
    if unread:
        if not call and table == "filter" and draw(st.integers(0, 5)) == 0:
            target = f"-j {draw(st.sampled_from(_UNREAD_TARGETS))}"
        else:
            matches.append(unread_match(draw, place))
    _add(draft, table, chain, matches, target, callee, changes=table in ("raw", "mangle"))


def _different(matches: Iterable[MatchText]) -> list[MatchText]:
    """Those that can stand together in one rule: each option once."""
    found: dict[str, MatchText] = {}
    for match in matches:
        words = match.text.removeprefix("! ").split()
        option = words[1] if words[0] == "-m" else words[0]
        found.setdefault(option.strip("-")[0] if words[0] != "-m" else option, match)
    return list(found.values())


def _target(draw: st.DrawFn, table: str, protocol: MatchText) -> str:
    targets = {"raw": _RAW_TARGETS, "mangle": _MANGLE_TARGETS}.get(table, _FILTER_TARGETS)
    target = draw(st.sampled_from(targets))
    if target == "REJECT":
        if table != "filter":
            target = "DROP"
        elif protocol.text.startswith("-p tcp") and draw(st.booleans()):
            target = "REJECT --reject-with tcp-reset"
    return f"-j {target}" if target else ""


def _nat_rule(draw: st.DrawFn, draft: _Draft, chain: str) -> None:
    place = Place(draft.place.family, draft.place.hook, "nat", chain, draft.place.sets)
    protocol = protocol_match(draw, place.family)
    matches = [protocol] if protocol.text else []
    matches += _different(other_match(draw, place) for _ in range(draw(st.integers(0, 1))))
    has_ports = any(protocol.text.startswith(f"-p {name} ") for name in ("tcp", "udp"))
    target = _translation(draw, place, has_ports=has_ports)
    _add(draft, "nat", chain, matches, f"-j {target}", "", changes=True)


def _translation(draw: st.DrawFn, place: Place, *, has_ports: bool) -> str:
    is_source = place.chain in ("POSTROUTING", "INPUT")
    first, second, network = (
        ("10.0.0.9", "192.0.2.200", "192.0.2.0/24")
        if place.family == 4
        else ("2001:db8::9", "fd00:1::7", "2001:db8:1::/48")
    )
    address = draw(st.sampled_from((first, second)))
    if has_ports:
        port = draw(st.sampled_from(("", "80", "22", "1000-2000")))
        bracketed = address if place.family == 4 else f"[{address}]"
        address = f"{bracketed}:{port}" if port else address
    elif draw(st.integers(0, 3)) == 0:
        low, high = ("10.0.0.5", "10.0.0.20") if place.family == 4 else ("fd00::5", "fd00::20")
        address = f"{low}-{high}"
    if is_source:
        choices = [f"SNAT --to-source {address}", "ACCEPT", "RETURN", f"NETMAP --to {network}"]
        if place.chain == "POSTROUTING":
            choices.append("MASQUERADE")
    else:
        choices = [f"DNAT --to-destination {address}"] * 3
        choices += ["ACCEPT", "RETURN", f"NETMAP --to {network}"]
        if place.hook == "input":
            choices.append("REDIRECT --to-ports 80" if has_ports else "REDIRECT")
    return draw(st.sampled_from(choices))


def _add(
    draft: _Draft,
    table: str,
    chain: str,
    matches: list[MatchText],
    target: str,
    callee: str,
    *,
    changes: bool,
) -> None:
    words = [f"-A {chain}", *(match.text for match in matches), target]
    hints: tuple[Hint, ...] = tuple(hint for match in matches for hint in match.hints)
    line = " ".join(word for word in words if word)
    draft.rules.append(RuleText(table, chain, line, hints, callee, changes))
