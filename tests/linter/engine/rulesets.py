"""Rule sets and packets made of the model's own types, drawn from few values so that they meet."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from flowmodel import fields
from flowmodel.fields import Family, NameField, NumberField, bits
from flowmodel.match import (
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Name,
    Not,
    Relation,
    Test,
    Unread,
    Volatile,
)
from flowmodel.packet import Packet
from flowmodel.ruleset import (
    FILTER,
    MANGLE,
    NAT_DST,
    NAT_SRC,
    RAW,
    Chain,
    Hook,
    Rule,
    RuleSet,
    Table,
    Traffic,
)
from flowmodel.source import Source, Span
from flowmodel.values import Values, full, single, union
from flowmodel.verdict import (
    ACCEPT,
    CONTINUE,
    DROP,
    REJECT,
    RETURN,
    Accept,
    CopyMark,
    Drop,
    Effect,
    Goto,
    Jump,
    MapNetwork,
    NoTrack,
    SetMark,
    TranslateDestination,
    TranslateSource,
    Unknown,
    UnknownMark,
    Verdict,
)
from parsers.shared.netfilter import Kind
from tests.chains import base_chain, user_chain

SITUATIONS: tuple[Traffic, ...] = ("input", "forward", "output")
_HOOKS: dict[Traffic, tuple[Hook, ...]] = {
    "input": ("prerouting", "input"),
    "forward": ("prerouting", "forward", "postrouting"),
    "output": ("output", "postrouting"),
}
_BASES: dict[Family, int] = {4: 0x0A000000, 6: 0x20010DB8 << 96}
_PROTOCOLS = (fields.TCP, fields.TCP, fields.UDP, fields.ICMP, fields.ICMPV6, 47)
_PORTS = (0, 22, 80, 443, 1023, 1024, 8080, 65535)
_NAMES = ("eth0", "eth1", "ppp0")


def source(count: int = 400) -> Source:
    """A file with a line for each rule."""
    return Source("rules", [f"rule {number}" for number in range(1, count + 1)])


SPAN = Span("rules", 1, 1, 1, 1)


def address(family: Family, host: int) -> int:
    """One of the few addresses that everything is about: 0 to 15."""
    return _BASES[family] + host


def addresses(family: Family) -> st.SearchStrategy[Values]:
    """Sets of them: single ones, prefixes, ranges, unions; sometimes everything."""
    hosts = st.integers(0, 15)
    ranges = st.tuples(hosts, hosts).map(lambda two: (min(two), max(two)))
    some = st.lists(ranges, min_size=1, max_size=3).map(
        lambda found: union((address(family, a), address(family, b)) for a, b in found)
    )
    return some | st.just(full(32 if family == 4 else 128))


def _ports() -> st.SearchStrategy[Values]:
    pairs = st.tuples(st.sampled_from(_PORTS), st.sampled_from(_PORTS))
    return pairs.map(lambda two: ((min(two), max(two)),))


def _few(*values: int) -> st.SearchStrategy[Values]:
    return st.sets(st.sampled_from(values), min_size=1, max_size=3).map(
        lambda found: union((value, value) for value in found)
    )


def _values(family: Family, field: NumberField) -> st.SearchStrategy[Values]:
    if field in fields.ADDRESS_FIELDS:
        return addresses(family)
    if field.endswith("port"):
        return _ports()
    if field in ("proto", "orig_proto"):
        return _few(*_PROTOCOLS)
    most = (1 << bits(field, family)) - 1
    return _few(*{min(value, most) for value in (0, 1, 2, 3, 8, 18, 128)})


_TESTED: tuple[NumberField, ...] = (
    *("src", "dst", "proto", "sport", "dport", "src", "dst", "proto", "dport"),
    *("icmp_type", "tcp_flags", "state", "state", "ct_dir", "ct_status", "mark", "ct_mark"),
    *("pkt_type", "dst_type", "orig_dst", "orig_dport"),
)


@st.composite
def conditions(draw: st.DrawFn, family: Family, *, is_open: bool, depth: int = 2) -> Condition:
    """One condition; an open one may be unread, volatile, or about what nobody knows."""
    kinds = ["test"] * 6 + ["name", "masked", "relation", "family"]
    kinds += ["not", "any", "all"] if depth else []
    kinds += ["unread", "volatile"] if is_open else []
    tested = _TESTED if is_open else tuple(f for f in _TESTED if f not in _UNKNOWN)
    kind = draw(st.sampled_from(kinds))
    inner = conditions(family, is_open=is_open, depth=depth - 1)
    match kind:
        case "not":
            return Not(draw(inner))
        case "any":
            return Any(tuple(draw(st.lists(inner, max_size=3))))
        case "all":
            return All(tuple(draw(st.lists(inner, max_size=3))))
        case "unread":
            return Unread(draw(st.sampled_from(("-m owner", "-m time"))))
        case "volatile":
            return Volatile("-m limit")
        case "family":
            return IsFamily(draw(st.sampled_from(fields.FAMILIES)))
        case "name":
            side: NameField = draw(st.sampled_from(("in", "out")))
            names = draw(st.sets(st.sampled_from(_NAMES), max_size=2))
            prefixes = draw(st.sets(st.sampled_from(("eth", "ppp")), max_size=1))
            return Name(side, frozenset(names), tuple(prefixes))
        case "masked":
            field: NumberField = draw(st.sampled_from(("src", "dst", "tcp_flags", "mark")))
            mask = draw(st.sampled_from((1, 2, 5, 18)))
            return _of_tcp(Masked(field, mask, draw(st.integers(0, 31)) & mask))
        case "relation":
            row = st.tuples(addresses(family), _ports()).map(lambda two: (two[0][0], two[1][0]))
            return Relation(("src", "dport"), tuple(draw(st.lists(row, max_size=3))))
        case _:
            chosen: NumberField = draw(st.sampled_from(tested))
            return _of_tcp(Test(chosen, draw(_values(family, chosen))))


def _of_tcp(condition: Test | Masked) -> Condition:
    """The condition; one about TCP's flags with the test for TCP before it, as parsers put it."""
    if condition.field != "tcp_flags":
        return condition
    return All((Test("proto", single(fields.TCP)), condition))


