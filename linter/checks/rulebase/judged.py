"""What each rule of the exports decides, for the checks that ask whether it decides anything.

A rule can be reached from several base chains, and be about both address families. It does nothing
only if it does nothing in all of them.
"""

from collections.abc import Iterator, Sequence

from flowmodel.fields import FAMILIES, Family
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, RuleSet, Table, base_chains
from linter.checks.subject import Subject
from linter.engine.budget import SECONDS_A_RULE, Budget
from linter.engine.device.fates import Fate, Fates, fates, space_for
from linter.engine.device.mentions import rule_count


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a rule does in one base chain, for one family."""

    chain: Fates
    fate: Fate

    @property
    def fits(self) -> bool:
        """Whether any packet fulfils its conditions, and those of the jumps to it."""
        return not self.chain.is_empty(self.fate.fits)

    @property
    def hits(self) -> bool:
        """Whether it decides any packet."""
        return not self.chain.is_empty(self.fate.hits)

    @property
    def tells(self) -> bool:
        """Whether any packet would fare otherwise without it."""
        return not self.chain.is_empty(self.fate.tells)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One rule of a device, with what it does wherever it is reached."""

    device: str
    table: Table
    chain: Chain
    rule: Rule
    seen: tuple[Seen, ...]

    @property
    def never_matches(self) -> bool:
        """Whether no packet at all fulfils its conditions."""
        return not any(each.fits for each in self.seen)

    @property
    def is_shadowed(self) -> bool:
        """Whether other rules decide all packets that it would match."""
        return not self.never_matches and not any(each.hits for each in self.seen)

    @property
    def is_redundant(self) -> bool:
        """Whether it decides packets, and each of them just as the other rules would."""
        return any(each.hits for each in self.seen) and not any(each.tells for each in self.seen)


def judged(subject: Subject) -> tuple[Judged, ...]:
    """All rules to which packets can come, in the order of the files; raises TooComplexError."""
    return subject.once(_judged)


def _judged(subject: Subject) -> tuple[Judged, ...]:
    if isinstance(subject.room, Exception):
        raise subject.room
    every = [ruleset for its in subject.exports.values() for ruleset in its]
    budget = Budget(subject.seconds + SECONDS_A_RULE * rule_count(every))
    found: list[Judged] = []
    for device, rulesets in subject.exports.items():
        by_rule: dict[int, list[tuple[Table, Seen]]] = {}
        for family in FAMILIES:
            for table, seen in _of_family(rulesets, family, subject.room, budget):
                by_rule.setdefault(id(seen.fate.rule), []).append((table, seen))
        for several in by_rule.values():
            (table, first), *_ = several
            seen_all = tuple(seen for _, seen in several)
            found.append(Judged(device, table, first.fate.chain, first.fate.rule, seen_all))
    return tuple(sorted(found, key=lambda each: each.rule.span))


def _of_family(
    rulesets: Sequence[RuleSet], family: Family, room: int, budget: Budget
) -> Iterator[tuple[Table, Seen]]:
    for together in _places(rulesets, family):
        for chain in fates(together, space_for(together, family, room), budget):
            for fate in chain.rules:
                if not fate.rule.is_given:
                    yield chain.table, Seen(chain, fate)


def _places(rulesets: Sequence[RuleSet], family: Family) -> Iterator[tuple[RuleSet, ...]]:
    """The rule sets that packets meet together; each set of chains once (AWS shares them)."""
    alone = [(each,) for each in rulesets if each.place]
    rest = tuple(each for each in rulesets if not each.place)
    known: set[tuple[int, ...]] = set()
    for together in (*([rest] if rest else []), *alone):
        key = tuple(id(chain) for _, chain in base_chains(together, family))
        if key and key not in known:
            known.add(key)
            yield together
