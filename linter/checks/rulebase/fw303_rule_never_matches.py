"""A rule that no packet can match.

**Reports.** No packet meets all conditions of the rule, or all of them together with those of the jumps that lead to its chain.

Not reported are rules about a set or map without elements, which may be filled later, and rules of a called chain that accepts or denies whatever reaches it, because each jump needs only some of them.
A rule of a chain that several jumps lead to is not reported if each jump excludes just the interface that the rule names (`! -o docker0` before `-o docker0`): such a chain has a rule for each network, and each network's own jump does not need one of them.
The level is info for a rule of one address family in a chain that only packets of the other family reach: firewalld has the same rules for each zone, even for a zone of IPv4 addresses.

**Why it matters.** Whoever wrote the rule had some packets in mind, and it does nothing for them.
If it was meant to block something, that is open.

**Example.** The chain is only for UDP, so its rule for TCP never matches:

```
-A INPUT -p udp -j services
-A services -p udp -m udp --dport 53 -j ACCEPT
-A services -p tcp -m tcp --dport 53 -j ACCEPT
```

**How to fix.** Correct the condition, move the rule to the chain that its packets reach, or remove it.
"""

from collections.abc import Iterator

from flowmodel.fields import FAMILIES, Family
from flowmodel.finding import Finding
from flowmodel.match import Any, Condition, IsFamily, Name, Not
from flowmodel.ruleset import Chain, Rule, Table
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.actions import is_action
from linter.checks.rulebase.calls import Jumps
from linter.checks.rulebase.judged import unneeded
from linter.checks.rulebase.written import Judged
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that match nothing, where packets come to their chain at all.

    NEVER is what no packet is of which rules are asked here, such as a fragment, or an element of
    a set or map that is empty now: tools have rules for them as well.
    """
    jumps = Jumps()
    for each in unneeded(subject):
        if each.never_matches and not any(_is_on_purpose(part, jumps) for part in each.parts):
            is_other = all(_is_for_other_family(part, jumps) for part in each.parts)
            yield CHECK.finding(
                f"no packet can match this rule of {each.chain.name} on {each.device}",
                at(each.rule.span, "no packet fulfils all of this", each.rule.title),
                level="info" if is_other else CHECK.level,
                device=each.device,
                remedy="correct its conditions, or remove the rule",
                subject=each.rule.text,
            )


def _is_on_purpose(part: Judged, jumps: Jumps) -> bool:
    is_detail = is_action(part.table, part.chain)
    return is_detail or any(map(_is_never, part.rule.match)) or _is_left_out(part, jumps)


def _is_never(condition: Condition) -> bool:
    return isinstance(condition, Any) and not condition.conditions


def _is_left_out(part: Judged, jumps: Jumps) -> bool:
    """Whether each jump to the rule's chain leaves out the interface that the rule is for."""
    named = [each for each in part.rule.match if isinstance(each, Name)]
    its = jumps.to(part.table, part.chain.name) if named else []
    return bool(its) and all(any(_leaves_out(jump, each) for each in named) for _, jump in its)


def _is_for_other_family(part: Judged, jumps: Jumps) -> bool:
    """Whether the rule asks for a family of which no packet comes to its chain."""
    asked = _asked(part.rule)
    return bool(asked) and not asked & _coming(part.table, part.chain, jumps)


def _asked(rule: Rule) -> frozenset[Family]:
    return frozenset(each.family for each in rule.match if isinstance(each, IsFamily))


def _coming(table: Table, chain: Chain, jumps: Jumps) -> frozenset[Family]:
    """The families of which packets can come to a chain, by what its jumps ask."""
    found: set[Family] = set()
    waiting, seen = [chain], {chain.name}
    while waiting:
        called = waiting.pop()
        if called.base:
            return frozenset(FAMILIES)
        for caller, jump in jumps.to(table, called.name):
            if asked := _asked(jump):
                found |= asked
            elif caller.name not in seen:
                seen.add(caller.name)
                waiting.append(caller)
    return frozenset(found)


def _leaves_out(jump: Rule, name: Name) -> bool:
    """Whether the jump is for packets that do not have the name, and for them only."""
    return any(
        isinstance(each, Not)
        and isinstance(each.condition, Name)
        and each.condition.field == name.field
        and each.condition.names >= name.names
        and each.condition.prefixes == name.prefixes
        for each in jump.match
    )


CHECK = Check("FW303", "rule-never-matches", "warning", __doc__, run)
