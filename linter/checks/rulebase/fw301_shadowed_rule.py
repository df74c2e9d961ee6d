"""A rule that no packet reaches, because other rules decide its packets differently.

**Reports.** Other rules decide every packet that the rule would match, and do something else with at least some of them.
The finding shows these rules, or the one that takes all packets first, and one of the packets.
Packets of known connections do not count if the rule also matches packets that open one: nearly every rule base accepts established connections first.
FW314 reports a rule that denies if other rules accept all of its packets, and FW302 a rule whose packets are all treated as it would treat them.
Each target of a verdict map is judged by itself.
Not reported are the last rule of a chain if it catches everything that is left, jumps to chains that decide nothing, and rules of a called chain that accepts or denies whatever reaches it: there the jump decides.
The level is info for a rule that decides nothing anyway, such as one that logs.
A jump does what the rules do that it leads to: if they only accept, and other rules accept its packets first, FW302 reports it.

**Why it matters.** Whoever wrote the rule believes that it does something.
Nothing changes if it is removed.

**Example.** The second rule never sees a packet:

```
-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 25 -j DROP
-A FORWARD -s 10.0.5.0/24 -p tcp -m tcp --dport 25 -j ACCEPT
```

**How to fix.** Move the rule in front of those that take its packets, or remove it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.verdict import Continue
from linter.checks.check import Check
from linter.checks.rulebase.judged import unneeded_targets
from linter.checks.rulebase.kinds import is_open_deny, is_other_way, is_same, is_style
from linter.checks.rulebase.words import count, proof, related
from linter.checks.rulebase.written import Judged, Written
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules to which no packet comes, and that are told by no other check."""
    for each in unneeded_targets(subject):
        if each.is_shadowed and not (is_style(each) or is_open_deny(each) or is_same(each)):
            yield _finding(each)


def _finding(each: Written) -> Finding:
    parts = sorted(each.parts, key=lambda part: not is_other_way(part))
    idles = [seen.idle for part in parts for seen in part.seen if seen.idle is not None]
    idles.sort(key=lambda found: not is_other_way(parts[0], found))
    idle = idles[0]
    where = "make it quick, and move it before" if each.is_backwards else "move it before"
    return CHECK.finding(
        f"no packet comes to {each.words} of {each.chain.name} on {each.device}: "
        f"{count(idles)} all that it matches",
        proof(each, "no packet comes here", idle.sample, idle.decided),
        device=each.device,
        related=related(idles),
        level="info" if all(map(_only_tells, each.parts)) else CHECK.level,
        remedy=f"{where} what takes its packets, or remove it: nothing changes without it",
        subject=f"{each.rule.text} {each.target}".strip(),
    )


def _only_tells(part: Judged) -> bool:
    """Whether the rule logs or counts, and no packet fares otherwise for it."""
    return isinstance(part.rule.verdict, Continue) and not part.rule.effects


CHECK = Check("FW301", "shadowed-rule", "warning", __doc__, run)
