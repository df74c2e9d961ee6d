"""What rule sets mention: interface names, marks they set, addresses they translate to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain

from flowmodel.fields import Family
from flowmodel.match import All, Condition, IsFamily, Masked, Name, Relation, Test, Unread, leaves
from flowmodel.mentioned import Mentioned, mentioned
from flowmodel.ruleset import Chain, Rule, RuleSet, base_chains
from flowmodel.site import Site
from flowmodel.values import Values, full, intersection, union
from flowmodel.verdict import (
    CopyMark,
    Effect,
    MapNetwork,
    SetMark,
    TranslateDestination,
    TranslateSource,
)
from linter.engine.device.program import called_from

LOOPBACK = "lo"
_LARGE = 1000
"""A set with more ranges needs the room of many rules."""
OTHER = "/other"
"""What ends the name that stands for all interfaces which no rule names, or one of a prefix."""


def rules_of(rulesets: Iterable[RuleSet]) -> Iterator[Rule]:
    """All rules."""
    for ruleset in rulesets:
        for table in ruleset.tables:
            for each in table.chains.values():
                yield from each.rules


def distinct_chains(rulesets: Iterable[RuleSet]) -> Iterable[Chain]:
    """All chains, each once: machines of an account share those of their groups."""
    chains = (each for r in rulesets for table in r.tables for each in table.chains.values())
    return {id(each): each for each in chains}.values()


def distinct_rules(rulesets: Iterable[RuleSet]) -> Iterator[Rule]:
    """The rules of all chains, each once."""
    return chain.from_iterable(each.rules for each in distinct_chains(rulesets))


def distinct_conditions(rulesets: Iterable[RuleSet]) -> Iterable[Condition]:
    """All conditions, each once, but plain tests of addresses and ports."""
    chains = distinct_chains(rulesets)
    return {id(c): c for each in chains for c in each.mentioned.conditions}.values()


def _translating(rulesets: Iterable[RuleSet], family: Family) -> Iterator[Rule]:
    """The rules that translate packets of a family: the other one's addresses are not here."""
    for ruleset in rulesets:
        for table in ruleset.tables:
            if family in table.families:
                for each in table.chains.values():
                    found = each.mentioned.translating
                    yield from (rule for rule in found if _is_for(rule.match, family))


def _is_for(conditions: Iterable[Condition], family: Family) -> bool:
    """Whether no condition is about packets of the other family alone."""
    for condition in conditions:
        match condition:
            case IsFamily(other) if other != family:
                return False
            case All(several) if not _is_for(several, family):
                return False
            case _:
                pass
    return True


def _disabled(rulesets: Iterable[RuleSet]) -> Iterator[Rule]:
    for ruleset in rulesets:
        for table in ruleset.tables:
            for each in table.chains.values():
                yield from (rule for _, rule in each.disabled)


def met_together(rulesets: Iterable[RuleSet]) -> Iterator[tuple[RuleSet, ...]]:
    """The rule sets that the same packets meet: those of each place, and all that have none."""
    every = tuple(rulesets)
    if rest := tuple(each for each in every if not each.place):
        yield rest
    yield from ((each,) for each in every if each.place)


def rule_count(rulesets: Iterable[RuleSet]) -> int:
    """How many rules there are."""
    tables = [table for ruleset in rulesets for table in ruleset.tables]
    return sum(len(each.rules) for table in tables for each in table.chains.values())


def weight(rulesets: Iterable[RuleSet]) -> int:
    """How many rules the exports are like: those that test against sets need the room of many.

    A rule more stands for every ten values of large sets, and for every 200 pairs of values
    in a rule that tests against two sets: its packets are their product.
    """
    tables = [table for ruleset in rulesets for table in ruleset.tables]
    chains = [each for table in tables for each in table.chains.values()]
    return _weight(sum(len(each.rules) for each in chains), [each.mentioned for each in chains])


def weight_of(rules: Sequence[Rule]) -> int:
    """The same of some rules."""
    return _weight(len(rules), [mentioned(rules)])