_UNKNOWN = frozenset({"ct_mark", "dst_type", "src_type", "ct_status", "orig_dst", "orig_dport"})
"""What nobody tells of some packet: a rule that tests it leaves its verdict open."""


@dataclass(frozen=True, slots=True)
class Case:
    """Rule sets, and where packets meet them."""

    family: Family
    traffic: Traffic
    rulesets: tuple[RuleSet, ...]


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    is_open: bool = True,
    translates: bool = True,
    families: Sequence[Family] = fields.FAMILIES,
    situations: Sequence[Traffic] = SITUATIONS,
) -> Case:
    """A case; a closed one has a single verdict for every packet."""
    family = draw(st.sampled_from(families))
    traffic = draw(st.sampled_from(situations))
    draft = _Draft(draw, family, traffic, is_open=is_open)
    tables = [draft.table("filter", FILTER)]
    if draw(st.booleans()):
        tables.append(draft.table("mangle", MANGLE))
    if draw(st.booleans()):
        tables.append(draft.table("raw", RAW))
    if translates and draw(st.booleans()):
        tables.append(draft.table("nat", NAT_DST))
    both = frozenset(fields.FAMILIES)
    ruleset = RuleSet("rules", "test", tuple(tables), both, sources=(draft.source,))
    return Case(family, traffic, (ruleset,))


