"""Packets of known connections pass many rules before one accepts them.

**Reports.** The rule that accepts packets of known connections comes after 50 or more other rules, including those of called chains.

**Why it matters.** Nearly all packets belong to a known connection, and each of them is compared with all earlier rules.
Earlier rules can also drop packets of a connection that was permitted.

**Example.** A list of blocked addresses comes first:

```
-A INPUT -s 198.51.100.1/32 -j DROP
-A INPUT -s 198.51.100.2/32 -j DROP
...
-A INPUT -s 198.51.100.60/32 -j DROP
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
```

**How to fix.** Move the rule to the front.
If the list should also end connections that are open already, keep it in front as one set (ipset, or a set of nftables).
"""

from collections.abc import Iterator, Sequence

from flowmodel.fields import ESTABLISHED, FAMILIES, NEW
from flowmodel.finding import Finding
from flowmodel.match import Test
from flowmodel.ruleset import Chain, Rule, RuleSet, Table, base_chains
from flowmodel.values import contains
from flowmodel.verdict import Accept, Lead
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject

_MANY = 50


def run(subject: Subject) -> Iterator[Finding]:
    """The rules for known connections that stand behind many others."""
    for device, rulesets in subject.exports.items():
        for table, base in _filters(rulesets):
            before = 0
            for rule in _rules(table, base):
                if not _is_for_known(rule):
                    before += not isinstance(rule.verdict, Lead)
                    continue
                if before >= _MANY:
                    yield CHECK.finding(
                        f"packets of known connections pass {before} rules of {base.name} on "
                        f"{device} before this one accepts them",
                        at(rule.span, "accepted here", rule.title),
                        device=device,
                        remedy="move the rule to the front",
                        subject=rule.text,
                    )
                break


def _filters(rulesets: Sequence[RuleSet]) -> Iterator[tuple[Table, Chain]]:
    """The base chains that filter, each once."""
    known: set[int] = set()
    for family in FAMILIES:
        for table, base in base_chains(rulesets, family):
            is_filter = base.base is not None and base.base.purpose == "filter"
            if is_filter and id(base) not in known:
                known.add(id(base))
                yield table, base


def _rules(table: Table, base: Chain) -> Iterator[Rule]:
    """The rules in the order in which packets come to them, those of each chain once."""
    known = {id(base)}
    waiting = [iter(base.rules)]
    while waiting:
        for rule in waiting[-1]:
            yield rule
            if isinstance(rule.verdict, Lead):
                called = table.chains[rule.verdict.chain]
                if id(called) not in known:
                    known.add(id(called))
                    waiting.append(iter(called.rules))
                    break
        else:
            waiting.pop()


def _is_for_known(rule: Rule) -> bool:
    """Whether the rule accepts packets of known connections, whatever else they are."""
    return (
        isinstance(rule.verdict, Accept)
        and bool(rule.match)
        and all(
            isinstance(each, Test)
            and each.field == "state"
            and contains(each.values, ESTABLISHED)
            and not contains(each.values, NEW)
            for each in rule.match
        )
    )


CHECK = Check("FW318", "known-connections-late", "info", __doc__, run)
