"""Neighbouring rules that could be one.

**Reports.** Two or more rules in a row do the same, and differ only in their addresses or in their ports, or not at all.
One finding lists all rules of such a row.
Rules with a memory, such as rate limits, are not reported: one limit for two services is not the same as two limits.

**Why it matters.** People read a short list of rules, but not a long one.

**Example.** Three ports of one service:

```
-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 8443 -j ACCEPT
```

**How to fix.** Write one rule with a list (`-m multiport --dports 80,443`), a set or an alias.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.match import Condition, Test, Volatile
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Rule
from flowmodel.verdict import Decision
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.tools import is_by_hand, is_tools_table
from linter.checks.subject import Subject

_FIELDS = frozenset({"src", "dst", "sport", "dport"})
_NOTHING = "nothing"
_SHOWN = 4
_WORDS = {
    "src": "their sources",
    "dst": "their destinations",
    "sport": "their source ports",
    "dport": "their ports",
    _NOTHING: "nothing",
}


class _Row(NamedTuple):
    """Rules that could be one, and in what they differ."""

    chain: Chain
    rules: list[Rule]
    field: str


def run(subject: Subject) -> Iterator[Finding]:
    """The rows of such rules, each once."""
    for device, rulesets in subject.exports.items():
        known: set[int] = set()
        for table in (table for each in rulesets for table in each.tables):
            if is_tools_table(table.name):
                continue
            for chain in table.chains.values():
                if id(chain) not in known:
                    known.add(id(chain))
                    for row in _rows(chain):
                        yield _finding(device, row)


def _rows(chain: Chain) -> Iterator[_Row]:
    row: list[Rule] = []
    field = _NOTHING
    for rule in chain.rules:
        differs = _differs(row[-1], rule) if row and _can_be(chain, rule) else None
        if differs and _NOTHING in (differs, field):
            field = differs if field == _NOTHING else field
        elif not differs or differs != field:
            if len(row) > 1:
                yield _Row(chain, row, field)
            row, field = [], _NOTHING
        if _can_be(chain, rule):
            row.append(rule)
    if len(row) > 1:
        yield _Row(chain, row, field)


def _can_be(chain: Chain, rule: Rule) -> bool:
    return (
        isinstance(rule.verdict, Decision)
        and not (rule.effects or rule.is_given or rule.is_automatic)
        and not any(isinstance(each, Volatile) for each in rule.match)
        and is_by_hand(chain, rule)
    )


def _differs(one: Rule, other: Rule) -> str | None:
    """The field in which two rules differ, or that it is none; None where it is more."""
    same_place = one.span == other.span
    if same_place or one.verdict != other.verdict or len(one.match) != len(other.match):
        return None
    pairs = zip(one.match, other.match, strict=True)
    fields = {_field(a, b) for a, b in pairs if not _is_same(a, b)}
    if not fields:
        return _NOTHING
    return fields.pop() if len(fields) == 1 else None


def _is_same(one: Condition, other: Condition) -> bool:
    """Whether two conditions are equal; parsers make one object of equal texts."""
    if isinstance(one, Test) and isinstance(other, Test):
        return (one.field, one.values) == (other.field, other.values)
    return one is other


def _field(one: Condition, other: Condition) -> str | None:
    is_list = isinstance(one, Test) and isinstance(other, Test) and one.field == other.field
    return one.field if is_list and isinstance(one, Test) and one.field in _FIELDS else None


def _finding(device: str, row: _Row) -> Finding:
    first, *others = row.rules
    return CHECK.finding(
        f"{len(row.rules)} rules of {row.chain.name} on {device} differ in "
        f"{_WORDS[row.field]} alone",
        at(first.span, "the first of them", first.title, about=[each.text for each in row.rules]),
        related=[Related(each.span, "and this", each.title) for each in others[:_SHOWN]],
        device=device,
        remedy="write one rule with a list, a set or an alias",
        subject=first.text,
    )


CHECK = Check("FW321", "mergeable-rules", "info", __doc__, run, is_quiet=True)