class _Draft:
    """Tables in the making; each rule gets a line of its own."""

    def __init__(self, draw: st.DrawFn, family: Family, traffic: Traffic, *, is_open: bool) -> None:
        self.draw = draw
        self.family = family
        self.traffic = traffic
        self.is_open = is_open
        self.source = source()
        self.line = 0

    def table(self, name: str, priority: int) -> Table:
        """The table's base chains at the traffic's hooks, and chains that they can call."""
        own = [f"{name}-{number}" for number in range(self.draw(st.integers(0, 3)))]
        chains: dict[str, Chain] = {}
        for number, chain in enumerate(own):
            chains[chain] = user_chain(chain, self._rules(name, "", own[number + 1 :]), SPAN)
        for hook in _HOOKS[self.traffic]:
            if hook not in _TABLE_HOOKS[name]:
                continue
            is_nat = name == "nat"
            at = NAT_SRC if is_nat and hook in ("input", "postrouting") else priority
            policy: Accept | Drop = DROP if not is_nat and self.draw(st.booleans()) else ACCEPT
            rules = self._rules(name, hook, own)
            kind: Kind = "nat" if is_nat else "filter"
            chains[hook] = base_chain(hook, rules, SPAN, hook, at, policy, kind)
        return Table(name, frozenset(fields.FAMILIES), chains)

    def _rules(self, table: str, hook: str, callees: Sequence[str]) -> tuple[Rule, ...]:
        return tuple(self._rule(table, hook, callees) for _ in range(self.draw(st.integers(0, 5))))

    def _rule(self, table: str, hook: str, callees: Sequence[str]) -> Rule:
        self.line += 1
        condition = conditions(self.family, is_open=self.is_open)
        match = tuple(self.draw(st.lists(condition, max_size=2)))
        verdict = self.draw(st.sampled_from(self._verdicts(table, hook, callees)))
        effects: tuple[Effect, ...] = ()
        if table in ("mangle", "raw") and self.draw(st.booleans()):
            effects = (self.draw(st.sampled_from(self._effects(table))),)
        return Rule(match, verdict, self.source, self.line, effects=effects)

    def _verdicts(self, table: str, hook: str, callees: Sequence[str]) -> list[Verdict]:
        found: list[Verdict] = [ACCEPT, ACCEPT, RETURN, CONTINUE]
        found += [each(callee) for callee in callees for each in (Jump, Jump, Goto)]
        if table != "nat":
            found += [DROP, DROP, REJECT]
        if table == "filter" and self.is_open:
            found.append(Unknown("-j NFQUEUE"))
        if table == "nat" and hook:
            found += self._translations(hook)
        return found

    def _translations(self, hook: str) -> list[Verdict]:
        wide = full(32 if self.family == 4 else 128)
        one, other = (single(address(self.family, host)) for host in (3, 9))
        some = ((address(self.family, 4), address(self.family, 7)),)
        mask = (wide[0][1] >> 2) << 2
        if hook in ("prerouting", "output"):
            exact: list[Verdict] = [
                TranslateDestination(one, full(16)),
                TranslateDestination(other, single(80)),
                TranslateDestination(wide, single(8080)),
                MapNetwork("dst", address(self.family, 8), mask),
            ]
            chosen: list[Verdict] = [
                TranslateDestination(some, full(16)),
                TranslateDestination(wide, full(16), local=True),
            ]
        else:
            exact = [MapNetwork("src", address(self.family, 8), mask)]
            chosen = [
                TranslateSource(one, full(16)),
                TranslateSource(some, ((1024, 2047),)),
                TranslateSource(wide, full(16), masquerade=True),
            ]
        return exact + chosen if self.is_open else exact

    def _effects(self, table: str) -> list[Effect]:
        found: list[Effect] = [SetMark("mark", 0, 2), SetMark("mark", 0xFFFFFFFD, 1)]
        if table == "raw":
            found.append(NoTrack())
        if self.is_open:
            found += [
                SetMark("ct_mark", 0xF0, 3),
                CopyMark("ct_mark", "mark", 3, 3),
                CopyMark("mark", "ct_mark", 0xFFFFFFFF, 0xFFFFFFFF),
                UnknownMark("mark", "-j BPF"),
            ]
        return found


_TABLE_HOOKS = {
    "raw": {"prerouting", "output"},
    "mangle": {"prerouting", "input", "forward", "output", "postrouting"},
    "nat": {"prerouting", "input", "output", "postrouting"},
    "filter": {"input", "forward", "output"},
}


def packets(family: Family, traffic: Traffic) -> st.SearchStrategy[Packet]:
    """Packets of the same few values, at their edges and just outside."""
    outside = st.integers(0, (1 << (32 if family == 4 else 128)) - 1)
    hosts = st.integers(-1, 16).map(lambda host: address(family, host)) | outside
    ports = st.sampled_from(sorted({*_PORTS, 21, 23, 79, 81, 2047, 2048})) | st.integers(0, 65535)
    few = st.sampled_from((0, 1, 2, 3, 8, 16, 18, 128, 255))
    name = st.sampled_from((*_NAMES, "eth7", "wlan0", "lo"))
    return st.builds(
        Packet,
        family=st.just(family),
        src=hosts,
        dst=hosts,
        proto=st.sampled_from((*_PROTOCOLS, 132, 255)),
        sport=ports,
        dport=ports,
        icmp_type=few,
        icmp_code=few,
        tcp_flags=few,
        in_name=st.just("") if traffic == "output" else name,
        out_name=st.just("") if traffic == "input" else name,
        state=st.sampled_from((0, 0, 0, 1, 2, 3)),
        ct_dir=st.integers(0, 1),
        pkt_type=st.integers(0, 2),
        mark=st.sampled_from((0, 1, 2, 3, 0xFFFFFFFF)),
    )
