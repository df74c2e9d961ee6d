"""How what was read becomes the rule set of the model."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from flowmodel.fields import FAMILIES as BOTH
from flowmodel.fields import Family
from flowmodel.match import Condition, Name, Not, Unread
from flowmodel.record import replace
from flowmodel.ruleset import CONNTRACK, Chain, Gap, Hook, Rule, RuleSet, Table
from flowmodel.source import InputError, Source, Span
from flowmodel.verdict import ACCEPT, CONTINUE, DROP, RETURN, Accept, Drop, Unknown
from parsers.nftables.grammar.shapes import LITERAL, UnexpectedError, normal, parts
from parsers.nftables.lowering import listed
from parsers.nftables.lowering.added_headers import asks_for_headers, met_without
from parsers.nftables.lowering.arp import ARP, drops_arp
from parsers.nftables.lowering.expressions import Expressions
from parsers.nftables.lowering.jumps import check_jumps
from parsers.nftables.lowering.lookups import check_elements, check_single
from parsers.nftables.lowering.lower import Assembler, Outcome
from parsers.nftables.lowering.patterns import Patterns
from parsers.nftables.lowering.pieces import HIDDEN, OUTSIDE, Piece
from parsers.nftables.lowering.settling import together
from parsers.nftables.lowering.statements import Statements
from parsers.nftables.lowering.steps import Mould, Step, mould
from parsers.nftables.lowering.untracked import before_tracking
from parsers.nftables.lowering.writes import written_keys
from parsers.nftables.ruleless import ruleless
from parsers.nftables.sets import NamedSet
from parsers.nftables.state import RawBase, RawChain, RawRule, RawTable, State, error
from parsers.nftables.untold import mark_untold
from parsers.nftables.unused import unused
from parsers.nftables.values import ForeignError, RefusedError
from parsers.shared import netfilter
from parsers.shared.added_headers import ADDED_HEADERS, may_open
from parsers.shared.order import in_any_order
from parsers.shared.policies import either

_SEEN: Final[dict[str, frozenset[Family]]] = {
    "ip": frozenset((4,)),
    "ip6": frozenset((6,)),
    "inet": frozenset(BOTH),
    "netdev": frozenset(BOTH),
}
# Ingress is before prerouting, whatever its priorities are, and egress behind postrouting.
_FAR: Final = 1 << 40
_IN_WORDS: Final = re.compile(r"[\w.:]")
_KINDS: Final[Mapping[str, netfilter.Kind]] = {"nat": "nat", "route": "route"}


def ruleset(path: str, state: State) -> RuleSet:
    """The rule set of everything read; raises InputError for what nft refuses."""
    gaps = list(state.gaps)
    written = written_keys(state)
    gaps += [*mark_untold(state), *ruleless(state)]
    tables: list[Table] = []
    for raw in state.tables.values():
        reader = TableReader(raw, state, written)
        table = reader.table()
        gaps += reader.gaps
        if raw.family in _SEEN:
            # A dormant table is there, and hooked nowhere: what it is about passes by it.
            tables.append(replace(table, chains={}) if raw.is_dormant else before_tracking(table))
        if raw.is_dormant:
            gaps.append(
                Gap("FW902", "the table is dormant: its chains see no packets", raw.span, "")
            )
        elif raw.family not in _SEEN and raw.chains:
            message = (
                f"tables of the family {raw.family} judge other packets than those "
                "that are routed, and are not part of the answer"
            )
            gaps.append(Gap("FW902", message, raw.span, ""))
    tables, doubts = in_any_order(tables)
    gaps += doubts
    families = frozenset(family for table in tables for family in table.families)
    return RuleSet(
        path,
        "nftables",
        tuple(tables),
        families,
        tuple(gaps),
        tuple(state.sources),
        unused=tuple(unused(state)),
    )


def _based(
    chain: Chain, raw: RawChain, base: RawBase, called: Mapping[str, Sequence[Rule]]
) -> Chain:
    """The chain as a base chain; `called` holds the rules of every chain of its table."""
    hook, priority = base.hook, base.priority
    if hook == "ingress":
        hook, priority = "prerouting", priority - _FAR
    elif hook == "egress":
        hook, priority = "postrouting", priority + _FAR
    kind = _KINDS.get(base.kind, "filter")
    end: Accept | Drop = DROP if raw.policy == "drop" else ACCEPT
    made = netfilter.base(_HOOKS[hook], priority, end, kind, chain.rules, called)
    if kind == "nat":
        made = replace(made, priority=netfilter.translating(made.hook, priority))
    return replace(chain, end=end, base=made)


def _is_behind_tracking(chain: RawChain) -> bool:
    return (
        chain.base is None
        or chain.base.priority > CONNTRACK
        or chain.base.hook not in ("prerouting", "output", "ingress")
    )


class TableReader:
    """Reads the rules of one table."""

    def __init__(self, raw: RawTable, state: State, written: frozenset[str]) -> None:
        """`written` are the keys and fields that some rule of any table changes."""
        self.gaps: list[Gap] = []
        self._raw = raw
        for found in raw.sets.values():
            try:
                check_elements(found)
                if found.is_map and not found.is_dynamic:
                    check_single(found)
            except RefusedError as refused:
                raise _misplaced(refused, found.find("")) from None
        self._statements = Statements(
            Expressions(raw.family, raw.sets, written),
            {name: chain.base is not None for name, chain in raw.chains.items()},
            raw.objects,
        )
        self._is_of_iptables = listed.is_of_iptables(raw)
        self._programs: dict[str, list[Step]] = {}
        self._moulds: dict[str, Mould | None] = {}
        self._shapes: dict[str, str] = {}
        self._patterns: Patterns[Mould] = Patterns()
        self._chain = ""
        self._state = state
        self._assembler = Assembler(lambda: state.new_name(self._chain), written)
        self._chains: dict[str, Chain] = {}
        self._are_all_tracked = all(map(_is_behind_tracking, raw.chains.values()))

    def table(self) -> Table:
        """The table with all its chains."""
        for found in self._raw.sets.values():
            if found.data == "verdict":
                self._check_verdicts(found)
        for raw in list(self._raw.chains.values()):
            self._chains[raw.name] = self._read(raw)
        called = {name: chain.rules for name, chain in self._chains.items()}
        for raw in self._raw.chains.values():
            if raw.base is not None:
                self._chains[raw.name] = _based(self._chains[raw.name], raw, raw.base, called)
        check_jumps(self._chains)
        name = f"{self._raw.family} {self._raw.name}"
        families = _SEEN.get(self._raw.family, frozenset(BOTH))
        return Table(name, families, self._chains)

    def _check_verdicts(self, found: NamedSet) -> None:
        for element in found.elements:
            try:
                self._statements.verdict(element.data)
            except RefusedError as refused:
                raise error(refused.message, *found.find(refused.fragment)) from None

    def _read(self, raw: RawChain) -> Chain:
        self._chain = raw.name
        self._statements.is_tracked = self._is_tracked(raw)
        rules: list[Rule] = []
        if raw.base and raw.base.hook in ("ingress", "egress"):
            rules.append(self._elsewhere(raw, raw.base.devices))
        read = self._rule
        for rule in raw.rules:
            rules += read(rule)
        if raw.policies:
            rules = self._either_policy(raw, rules)
        if raw.base and self._raw.family == "netdev" and drops_arp(raw, rules):
            self.gaps.append(Gap("FW902", ARP, raw.span, ""))
        return Chain(raw.name, tuple(rules), raw.span, RETURN)

    def _either_policy(self, raw: RawChain, rules: Sequence[Rule]) -> list[Rule]:
        """The rules with two default policies, of which nobody knows which one is set."""
        raw.policy = "accept"
        text = f"the default policy of {raw.name} is drop, as one of the files says"
        message = f"files give the chain {raw.name} different default policies: both are possible"
        span = raw.span
        self.gaps.append(Gap("FW902", message, span, ""))
        source = next(each for each in self._state.sources if each.path == span.path)
        found, made = either(raw.name, rules, text, source, span.line, span.column)
        self._chains |= {key: Chain(key, its, span, RETURN) for key, its in made.items()}
        return found

    def _is_tracked(self, raw: RawChain) -> bool:
        """Whether the chain is behind connection tracking, wherever it is called from."""
        return _is_behind_tracking(raw) if raw.base else self._are_all_tracked

    def _elsewhere(self, raw: RawChain, devices: Sequence[str]) -> Rule:
        """The rule that lets packets of other interfaces by: the chain does not see them."""
        side = "out" if raw.base and raw.base.hook == "egress" else "in"
        plain = frozenset(name for name in devices if not name.endswith("*"))
        prefixes = tuple(name[:-1] for name in devices if name.endswith("*"))
        other: Condition = Not(Name("in" if side == "in" else "out", plain, prefixes))
        if not devices:
            # nft 1.0.6 leaves the devices out of its JSON.
            other = Unread(f"the interface is none of the chain {raw.name}")
            message = "the export does not say to which interfaces the chain belongs"
            self.gaps.append(Gap("FW901", message, raw.span, ""))
        source = next(each for each in self._state.sources if each.path == raw.span.path)
        span = raw.span
        made = Rule(
            (other,), ACCEPT, source, span.line, span.column, span.last_line, span.last_column
        )
        return made._replace(is_automatic=True, is_unseen=True)

    def _rule(self, raw: RawRule) -> list[Rule]:
        if not self._is_of_iptables:
            return self._as_written(raw)
        doubtful = self._state.doubtful
        if doubtful and (raw.source.path, raw.line) in doubtful:
            return self._first(raw, listed.doubtful(raw.text))
        if " xor " in raw.text and self._listed(_shape(raw.text)):
            raw = raw._replace(text=listed.reordered(raw.text))
        try:
            return self._as_written(raw)
        except InputError:
            self._assembler.made.clear()
            if not self._listed(_shape(raw.text)):
                raise
        return self._first(raw, listed.forms(raw.text, self._raw.family))

    def _first(self, raw: RawRule, forms: Iterable[str]) -> list[Rule]:
        """What the first form means that can be read; without one, what is wrong with the rule."""
        for form in forms:
            try:
                return self._as_written(raw._replace(text=form))
            except InputError:
                self._assembler.made.clear()
        return self._as_written(raw)

    def _listed(self, shape: str) -> str:
        """The shape, if rules of it may be of iptables."""
        found = self._shapes.get(shape)
        if found is None:
            is_listed = listed.is_listed(shape, self._raw.family)
            found = self._shapes[shape] = shape if is_listed else ""
        return found

    def _as_written(self, raw: RawRule) -> list[Rule]:
        text, source, line, column, last_line, last_column, _ = raw
        try:
            found = self._patterns.find(text)
            if found and (made := self._moulded(raw, *found)):
                return [made]
            words = LITERAL.split(normal(text))
            shape, literals = "\x01".join(words[::2]), words[1::2]
            known = self._moulds.get(shape)
            if known and (made := self._moulded(raw, known, literals)):
                self._patterns.add(text, words, known)
                return [made]
            if self._is_of_iptables:
                self._statements.listed = self._listed(shape)
            program = self._programs.get(shape)
            if program is None:
                program = self._programs[shape] = [
                    Step(part, self._statements) for part in parts(shape)
                ]
            pieces = [step.piece(literals) for step in program]
            is_plain = not any(
                piece.remark or piece.needs_ports or piece.needs_family or piece.may_end
                for piece in pieces
            )
            if not is_plain:
                pieces = together(pieces)
            outcomes = self._assembler.outcomes(pieces)
            asks = asks_for_headers("".join(words))
            if shape not in self._moulds:
                fits = is_plain and not self._assembler.made and not asks
                self._moulds[shape] = mould(program, pieces, outcomes, literals) if fits else None
        except (RefusedError, ForeignError) as refused:
            raise self._error(raw, refused) from None
        except RecursionError:
            raise self._error(raw, RefusedError("the rule is nested too deeply", "")) from None
        hits = -1
        # No verdict depends on the match of a rule that ends in logging or counting.
        acts = any(each.effects or each.verdict != CONTINUE for each in outcomes)
        acts = acts or any(piece.match for piece in pieces[-1:])
        for piece in pieces:
            if piece.hits >= 0:
                hits = piece.hits
            if piece.told and (acts or piece.is_lost or not piece.remark.endswith(OUTSIDE)):
                self._remark(raw, piece)
        if asks and self._may_open("".join(words), outcomes):
            self._remark(raw, Piece(remark=ADDED_HEADERS))
        if self._assembler.made:
            self._keep_made(raw)
        return [
            Rule(match, verdict, source, line, column, last_line, last_column, effects, hits)
            for match, effects, verdict in outcomes
        ]

    def _may_open(self, text: str, outcomes: Iterable[Outcome]) -> bool:
        """Whether a sender who adds an IPv6 extension header may get further by the rule."""
        if 6 not in _SEEN[self._raw.family]:
            return False
        return any(
            may_open(verdict, has_effects=bool(effects), is_met_without=is_met)
            for is_met in met_without(text)
            for _, effects, verdict in outcomes
        )

    def _moulded(self, raw: RawRule, known: Mould, literals: Sequence[str]) -> Rule | None:
        """The rule that a mould makes of the literals; None where they do not fit in."""
        match = known.filled(literals)
        if match is None:
            return None
        _, source, line, column, last_line, last_column, _ = raw
        hits = known.hits(literals)
        return Rule(match, known.verdict, source, line, column, last_line, last_column, (), hits)

    def _remark(self, raw: RawRule, piece: Piece) -> None:
        rule = _rule((), raw)
        remark = piece.remark
        # nft cannot show what iptables loaded: the rules are in order, and need no look one by one.
        reason = remark if remark.endswith((OUTSIDE, HIDDEN)) else ""
        if piece.is_lost:
            self.gaps.append(Gap("FW901", remark, rule.span, rule.text, reason=reason))
        else:
            self.gaps.append(Gap("FW902", remark, rule.span, rule.text, reason=reason))

    def _keep_made(self, raw: RawRule) -> None:
        for name, outcomes in self._assembler.made.items():
            rules = tuple(_rule(outcome, raw) for outcome in outcomes)
            self._chains[name] = Chain(
                name, rules, rules[0].span if rules else self._raw.span, RETURN
            )
        self._assembler.made.clear()

    def _error(self, raw: RawRule, refused: RefusedError | ForeignError) -> InputError:
        rule = _rule((), raw)
        span = rule.span
        if isinstance(refused, ForeignError):
            message, fragment = f"`{refused}` is a name that only the machine knows", str(refused)
        else:
            message, fragment = refused.message, refused.fragment
            if refused.place:
                return error(message, *refused.place)
        if isinstance(refused, UnexpectedError) and refused.slot >= 0:
            fragment = LITERAL.split(normal(raw.text))[2 * refused.slot + 1]
            message = f"`{fragment}` is not expected here"
        return error(message, raw.source, _place_of(fragment, raw) or span)


def _shape(text: str) -> str:
    return "\x01".join(LITERAL.split(normal(text))[::2])


def _place_of(fragment: str, raw: RawRule) -> Span | None:
    """Where the rule has these words; None where it has them only through a variable."""
    if not fragment:
        return None
    for number in range(raw.line, raw.last_line + 1):
        line = raw.source.lines[number - 1]
        start = raw.column - 1 if number == raw.line else 0
        end = raw.last_column if number == raw.last_line else len(line)
        at = _index(fragment, line[:end], start)
        if at >= 0:
            return Span(raw.source.path, number, at + 1, number, at + len(fragment))
    return None


def _index(fragment: str, line: str, start: int) -> int:
    """Where the line has these words, and not as a part of longer ones; -1 for nowhere."""
    at = line.find(fragment, start)
    while at >= 0 and _IN_WORDS.match(fragment):
        end = at + len(fragment)
        if not _IN_WORDS.match(line[at - 1 : at]) and not _IN_WORDS.match(line, end):
            break
        at = line.find(fragment, end)
    return at


def _misplaced(refused: RefusedError, place: tuple[Source, Span]) -> InputError:
    return error(refused.message, *(refused.place or place))


_HOOKS: Final[Mapping[str, Hook]] = {
    "prerouting": "prerouting",
    "input": "input",
    "forward": "forward",
    "output": "output",
    "postrouting": "postrouting",
}


def _rule(outcome: Outcome | tuple[()], raw: RawRule) -> Rule:
    match, effects, verdict = outcome or ((), (), Unknown(""))
    place = (raw.source, raw.line, raw.column, raw.last_line, raw.last_column)
    return Rule(match, verdict, *place, effects)
