"""A rule that changes nothing: other rules do the same with its packets.

**Reports.** Every packet that the rule matches gets the same verdict without the rule.
Either rules before it have already treated all of its packets as it would, or rules after it would.
Dropping and rejecting count as the same.
Not reported are rules that only log, count or mark, rules that keep packets from being logged, jumps to chains that decide nothing, and rules that only repeat what a chain's last rule or default policy would do: people write those on purpose.
Of two equal rules, the later one is reported.

**Why it matters.** It is one more rule to read, and whoever changes only one of the two may believe that the firewall has changed.

**Example.** The second rule is part of the first:

```
-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -s 10.0.5.0/24 -p tcp -m tcp --dport 22 -j ACCEPT
```

**How to fix.** Remove the rule, or the broader one if that is the mistake.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from linter.checks.check import Check
from linter.checks.rulebase.judged import unneeded
from linter.checks.rulebase.kinds import is_open_deny, is_same, is_style
from linter.checks.rulebase.words import SHOWN, count, does, proof, related
from linter.checks.rulebase.written import Written
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules without which no packet fares otherwise, and to which that matters."""
    for each in unneeded(subject):
        if is_style(each) or is_open_deny(each):
            continue
        if each.is_shadowed and is_same(each):
            yield _before(each)
        elif each.is_redundant and is_same(each):
            yield from _behind(each)


def _before(each: Written) -> Finding:
    idles = [seen.idle for seen in each.seen if seen.idle is not None]
    return CHECK.finding(
        f"this rule of {each.chain.name} on {each.device} changes nothing: "
        f"{count(idles)} all that it matches, just as it would",
        proof(each, "no packet comes here", idles[0].sample, idles[0].decided),
        device=each.device,
        related=related(idles),
        remedy="remove it: no packet fares otherwise without it",
        subject=each.rule.text,
    )


def _behind(each: Written) -> Iterator[Finding]:
    deciding = [seen for seen in each.seen if seen.hits]
    spares = [seen.spare for seen in deciding if seen.spare is not None]
    if len(spares) < len(deciding):
        return
    others = {place.span: place for spare in spares for place in spare.others}
    rules = "another rule does" if len(others) == 1 else f"{len(others)} other rules do"
    when = "too" if each.is_backwards else "behind it"
    yield CHECK.finding(
        f"this rule of {each.chain.name} on {each.device} changes nothing: "
        f"{rules} the same with all that it decides",
        proof(each, "decided here", spares[0].sample, next(iter(others.values()))),
        device=each.device,
        related=[
            Related(place.span, f"{does(place)} its packets {when}", place.rule.title)
            for place in list(others.values())[:SHOWN]
            if place.rule is not None
        ],
        remedy="remove it: no packet fares otherwise without it",
        subject=each.rule.text,
    )


CHECK = Check("FW302", "redundant-rule", "info", __doc__, run)
