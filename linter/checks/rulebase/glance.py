"""What rules decide, proved with one packet for each where that is enough.

A rule decides something if one packet comes to it, and changes something if one fares otherwise
without it. Most rules of most firewalls have such packets, which are soon found; only the others
need packet sets, and these only of the rules that may match the same packets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, RuleSet, Table
from linter.checks.rulebase.looking import Glance, Known, Looking
from linter.checks.rulebase.replies import is_written_for_replies
from linter.checks.rulebase.standing import Needed, Seen
from linter.engine.budget import Budget
from linter.engine.device.lookup import Lookup
from linter.engine.device.program import called_from
from linter.engine.device.row import NotInARowError, Row


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Rule sets that packets meet together, and those of their base chains that are looked at."""

    rulesets: tuple[RuleSet, ...]
    bases: tuple[tuple[Table, Chain], ...]
    """All of a hook or none, hook by hook."""
    only_judges: frozenset[int]
    """By identity, the base chains that accept what no other one can drop."""


@dataclass(frozen=True, slots=True, eq=False)
class Glanced:
    """What a glance at a place tells, and what packet sets have to be asked about."""

    by_base: "Mapping[int, Glance]"
    """By identity of the base chain; those that are not here take packet sets for each rule."""
    bases: tuple[tuple[Table, Chain], ...]
    """The base chains for which these are needed."""
    asked: frozenset[int]
    """The identities of the rules that they are to tell of."""
    kept: frozenset[int]
    """Those of the rules that may match the same packets, and so matter to it."""

    def needs(self, base: Chain) -> bool:
        """Whether they are needed for rules of the base chain."""
        found = self.by_base.get(id(base))
        return found is None or bool(found.open)

    def merged(self, base: Chain, told: Iterable[Seen]) -> "tuple[Seen | Needed, ...]":
        """What each rule does, in the order of the packets; with what packet sets told."""
        found = self.by_base.get(id(base))
        if found is None:
            return tuple(told)
        by_rule = {id(each.rule): each for each in told}
        if not by_rule and not found.row.repeated:
            # Each rule stands in one place, and was looked at in the order of the row.
            return tuple(found.seen.values())
        several = {
            id(entry.rule): found.seen.get(entry.at) or by_rule.get(id(entry.rule))
            for entry in found.row.entries
        }
        return tuple(each for each in several.values() if each is not None)


def glanced(place: Place, family: Family, known: Known, budget: Budget) -> Glanced:
    """What a glance tells of each base chain; raises TooComplexError.

    `known` is for the next place that has the same rules: machines share those of their groups.
    """
    by_base: dict[int, Glance] = {}
    bases: list[tuple[Table, Chain]] = []
    asked: set[int] = set()
    kept: set[int] = set()
    several = [
        (its, _glances(its, family, place.only_judges, known, budget))
        for its in by_hook(place.bases)
    ]
    if any(found is None or _tells_of_replies(found) for _, found in several):
        # The digest of a hole numbers what the export does not tell, in the order of all rules.
        for _, found in several:
            for each in found or ():
                each.open_all()
    for its, found in several:
        if found is None:
            rules = [rule for base in its for each in called_from(*base) for rule in each.rules]
            kept.update(map(id, rules))
            asked.update(id(rule) for rule in rules if not rule.is_given)
            bases += its
            continue
        by_base.update((id(each.base), each) for each in found)
        last = max((number for number, each in enumerate(found, 1) if each.open), default=0)
        bases += its[:last]
        for number, each in enumerate(found):
            for entry in each.open:
                asked.add(id(entry.rule))
                # A rule that contradicts itself overlaps with none, but it is asked about.
                kept.update(id(one.rule) for one in entry.way)
                for other in found[: number + 1]:
                    budget.spend()
                    kept.update(id(one.rule) for one in other.lookup.overlapping(entry))
    return Glanced(by_base, tuple(bases), frozenset(asked), frozenset(kept))


def _tells_of_replies(found: Sequence[Glance]) -> bool:
    """Whether packet sets may be asked which connections begin by a rule for replies."""
    return any(
        is_written_for_replies(entry.chain, entry.rule, is_stateless=True)
        for each in found
        for entry in each.open
    )


def by_hook(bases: Sequence[tuple[Table, Chain]]) -> Iterator[list[tuple[Table, Chain]]]:
    """The base chains of each hook, which follow each other."""
    for _, several in groupby(bases, key=lambda each: each[1].base and each[1].base.hook):
        yield list(several)


def _glances(
    bases: Sequence[tuple[Table, Chain]],
    family: Family,
    only_judges: frozenset[int],
    known: Known,
    budget: Budget,
) -> list[Glance] | None:
    """What is seen of the base chains of one hook, in their order.

    None where packets can come to a chain on several ways. Raises TooComplexError.
    """
    found: list[Glance] = []
    try:
        for table, base in bases:
            row = Row(table, base, family, known.own)
            lookup = Lookup(row.entries, family)
            found.append(Glance(table, base, row, lookup, is_only_judge=id(base) in only_judges))
    except NotInARowError:
        return None
    for index, each in enumerate(found):
        Looking(each, found[:index], known, budget).look()
    return found
