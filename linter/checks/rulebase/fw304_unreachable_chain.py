"""A chain that nothing leads to.

**Reports.** A chain has rules, but no packet comes to them: no rule jumps to the chain, or only rules that match nothing or that are in such a chain themselves.
Empty chains are left out, and so are chains that tools such as Docker, firewalld and ufw keep for later.

**Why it matters.** The chain looks like part of the filter, and does nothing.
If its rules should block something, that is open; if they should permit something, people will wonder why it fails.

**Example.** The jump to `guests` was lost when the rules were rewritten:

```
:guests - [0:0]
-A guests -d 10.0.0.0/8 -j DROP
```

**How to fix.** Add a jump where the chain was meant to be asked, or remove the chain.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Goto, Jump
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.judged import judged
from linter.checks.rulebase.tools import is_tools_chain, is_tools_table
from linter.checks.subject import Subject
from linter.engine.device.program import called_from

_SHOWN = 3


def run(subject: Subject) -> Iterator[Finding]:
    """The chains with rules to which no packet comes; of those that call each other, the first."""
    reached = {id(each.chain) for each in judged(subject)}
    for device, rulesets in subject.exports.items():
        for ruleset in rulesets:
            for table in ruleset.tables:
                yield from _of_table(device, table, reached)


def _of_table(device: str, table: Table, reached: set[int]) -> Iterator[Finding]:
    lost = [chain for chain in table.chains.values() if _counts(chain) and id(chain) not in reached]
    told: set[str] = set()
    # First those that no other lost one calls; what is left are chains that call each other.
    for chain in sorted(lost, key=lambda each: _is_called(table, each, lost)):
        if chain.name in told:
            continue
        behind = [each for each in called_from(table, chain)[1:] if each in lost]
        told |= {chain.name, *(each.name for each in behind)}
        if not (is_tools_chain(chain.name) or is_tools_table(table.name)):
            yield _finding(device, table, chain, len(behind))


def _counts(chain: Chain) -> bool:
    return chain.base is None and any(not rule.is_given for rule in chain.rules)


def _is_called(table: Table, chain: Chain, lost: list[Chain]) -> bool:
    return any(each in lost and each is not chain for each, _ in _jumps(table, chain))


def _jumps(table: Table, chain: Chain) -> Iterator[tuple[Chain, Rule]]:
    for each in table.chains.values():
        for rule in each.rules:
            if isinstance(rule.verdict, Jump | Goto) and rule.verdict.chain == chain.name:
                yield each, rule


def _finding(device: str, table: Table, chain: Chain, behind: int) -> Finding:
    count = len(chain.rules)
    rules = f"{count} rule{'' if count == 1 else 's'}"
    more = f", nor to {behind} more behind it" if behind else ""
    jumps = [rule for each, rule in _jumps(table, chain) if each is not chain]
    return CHECK.finding(
        f"no packet comes to chain {chain.name} of {device}{more}",
        at(chain.span, "nothing leads here" if not jumps else "", extent=rules),
        related=[
            Related(rule.span, "this matches no packet that comes to it", rule.title)
            for rule in jumps[:_SHOWN]
        ],
        device=device,
        remedy="jump to it where it should be asked, or remove it",
        key=("FW304", device, table.name, chain.name),
    )


CHECK = Check("FW304", "unreachable-chain", "warning", __doc__, run)