def _weight(rules: int, found: Iterable[Mentioned]) -> int:
    sets: dict[int, int] = {}
    products = 0
    for each in found:
        products += each.products
        sets |= {id(t): len(t.values) for t in each.several if len(t.values) > _LARGE}
    return rules + sum(sets.values()) // 10 + products // 200


def listed(rulesets: Iterable[RuleSet]) -> Iterator[Values]:
    """The addresses of tests against several ranges, of each test once."""
    for each in distinct_chains(rulesets):
        yield from (t.values for t in each.mentioned.several if t.field in ("src", "dst"))


def length(rulesets: Iterable[RuleSet]) -> int:
    """How many characters their files have; a file that many firewalls stand in counts once."""
    sources = {id(source): source for ruleset in rulesets for source in ruleset.sources}
    return sum(each.length for each in sources.values())


def interface_names(rulesets: Mapping[str, Sequence[RuleSet]], site: Site) -> tuple[str, ...]:
    """One name for each class of interfaces that rules tell apart and the site leaves open.

    A site names the interfaces between networks, but not the ports of a bridge there.
    Loopback is none of them: what comes from other machines does not come by it.
    """
    open_: list[Name] = []
    for device in site.devices:
        asked = _asked_names(rulesets.get(device.name, ()))
        open_ += (c for c in asked if device.is_machine or c.field in ("phys_in", "phys_out"))
    return tuple(name for name in _classes(open_) if name != LOOPBACK)


def names_in(rulesets: Iterable[RuleSet]) -> tuple[str, ...]:
    """One name for each class of interfaces that the rules tell apart."""
    return _classes(_asked_names(rulesets))


def _asked_names(rulesets: Iterable[RuleSet]) -> Iterator[Name]:
    """What the rules ask of interfaces; also disabled rules: a check asks what they would do."""
    every = list(rulesets)
    disabled = chain.from_iterable(rule.match for rule in _disabled(every))
    return asked_names({id(c): c for c in chain(distinct_conditions(every), disabled)}.values())


def _classes(conditions: Iterable[Name]) -> tuple[str, ...]:
    """A name for each class that the conditions tell apart.

    The made-up ones hold a character that no interface's name can have.
    """
    names: set[str] = {LOOPBACK}
    prefixes: set[str] = set()
    for condition in conditions:
        names |= condition.names
        prefixes |= set(condition.prefixes)
    made_up = {prefix + OTHER for prefix in prefixes} | {OTHER}
    return tuple(sorted((names | made_up) - {""}))


def class_of(name: str, names: Iterable[str]) -> str:
    """Which of the names (from `names_in`) stands for an interface: all rules treat both alike."""
    if name in names or not name:
        return name
    others = (other for other in names if other.endswith(OTHER))
    return max((o for o in others if name.startswith(o.removesuffix(OTHER))), key=len)


def believable(name: str, names: Sequence[str]) -> str:
    """A name that an interface of the class can have: `eth0`, where no rule names that one."""
    if not name.endswith(OTHER):
        return name
    stem = name.removesuffix(OTHER) or "eth"
    candidates = (f"{stem}{number}" for number in range(len(names) + 1))
    return next((each for each in candidates if class_of(each, names) == name), stem)


def asked_names(conditions: Iterable[Condition]) -> Iterator[Name]:
    """The conditions about names of interfaces, also those inside of others."""
    return (each for each in leaves(conditions) if isinstance(each, Name))


def owned_marks(rulesets: Iterable[RuleSet]) -> int:
    """The bits of the packet mark that the rules set themselves; they are 0 when a packet comes."""
    bits = 0
    for effect in _effects(rulesets):
        match effect:
            case SetMark("mark", keep, flip):
                bits |= (~keep & 0xFFFFFFFF) | flip
            case CopyMark(_, "mark", _, target_mask):
                bits |= target_mask
            case _:
                pass
    return bits


def asked_marks(rulesets: Sequence[RuleSet]) -> int:
    """The bits of the packet mark that rules look at."""
    found = _asked(distinct_conditions(rulesets))
    for effect in _effects(rulesets):
        if isinstance(effect, CopyMark) and effect.source == "mark":
            found |= effect.source_mask
    return found


