"""A rule that loses some of its packets to another rule with the opposite action.

**Reports.** One rule accepts and another one denies; they overlap, neither contains the other, and the one that comes first decides what both match.
The finding shows one packet that both match.
An exception in front of a broader rule is not reported, because one contains the other, and neither is what concerns packets of known connections alone.

**Why it matters.** The order of the two decides, and nobody can see whether it is intended.
Most often it is; the check is for reviews of a rule base, before its rules are reordered.

**Example.** Mail from the inside to the mail server is denied, which the second rule seems to permit:

```
-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 25 -j DROP
-A FORWARD -d 192.0.2.25/32 -p tcp -m tcp --dport 25 -j ACCEPT
```

**How to fix.** If the order is right, do nothing. Otherwise change the order, or restrict one of the rules.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain
from linter.checks.check import Check
from linter.checks.evidence import Evidence
from linter.checks.rulebase.judged import error, looked
from linter.checks.rulebase.samples import Sample, sample
from linter.checks.rulebase.standing import Place, action
from linter.checks.rulebase.words import SHOWN, does
from linter.checks.subject import Subject
from linter.engine.budget import Budget
from linter.engine.device.fates import Fate, Fates, Undecided
from linter.engine.device.takers import Takers
from linter.engine.sets.space import minus

_ACTIONS = ("accept", "deny")


@dataclass(frozen=True, slots=True, eq=False)
class _Overlap:
    """A rule, those that take a part of it, and a packet that the first of them takes."""

    chain: Chain
    mine: Place
    others: tuple[Place, ...]
    sample: Sample


def run(subject: Subject) -> Iterator[Finding]:
    """One finding for each rule of which others take a part."""
    undecided: list[tuple[str, Undecided]] = []
    for device, looks in looked(subject, _overlaps):
        for look in looks:
            if isinstance(look, Undecided):
                undecided.append((device, look))
            else:
                for each in look.found:
                    yield _finding(device, each)
    if failed := error(undecided):
        raise failed


def _overlaps(chain: Fates, budget: Budget, _: bool, /) -> Iterator[_Overlap]:  # noqa: FBT001
    takers = Takers(chain)
    for place, fate in enumerate(chain.rules):
        budget.spend()
        mine = action(fate.rule.verdict)
        if mine not in _ACTIONS or fate.rule.is_given or fate.rule.is_automatic:
            continue
        lost = minus(minus(fate.fits, fate.hits) & chain.first, chain.local)
        if chain.is_empty(lost) or chain.is_empty(fate.hits):
            continue
        found = [each for each in takers.of(place, lost).takers if _cuts(chain, fate, each)]
        if found:
            yield _Overlap(
                fate.chain,
                Place(fate.chain, fate.rule, mine),
                tuple(Place(each.chain, each.rule, action(each.rule.verdict)) for each in found),
                sample(chain, lost & found[0].hits),
            )


def _cuts(chain: Fates, fate: Fate, other: Fate) -> bool:
    """Whether the other rule does the opposite, also with packets that the first is not about.

    The first one decides something, so that it is no part of the other.
    """
    its, mine = action(other.rule.verdict), action(fate.rule.verdict)
    if its not in _ACTIONS or its == mine or other.rule.is_given or other.rule.is_automatic:
        return False
    return not chain.is_empty(minus(other.fits, fate.fits))


def _finding(device: str, each: _Overlap) -> Finding:
    rule = each.mine.rule
    assert rule is not None
    count = len(each.others)
    verb = "accept" if each.mine.action == "accept" else "deny"
    others = "another rule takes" if count == 1 else f"{count} other rules take"
    return CHECK.finding(
        f"{others} a part of what this rule of {each.chain.name} on {device} would {verb}",
        Evidence(
            Related(rule.span, f"{does(each.mine)} the rest", rule.title),
            text=rule.text,
            witness=each.sample.words,
            example=each.sample.witness,
        ),
        device=device,
        related=[
            Related(place.span, f"{does(place)} what both match", place.rule.title)
            for place in each.others[:SHOWN]
            if place.rule is not None
        ],
        remedy="nothing, if the order is meant; without this rule, what it decides falls to the "
        "rules behind it",
        subject=rule.text,
    )


CHECK = Check("FW305", "partly-shadowed-rule", "info", __doc__, run, is_quiet=True)
