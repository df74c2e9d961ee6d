"""Rules that have matched no packet, according to the counters in the export.

**Reports.** The export has counters, and some rules of a chain have matched no packet while others have matched a thousand or more.
One finding lists all such rules of a chain.
It is only advice: no export tells when its counters were last reset, and a rule may be for one day in a year.
Not reported are rules of a chain that no packet reached, rules in the chains and tables of tools (Docker, firewalld, ufw …), and a last rule that takes everything that is left.

**Why it matters.** A rule that nobody needs is a door that nobody watches.

**Example.** Output of `iptables-save -c`:

```
[48211:3120042] -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
[0:0] -A INPUT -p tcp -m tcp --dport 21 -j ACCEPT
```

**How to fix.** Ask who needs the rule, and remove it if nobody does.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Rule, RuleSet, Table
from flowmodel.verdict import Lead, Return
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.standing import is_default
from linter.checks.rulebase.tools import is_by_hand, is_tools_table
from linter.checks.subject import Subject

_MANY = 1000
_SHOWN = 4


class _Idle(NamedTuple):
    """The rules of a chain that matched nothing, and how many packets others matched."""

    chain: Chain
    rules: list[Rule]
    seen: int


def run(subject: Subject) -> Iterator[Finding]:
    """The chains with rules that matched nothing, each once."""
    for device, rulesets in subject.exports.items():
        for each in _idle(rulesets):
            yield _finding(device, each)


def _idle(rulesets: tuple[RuleSet, ...]) -> Iterator[_Idle]:
    known: set[int] = set()
    for table in (table for each in rulesets for table in each.tables):
        if is_tools_table(table.name):
            continue
        came: dict[str, int] | None = None
        for chain in table.chains.values():
            if id(chain) in known:
                continue
            known.add(id(chain))
            # Rules that stand at one place are one rule to those who wrote it.
            counted = {rule.span: rule for rule in chain.rules if rule.hits >= 0}
            if not counted:
                continue
            came = _came(table) if came is None else came
            matched = max((rule.hits for rule in counted.values()), default=0)
            seen = max(matched, came.get(chain.name, 0))
            rules = [rule for rule in counted.values() if not rule.hits and _counts(chain, rule)]
            if rules and seen >= _MANY:
                yield _Idle(chain, rules, seen)


def _came(table: Table) -> dict[str, int]:
    """How many packets one jump at least has brought to each chain."""
    found: dict[str, int] = {}
    for chain in table.chains.values():
        for rule in chain.rules:
            if isinstance(rule.verdict, Lead):
                name = rule.verdict.chain
                found[name] = max(found.get(name, 0), rule.hits)
    return found


def _counts(chain: Chain, rule: Rule) -> bool:
    is_made = rule.is_given or rule.is_automatic
    is_style = isinstance(rule.verdict, Return) or is_default(chain, rule)
    return not (is_made or is_style) and is_by_hand(chain, rule)


def _finding(device: str, idle: _Idle) -> Finding:
    (first, *others), count = idle.rules, len(idle.rules)
    rules = f"{count} rules of {idle.chain.name}" if others else f"a rule of {idle.chain.name}"
    have = "have" if others else "has"
    return CHECK.finding(
        f"{rules} on {device} {have} matched no packet, and {idle.seen:,} came there",
        at(first.span, "matched no packet", first.title, about=[each.text for each in idle.rules]),
        related=[Related(each.span, "neither did this", each.title) for each in others[:_SHOWN]],
        device=device,
        remedy="ask who needs it, and remove it if nobody does; since when the counters count "
        "is not in the export",
        key=("FW320", device, idle.chain.name),
    )


CHECK = Check("FW320", "zero-hits", "info", __doc__, run)
