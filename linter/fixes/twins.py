"""Findings of one device in both address families, whose edits are made together.

An edit in one family alone can set the two apart: what was blocked in both is then blocked in one
(FW105), and what was open in both is open in one (FW402). So a rule of each family is edited, and
both edits are one fix.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product

from flowmodel.fields import FAMILIES, Family
from flowmodel.finding import Finding
from flowmodel.fix import Edit
from flowmodel.match import IsFamily
from flowmodel.record import replace
from flowmodel.source import Span
from linter.fixes.drafts import Draft
from linter.fixes.places import RuleSets, chains_of
from linter.fixes.proof import either
from linter.fixes.proposals import MOVED, NARROWED, PERMITTED, Proposal
from linter.fixes.texts import clash

_KINDS = (PERMITTED, NARROWED, MOVED)
_TWINS = 3
"""How many findings are tried together with one."""
_TRIED = 6
"""How many pairs of edits are tried for two findings."""


def twins(rulesets: RuleSets, finding: Finding, others: Iterable[Finding]) -> list[Finding]:
    """The findings of the other family that one edit may have to mend too, the likeliest first."""
    kind = next((each for each in _KINDS if finding.check in each), ())
    mine = _families(rulesets, finding)
    found = [
        each
        for each in others
        if each.check in kind
        and (each.device, each.certainty) == (finding.device, "certain")
        and (kind is not PERMITTED or each.flow == finding.flow)
        and each.span != finding.span
        and not mine & _families(rulesets, each)
    ]
    found.sort(key=lambda each: _unlike(finding, each))
    return found[:_TWINS]


def _unlike(finding: Finding, other: Finding) -> tuple[bool, ...]:
    """How much another finding differs: it is the same one in the other family, or nearly."""
    names = ("message", "check", "flow")
    return tuple(getattr(finding, name) != getattr(other, name) for name in names)


def _families(rulesets: RuleSets, finding: Finding) -> frozenset[Family]:
    """The families that a finding is about: those of its packets, or of its rule."""
    if finding.affected and finding.affected.boxes:
        return frozenset(box.family for box in finding.affected.boxes)
    return frozenset(_asked(rulesets, finding.span)) or frozenset(FAMILIES)


def _asked(rulesets: RuleSets, span: Span) -> Iterator[Family]:
    for _, table, chain in chains_of(rulesets):
        for rule in chain.rules:
            if rule.span == span:
                named = {each.family for each in rule.match if isinstance(each, IsFamily)}
                yield from (named or table.families) & table.families


def paired(mine: Iterator[Proposal], other: Iterator[Proposal]) -> Iterator[Proposal]:
    """The pairs of two findings' edits, each as one, the best first."""
    pairs = product(enumerate(islice(mine, _TRIED)), enumerate(islice(other, _TRIED)))
    ranked = sorted(pairs, key=lambda pair: pair[0][0] + pair[1][0])
    both = (_both(one, two) for (_, one), (_, two) in ranked)
    return islice((each for each in both if each is not None), _TRIED)


def _both(one: Proposal, other: Proposal) -> Proposal | None:
    """Both edits as one; None where they are about the same lines."""
    edits = product(one.draft.edits, other.draft.edits)
    if any(clash(mine, its) for mine, its in edits):
        return None
    wholes = [each.whole or each.draft for each in (one, other)]
    is_whole = one.whole is None and other.whole is None
    return Proposal(
        _as_one([one.draft, other.draft]),
        lambda rulesets, edits: either(one.meant(rulesets, edits), other.meant(rulesets, edits)),
        (*one.alone, *other.alone),
        None if is_whole else _as_one(wholes),
    )


def _as_one(drafts: Sequence[Draft]) -> Draft:
    """One draft of several: what stands last in a file first, so that no number is another then."""
    drafts = sorted(drafts, key=_place, reverse=True)
    return Draft(
        tuple(_merged(edit for each in drafts for edit in each.edits)),
        tuple(command for each in drafts for command in each.commands)
        if all(each.commands for each in drafts)
        else (),
        tuple(step for each in drafts for step in each.steps)
        if all(each.steps for each in drafts)
        else (),
    )


def _place(draft: Draft) -> tuple[int, int]:
    return min((edit.line, edit.column) for edit in draft.edits)


def _merged(edits: Iterable[Edit]) -> Iterator[Edit]:
    """The edits, with those that put lines before the same one as one."""
    put: dict[tuple[str, int], Edit] = {}
    for each in edits:
        if each.old or each.column:
            yield each
            continue
        place = each.path, each.line
        known = put.get(place)
        put[place] = replace(each, new=known.new + each.new) if known else each
    yield from put.values()
