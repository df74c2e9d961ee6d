"""Rule sets with other names of interfaces: one device has others in another format or system."""

from collections.abc import Iterable, Mapping, Sequence

from flowmodel.match import All, Any, Condition, Match, Name, Not, leaves, name_holds
from flowmodel.record import replace
from flowmodel.ruleset import Chain, Link, Rule, RuleSet, Table
from linter.engine.device.mentions import rules_of


def is_named(rulesets: Sequence[RuleSet], name: str) -> bool:
    """Whether rules ask for an interface of this name, or the device has one."""
    conditions = (leaf for rule in rules_of(rulesets) for leaf in leaves(rule.match))
    return any(isinstance(each, Name) and name_holds(each, name) for each in conditions) or any(
        name in link.names for each in rulesets for link in each.links
    )


def renamed(rulesets: Iterable[RuleSet], names: Mapping[str, str]) -> tuple[RuleSet, ...]:
    """The rule sets of the device on which these interfaces have the names that they map to.

    An interface that has several names is meant by each of them.
    """
    every = tuple(rulesets)
    links = (link.names for each in every for link in each.links)
    aliases = {
        alias: names[name]
        for several in links
        for name in several
        if name in names
        for alias in several
    }
    return tuple(map(_Renaming({**aliases, **names}).ruleset, every))


class _Renaming:
    """The names, and what was made of each condition: equal ones stay one object."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._new = frozenset(names.values())
        self._known: dict[int, tuple[Condition, Condition]] = {}
        self._rules: dict[int, tuple[Rule, Rule]] = {}
        """A chain may hold a rule twice: as it is asked, and as it is written."""

    def ruleset(self, ruleset: RuleSet) -> RuleSet:
        tables = tuple(map(self._table, ruleset.tables))
        return replace(ruleset, tables=tables, links=tuple(map(self._link, ruleset.links)))

    def _link(self, link: Link) -> Link:
        names = (self._names.get(name, name) for name in link.names)
        return replace(link, names=tuple(dict.fromkeys(names)))

    def _table(self, table: Table) -> Table:
        return replace(table, chains={key: self._chain(each) for key, each in table.chains.items()})

    def _chain(self, chain: Chain) -> Chain:
        return replace(
            chain,
            rules=tuple(map(self._rule, chain.rules)),
            disabled=tuple((index, self._rule(rule)) for index, rule in chain.disabled),
            written=tuple(map(self._rule, chain.written)),
        )

    def _rule(self, rule: Rule) -> Rule:
        if id(rule) not in self._rules:
            self._rules[id(rule)] = rule, rule._replace(match=self._match(rule.match))
        return self._rules[id(rule)][1]

    def _match(self, match: Match) -> Match:
        return tuple(map(self._condition, match))

    def _condition(self, condition: Condition) -> Condition:
        if id(condition) not in self._known:
            self._known[id(condition)] = condition, self._made(condition)
        return self._known[id(condition)][1]

    def _made(self, condition: Condition) -> Condition:
        match condition:
            case Name():
                return self._name(condition)
            case Not(inner):
                return Not(self._condition(inner))
            case All(several):
                return All(self._match(several))
            case Any(several):
                return Any(self._match(several))
            case _:
                return condition

    def _name(self, condition: Name) -> Condition:
        """A new name fulfils it if an interface did that has it now; all others as they did."""
        field = condition.field
        fulfil = {new for old, new in self._names.items() if name_holds(condition, old)}
        others = Name(field, condition.names - self._names.keys() - self._new, condition.prefixes)
        if all(new in fulfil or not name_holds(others, new) for new in self._new):
            return Name(field, others.names | fulfil, others.prefixes)
        apart = All((Not(Name(field, self._new)), others))
        return Any((apart, Name(field, frozenset(fulfil))))
