"""What a site makes of conditions that an export leaves open: it says what the internet is."""

from collections.abc import Mapping

from flowmodel.addresses import EVERYWHERE, Addresses
from flowmodel.fields import FAMILIES
from flowmodel.match import All, Any, Condition, IsFamily, Match, Test, Unread
from flowmodel.record import replace
from flowmodel.ruleset import Chain, RuleSet, Table
from flowmodel.site import Site
from linter.engine.site.exported import the_internet


def narrowed(
    site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]
) -> dict[str, tuple[RuleSet, ...]]:
    """The rule sets, in which no unread condition holds for what it cannot be about.

    A condition about an end that is no address of the internet (`Unread.of`) is left with all
    others, the ends of the site's flows among them: so it stays possible wherever it may be.
    """
    inside = EVERYWHERE - the_internet(site)
    for flow in site.requirements:
        for pair in flow.ends:
            for end in pair:
                if end.kind in ("role", "peer"):
                    inside |= end.addresses
    narrowing = _Narrowing(inside)
    return {name: tuple(map(narrowing.ruleset, its)) for name, its in rulesets.items()}


class _Narrowing:
    """Makes each condition, and each chain that firewalls share, once."""

    def __init__(self, inside: Addresses) -> None:
        self._inside = inside
        self._conditions: dict[Unread, Condition] = {}
        self._chains: dict[int, tuple[Chain, Chain]] = {}

    def ruleset(self, ruleset: RuleSet) -> RuleSet:
        """The rule set; itself where nothing in it is narrowed."""
        tables = tuple(map(self._table, ruleset.tables))
        is_same = all(new is old for new, old in zip(tables, ruleset.tables, strict=True))
        return ruleset if is_same else replace(ruleset, tables=tables)

    def _table(self, table: Table) -> Table:
        chains = {name: self._chain(chain) for name, chain in table.chains.items()}
        is_same = all(chains[name] is chain for name, chain in table.chains.items())
        return table if is_same else replace(table, chains=chains)

    def _chain(self, chain: Chain) -> Chain:
        if id(chain) not in self._chains:
            # Called for every condition of every rule: a list is made faster than a generator.
            unread = [c for r in chain.rules for c in r.match if type(c) is Unread]
            new = chain
            if any(each.of for each in unread):
                rules = (rule._replace(match=self._match(rule.match)) for rule in chain.rules)
                new = replace(chain, rules=tuple(rules))
            self._chains[id(chain)] = chain, new
        return self._chains[id(chain)][1]

    def _match(self, match: Match) -> Match:
        return tuple(
            self._condition(each) if isinstance(each, Unread) and each.of else each
            for each in match
        )

    def _condition(self, unread: Unread) -> Condition:
        if unread not in self._conditions and unread.of:
            there = tuple(
                All((IsFamily(family), Test(unread.of, self._inside.of(family))))
                for family in FAMILIES
            )
            self._conditions[unread] = All((Any(there), unread))
        return self._conditions[unread]
