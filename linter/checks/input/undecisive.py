"""Rules with conditions outside the model of which nothing depends on whether they hold.

If the rule is taken away at one of its visits, no packet fares otherwise, whatever else is left
open (`Seen.skips`). So it makes no difference either whether its conditions hold at that visit:
that they do not is to be without the rule. What depends on none of several free variables, each for
all values of the others, depends on none of them together.

A match with a memory or a die is a variable for each visit. Another one is the same wherever it is
asked: of a rule with such a match no packet fares otherwise if it is taken away altogether
(`Seen.tells`), and no other rule may share the match.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from flowmodel.match import Condition, Unread, Volatile, leaves
from flowmodel.record import dataclass
from flowmodel.ruleset import Rule
from flowmodel.source import Span
from linter.checks.rulebase.judged import judged
from linter.checks.rulebase.written import Judged
from linter.checks.subject import Subject
from linter.engine.budget import TooComplexError
from linter.engine.device.mentions import rules_of


@dataclass(frozen=True, slots=True, eq=False)
class Undecisive:
    """The places of such rules, by device and line."""

    places: dict[tuple[str, str, int], list[Span]]

    def is_at(self, device: str, span: Span) -> bool:
        """Whether what stands there is a part of such a rule."""
        found = self.places.get((device, span.path, span.line), ())
        return any(_is_within(span, place) for place in found)


def undecisive(subject: Subject) -> Undecisive:
    """The rules of each device without which no packet fares otherwise; none if that is unknown."""
    try:
        telling = {id(each.rule) for each in judged(subject) if _tells(each)}
    except TooComplexError:
        return Undecisive({})
    places: dict[tuple[str, str, int], list[Span]] = {}
    for device, rulesets in subject.exports.items():
        open_ones = [rule for rule in rules_of(rulesets) if any(map(_is_open, rule.match))]
        shared = _shared(open_ones)
        telling_here = {rule.span for rule in open_ones if id(rule) in telling or rule.is_given}
        for rule in open_ones:
            span = rule.span
            if span not in telling_here and not shared & set(_unread(rule.match)):
                for line in range(span.line, span.last_line + 1):
                    places.setdefault((device, span.path, line), []).append(span)
    return Undecisive(places)


def _tells(each: Judged) -> bool:
    is_pure = any(True for _ in _unread(each.rule.match))
    return any(seen.tells if is_pure else seen.skips for seen in each.seen)


def _shared(rules: Iterable[Rule]) -> set[str]:
    """The texts of pure conditions that stand in several rules."""
    count = Counter(text for rule in rules for text in set(_unread(rule.match)))
    return {text for text, several in count.items() if several > 1}


def _unread(conditions: Iterable[Condition]) -> Iterator[str]:
    return (each.text for each in leaves(conditions) if isinstance(each, Unread))


def _is_open(condition: Condition) -> bool:
    return any(isinstance(each, Unread | Volatile) for each in leaves((condition,)))


def _is_within(part: Span, whole: Span) -> bool:
    starts = (whole.line, whole.column) <= (part.line, part.column)
    return starts and (part.last_line, part.last_column) <= (whole.last_line, whole.last_column)
