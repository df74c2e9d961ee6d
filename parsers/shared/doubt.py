"""What becomes of a chain's rules where it is not known what runs before and behind it."""

from collections.abc import Iterable, Mapping
from operator import is_
from types import MappingProxyType
from typing import Final

from flowmodel.match import All, Any, Condition, Masked, Not, Relation, Test, Volatile
from flowmodel.record import NamedTuple, replace
from flowmodel.ruleset import Chain, Rule
from flowmodel.verdict import (
    ACCEPT,
    DROP,
    CopyMark,
    Drop,
    Effect,
    Escape,
    NoTrack,
    Reject,
    SetMark,
    Translation,
    Unknown,
    UnknownMark,
)

_DECIDING: Final = Translation | Unknown | Drop | Reject | Escape
_TRACKED: Final = ("state", "ct_mark", "ct_status", "ct_dir", "orig_src", "orig_dst", "orig_proto")
"""What connection tracking tells of a packet, once it has seen it."""
_MARK: Final = (1 << 32) - 1
EVERY: Final = (1 << 128) - 1
"""All bits of a field."""
_TEXT: Final = "the order of chains at one priority"
_OPEN: Final = Volatile(_TEXT)

Bits = Mapping[str, int]
"""Fields, and which of their bits."""


class Doubt(NamedTuple):
    """What nobody knows of one chain's rules."""

    seen: Bits = MappingProxyType({})
    """What another chain may or may not have changed before."""
    kept: Bits = MappingProxyType({})
    """What another chain may change back afterwards."""
    skipped: Rule | None = None
    """A rule of another chain that may come first, so that this one is not asked."""
    is_late: bool = False
    """Whether another chain may decide before what this one translates."""
    is_level: bool = False
    """Whether the chain has the priority of connection tracking, before or behind which it runs."""

    def with_other(self, other: "Doubt") -> "Doubt":
        """What nobody knows for one of both reasons."""
        return Doubt(
            either(self.seen, other.seen),
            either(self.kept, other.kept),
            self.skipped or other.skipped,
            self.is_late or other.is_late,
            self.is_level or other.is_level,
        )

    def of_rule(self, rule: Rule) -> Rule:
        """The rule, which may match where it depends on what is not known, and may not."""
        match = tuple(map(self._of, rule.match))
        effects = tuple(map(self._effect, rule.effects))
        if self.is_level and any(isinstance(each, NoTrack) for each in effects):
            match = (*match, _OPEN)
        if (self.skipped and does(rule)) or (self.is_late and translates(rule)):
            match = (*match, _OPEN)
        elif all(map(is_, (*match, *effects), (*rule.match, *rule.effects))):
            return rule
        return rule._replace(match=match, effects=effects)

    def _of(self, condition: Condition) -> Condition:
        match condition:
            case Not(inner):
                found = self._of(inner)
                return condition if found is inner else Not(found)
            case All(several) | Any(several):
                made = tuple(self._of(each) for each in several)
                is_same = all(map(is_, made, several))
                return condition if is_same else type(condition)(made)
            case _:
                return _OPEN if meet(_asked(condition), self.seen) else condition

    def _effect(self, effect: Effect) -> Effect:
        written = changed((effect,))
        copied = {effect.source: effect.source_mask} if isinstance(effect, CopyMark) else {}
        if isinstance(effect, NoTrack) or not (meet(written, self.kept) or meet(copied, self.seen)):
            return effect
        (name,) = written
        return UnknownMark(name, _TEXT)


LEVEL: Final = Doubt(dict.fromkeys(_TRACKED, EVERY), {"ct_mark": EVERY}, is_level=True)
"""That of a chain at the priority of connection tracking."""


def doubted(chain: Chain, doubt: Doubt) -> Chain:
    """The chain, of which nothing is certain that is in doubt; the same one if there is nothing."""
    rules = tuple(map(doubt.of_rule, chain.rules))
    if doubt.skipped and chain.end == DROP:
        passing = doubt.skipped._replace(match=(_OPEN,), verdict=ACCEPT, effects=(), is_given=True)
        rules = (*rules, passing)
    is_same = len(rules) == len(chain.rules) and all(map(is_, rules, chain.rules))
    return chain if is_same else replace(chain, rules=rules)


def translates(rule: Rule) -> bool:
    """Whether the rule changes the ends of packets."""
    return isinstance(rule.verdict, Translation)


def escapes(rule: Rule) -> bool:
    """Whether no later chain may be asked about its packets, or not about what they were."""
    return isinstance(rule.verdict, Escape) or (
        isinstance(rule.verdict, Unknown) and rule.verdict.escapes
    )


def does(rule: Rule) -> bool:
    """Whether it matters that a packet comes to the rule."""
    return bool(rule.effects) or isinstance(rule.verdict, _DECIDING)


def _asked(condition: Condition) -> Bits:
    """The bits of fields that a condition without others in it asks for."""
    match condition:
        case Masked(name, mask, _):
            return {name: mask}
        case Test(name, _):
            return {name: EVERY}
        case Relation(names, _):
            return dict.fromkeys(names, EVERY)
        case _:
            return {}


def changed(effects: Iterable[Effect]) -> Bits:
    """The bits that the effects may change."""
    found: Bits = {}
    for effect in effects:
        match effect:
            case SetMark(name, keep, flip):
                found = either(found, {name: ~keep & _MARK | flip})
            case CopyMark(_, name, source_mask, target_mask):
                found = either(found, {name: source_mask | target_mask})
            case UnknownMark(name, _):
                found = either(found, {name: EVERY})
            case NoTrack():
                found = either(found, {"state": EVERY})
    return found


def either(one: Bits, other: Bits) -> Bits:
    """The bits that are in one of both."""
    return {name: one.get(name, 0) | other.get(name, 0) for name in (*one, *other)}


def meet(one: Bits, other: Bits) -> bool:
    """Whether a bit is in both."""
    return any(bits & other.get(name, 0) for name, bits in one.items())