def _effects(rulesets: Iterable[RuleSet]) -> Iterator[Effect]:
    for each in distinct_chains(rulesets):
        yield from each.mentioned.effects


def _asked(conditions: Iterable[Condition]) -> int:
    found = 0
    for condition in leaves(conditions):
        match condition:
            case Masked("mark", mask, _):
                found |= mask
            case Test("mark", _) | Relation():
                found |= 0xFFFFFFFF
            case _:
                pass
    return found


def forwards(rulesets: Iterable[RuleSet], family: Family) -> list[tuple[Values, Values]]:
    """For each rule that sends packets elsewhere: from which addresses at most, and to which."""
    everything = full(32 if family == 4 else 128)
    found: list[tuple[Values, Values]] = []
    for rule in _translating(rulesets, family):
        match rule.verdict:
            case TranslateDestination(addresses, _, False) if addresses != everything:
                found.append((_sent_to(rule.match, everything), addresses))
            case MapNetwork("dst", network, mask):
                last = network | (everything[0][1] & ~mask)
                found.append((_sent_to(rule.match, everything), ((network, last),)))
            case _:
                pass
    return found


def _sent_to(conditions: Iterable[Condition], within: Values) -> Values:
    """The destinations for which the conditions can hold; perhaps some more."""
    for condition in conditions:
        match condition:
            case Test("dst", values):
                within = intersection(within, values)
            case All(several):
                within = _sent_to(several, within)
            case _:
                pass
    return within


def input_destinations(rulesets: Sequence[RuleSet], family: Family) -> Iterator[Values]:
    """The destinations that rules name about packets for the machine itself."""
    everything = full(32 if family == 4 else 128)
    found = base_chains(rulesets, family)
    bases = [(table, base) for table, base in found if base.base and base.base.hook == "input"]
    for called in dict.fromkeys(each for base in bases for each in called_from(*base)):
        for rule in called.rules:
            values = _sent_to(rule.match, everything) if _is_for(rule.match, family) else everything
            if values != everything:
                yield values


def translation_targets(rulesets: Iterable[RuleSet], family: Family) -> Values:
    """All addresses that a translation can put into a packet; empty where there is none."""
    everything = full(32 if family == 4 else 128)
    targets: list[tuple[int, int]] = []
    for rule in _translating(rulesets, family):
        match rule.verdict:
            case TranslateDestination(addresses, _, True) | TranslateSource(addresses, _, True):
                targets += everything
            case TranslateDestination(addresses, _, False) | TranslateSource(addresses, _, False):
                targets += addresses
            case MapNetwork():
                targets += everything
            case _:
                pass
    return union(targets)


def may_be_sent_to(rulesets: Iterable[RuleSet], family: Family, addresses: Values) -> bool:
    """Whether a translation may send packets to some of the addresses, or to the device itself."""
    for rule in _translating(rulesets, family):
        match rule.verdict:
            case TranslateDestination(targets, _, is_own):
                if is_own or intersection(targets, addresses):
                    return True
            case MapNetwork("dst", _, _):
                return True
            case _:
                pass
    return False


def asks_whose(rulesets: Iterable[RuleSet]) -> bool:
    """Whether a rule asks if packets are sent to an address of the device's own."""
    asked = leaves(distinct_conditions(rulesets))
    return any(isinstance(each, Test) and each.field == "dst_type" for each in asked)


def last_day(rule: Rule) -> date | None:
    """The last day on which the rule matches; None where it goes on."""
    # Most conditions are tests of numbers.
    days = _days([each for each in rule.match if not isinstance(each, Test)])
    return date.fromisoformat(min(days)) if days else None


def _days(conditions: Sequence[Condition]) -> list[str]:
    found: list[str] = []
    for each in conditions:
        if isinstance(each, Unread):
            if each.until:
                found.append(each.until)
        elif isinstance(each, All):
            found += _days(each.conditions)
    return found
