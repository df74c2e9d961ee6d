"""Base chains that only say what passes: one packet shows a rule to be needed, in whatever order.

Thousands of machines of an account have a few groups each. Their rules accept, and what none of
them accepts is dropped. So a packet that one rule matches, and no other one of the machine, fares
otherwise without that rule, and without the jump to its chain: a chain is made ready once for all
machines that have it, and no row of all rules is made for each.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from flowmodel.fields import Family
from flowmodel.memory import uncollected
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Accept, Drop, Jump
from linter.checks.rulebase.ends import End, Ends, Probe
from linter.checks.rulebase.looking import Known
from linter.checks.rulebase.picks import Picks
from linter.checks.rulebase.settled import Settled
from linter.checks.rulebase.standing import Needed, Seen
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.fates import MISSING
from linter.engine.device.lookup import Lookup
from linter.engine.device.row import Entry, Own

_TRIES: Final = 4
_KEPT: Final = 16384
"""How many chains are kept ready."""
_LOOKED_UP: Final = 4096
"""How many with all that their rules ask for."""
_MOST: Final = 16
"""Amazon VPC quotas, "Security groups": a network interface has no more of them."""


class _Part(NamedTuple):
    """A chain whose rules a base chain asks, and the rule that leads there, if it is another."""

    chain: Chain
    jump: Rule | None
    ends: Ends
    """Its rules that accept."""


class Allowlists:
    """Shows of rules that they are needed, in one address family."""

    def __init__(self, family: Family, known: Known, settled: Settled, budget: Budget) -> None:
        self._family = family
        self._known = known
        self._settled = settled
        self._budget = budget
        self._chains: dict[tuple[Chain, str | None], Ends | None] = {}
        """By the interface that packets do not have there; None where the chain does anything else
        than accept, or where one packet does not tell what a rule of it is for."""
        self._own: dict[tuple[str | None, tuple[int, ...]], tuple[Chain, Ends]] = {}
        """By the identities of the conditions, which base chains share, and which live as long as
        the first of these: it is kept."""
        self._lookups: dict[Ends, Lookup] = {}
        """Where ends do not tell the rules apart. Not by their identity: those that are no longer
        kept may be asked about once more, and others have it then."""
        self._picks: dict[str | None, Picks] = {}

    def needed(self, table: Table, base: Chain) -> tuple[Needed, ...]:
        """The rules that are shown to be needed and of which that was not known; now it is.

        The base chain is the only one of its hook. Of what takes too long nothing is shown.
        """
        found: list[Needed] = []
        with suppress(TooComplexError), self._budget.question(), uncollected():
            # Not `extend`: what is shown before it takes too long counts.
            for each in self._needed(table, base):
                found.append(each)  # noqa: PERF402
        return tuple(found)

    def _needed(self, table: Table, base: Chain) -> Iterator[Needed]:
        assert base.base is not None, "packets come to base chains"
        missing = MISSING.get(base.base.hook)
        picks = self._picks.setdefault(missing, Picks(self._family, self._known.names, missing))
        parts = self._parts(table, base, picks)
        for number, part in enumerate(parts):
            others = [*parts[:number], *parts[number + 1 :]]
            yield from self._shown(base, part, others, picks)

    def _shown(
        self, base: Chain, part: _Part, others: Sequence[_Part], picks: Picks
    ) -> Iterator[Needed]:
        telling, jump = self._known.telling, part.jump
        is_led = jump is None or jump.is_given or id(jump) in telling
        for probe in part.ends.probes:
            rule = part.chain.rules[probe.at]
            is_known = rule.is_given or id(rule) in telling
            if (is_known and is_led) or not self._is_alone(probe, part, others, picks):
                continue
            if jump is not None and not is_led:
                is_led = True
                telling.add(id(jump))
                yield Needed(base, jump)
            if not is_known:
                telling.add(id(rule))
                yield Needed(part.chain, rule)

    def _is_alone(self, probe: Probe, part: _Part, others: Sequence[_Part], picks: Picks) -> bool:
        """Whether some packet is matched by this rule and by no other one."""
        self._budget.spend()
        # Whatever else rules ask for: those about other addresses do not match such a packet.
        state, port = probe.state, probe.port
        for address in probe.tried(self._family):
            if part.ends.count(address, state, port) > 1:
                continue
            # No generator: this is asked of every rule.
            for each in others:
                if each.ends.count(address, state, port):
                    break
            else:
                return True
        return self._has_packet(probe, part, others, picks)

    def _has_packet(self, probe: Probe, part: _Part, others: Sequence[_Part], picks: Picks) -> bool:
        """The same, where addresses do not tell it."""
        mine, its = self._lookup(part), list(map(self._lookup, others))
        entry = next(each for each in mine.entries if each.at == probe.at)
        for number in range(_TRIES):
            self._budget.spend()
            packet = picks.of(entry, number)
            if packet is None or not packet.fulfils(entry, is_asked=True):
                continue
            if mine.has_other(packet, entry):
                continue
            if not any(each.has_other(packet) for each in its):
                return True
        return False

    def _parts(self, table: Table, base: Chain, picks: Picks) -> list[_Part]:
        """The chains that are asked; none where anything else than a match decides."""
        is_filter = base.base is not None and base.base.kind == "filter"
        if not (is_filter and isinstance(base.end, Drop) and self._settled.is_clear(base)):
            return []
        # Whom a group permits is at the other end.
        end: End = "src" if picks.missing == "out" else "dst"
        if not all(isinstance(r.verdict, Jump) or _only_accepts(r) for r in base.rules):
            return []
        parts = [_Part(base, None, self._of_base(base, end, picks))]
        for rule in base.rules:
            if not isinstance(rule.verdict, Jump):
                continue
            called = table.chains[rule.verdict.chain]
            ends = None if rule.match or rule.effects else self._of_chain(called, end, picks)
            if ends is None:
                return []
            parts.append(_Part(called, rule, ends))
        is_once = len({id(each.chain) for each in parts}) == len(parts)
        return parts if is_once and len(parts) <= _MOST + 1 else []

    def _of_base(self, base: Chain, end: End, picks: Picks) -> Ends:
        own = (*(0 if isinstance(each.verdict, Jump) else id(each.match) for each in base.rules),)
        key = picks.missing, own
        if key not in self._own:
            self._own[key] = base, Ends(base.rules, end, self._family, picks.usual)
        return self._own[key][1]

    def _of_chain(self, chain: Chain, end: End, picks: Picks) -> Ends | None:
        key = chain, picks.missing
        if key not in self._chains:
            if len(self._chains) == _KEPT:
                # Most of an account's groups are of one machine: all together take much memory.
                self._chains.clear()
                self._lookups.clear()
            is_told = all(map(_only_accepts, chain.rules)) and self._settled.is_clear(chain)
            self._chains[key] = (
                Ends(chain.rules, end, self._family, picks.usual) if is_told else None
            )
        return self._chains[key]

    def _lookup(self, part: _Part) -> Lookup:
        known = self._lookups.get(part.ends)
        if known is None:
            if len(self._lookups) == _LOOKED_UP:
                self._lookups.clear()
            chain = part.chain
            entries = [
                Entry(rule, chain, at, None, Own(rule.match, self._family))
                for at, rule in enumerate(chain.rules)
                if isinstance(rule.verdict, Accept)
            ]
            known = self._lookups[part.ends] = Lookup(entries, self._family)
        return known


def _only_accepts(rule: Rule) -> bool:
    return type(rule.verdict) is Accept and not rule.effects


def merged(
    table: Table, base: Chain, shown: Iterable[Needed], told: Iterable[Seen | Needed]
) -> tuple[Seen | Needed, ...]:
    """What was shown of rules of a base chain and what else is told, in the order of packets."""
    by_rule = {id(each.rule): each for each in (*shown, *told)}
    in_order = (by_rule.get(id(rule)) for rule in _in_a_row(table, base))
    return tuple(each for each in in_order if each is not None)


def _in_a_row(table: Table, base: Chain) -> Iterator[Rule]:
    for rule in base.rules:
        yield rule
        if isinstance(rule.verdict, Jump):
            yield from table.chains[rule.verdict.chain].rules
