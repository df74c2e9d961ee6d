"""A chain that nothing leads to.

**Reports.** A chain has rules, but no packet reaches them: no rule jumps to the chain, or only rules that match nothing or are in such a chain themselves.
Not reported are empty chains, chains that decide nothing, and chains that tools such as Docker, firewalld and ufw keep for later.
The level is info if the chain does the same with every packet: it is a name for an action, such as logging and dropping, that no rule uses.

**Why it matters.** The chain looks like part of the filter, but does nothing.
If its rules were meant to block something, that is open; if they were meant to permit something, people will wonder why it fails.

**Example.** The jump to `guests` was lost when the rules were rewritten:

```
:guests - [0:0]
...
-A guests -d 10.0.0.0/8 -j DROP
```

**How to fix.** Add the jump that should lead to the chain, or remove the chain.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Continue, Lead, Return
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.actions import is_action
from linter.checks.rulebase.calls import Calls, calls_of
from linter.checks.rulebase.judged import reached
from linter.checks.rulebase.tools import is_tools_chain, is_tools_table
from linter.checks.subject import Subject

_SHOWN = 3


def run(subject: Subject) -> Iterator[Finding]:
    """The chains with rules to which no packet comes; of those that call each other, the first."""
    known = reached(subject)
    for device, rulesets in subject.exports.items():
        for ruleset in rulesets:
            for table in ruleset.tables:
                yield from _of_table(device, table, known)


def _of_table(device: str, table: Table, known: frozenset[int]) -> Iterator[Finding]:
    lost = {
        name: chain
        for name, chain in table.chains.items()
        if id(chain) not in known and _counts(chain)
    }
    if not lost:
        return
    calls = calls_of(table)
    seen: set[str] = set()
    # First those that no other lost one calls; what is left are chains that call each other.
    for name, chain in sorted(lost.items(), key=lambda each: _is_called(each[1], calls, lost)):
        if name in seen:
            continue
        behind = sum(each in lost for each in _led_to(table, chain, seen)) - 1
        if not (is_tools_chain(name) or is_tools_table(table.name)):
            jumps = [rule for each, rule in calls.get(name, ()) if each is not chain]
            yield _finding(device, table, chain, behind, jumps)


def _counts(chain: Chain) -> bool:
    """Whether the chain's rules would do anything."""
    plain = Continue | Return
    acts = any(rule.effects or not isinstance(rule.verdict, plain) for rule in chain.rules)
    return acts and chain.base is None and any(not rule.is_given for rule in chain.rules)


def _is_called(chain: Chain, calls: Calls, lost: dict[str, Chain]) -> bool:
    return any(each.name in lost and each is not chain for each, _ in calls.get(chain.name, ()))


def _led_to(table: Table, first: Chain, seen: set[str]) -> Iterator[str]:
    """The chain, and those behind it that were not seen before: many can lead to the same ones."""
    waiting = [first.name]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        jumps = (rule.verdict for rule in table.chains[name].rules)
        waiting += [each.chain for each in jumps if isinstance(each, Lead)]


def _finding(device: str, table: Table, chain: Chain, behind: int, jumps: list[Rule]) -> Finding:
    count = len(chain.rules)
    rules = f"{count} rule{'' if count == 1 else 's'}"
    more = f", nor to {behind} more behind it" if behind else ""
    return CHECK.finding(
        f"no packet comes to chain {chain.name} of {device}{more}",
        at(chain.span, "nothing leads here" if not jumps else "", extent=rules),
        related=[
            Related(rule.span, "this matches no packet that comes to it", rule.title)
            for rule in jumps[:_SHOWN]
        ],
        level="info" if is_action(table, chain) else None,
        device=device,
        remedy="jump to it where it should be asked, or remove it",
        key=("FW304", device, table.name, chain.name),
    )


CHECK = Check("FW304", "unreachable-chain", "warning", __doc__, run)
