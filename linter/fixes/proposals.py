"""Which edit may mend a finding: what is drawn up for each check, the best first."""

from collections.abc import Callable, Iterator, Sequence

from flowmodel.affected import Affected, PacketBox
from flowmodel.finding import Finding
from flowmodel.fix import Edit, Missing
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Site
from flowmodel.values import full, size
from flowmodel.verdict import Accept, Goto, Jump
from linter.engine.sets.between import EPHEMERAL
from linter.fixes import iptables, nftables
from linter.fixes.boxes import MOST, prefixes, width
from linter.fixes.drafts import Draft, Found, Language, Wanted
from linter.fixes.names import comment
from linter.fixes.places import RuleSets, at_line, chain_of, entries, leads_to, place_of
from linter.fixes.proof import IsMeant, closes_only, nothing, opens_only
from linter.fixes.texts import line_of

LANGUAGES: tuple[Language, ...] = (iptables.LANGUAGE, nftables.LANGUAGE)
REMOVED = ("FW301", "FW302", "FW303")
MOVED = ("FW314",)
IDLE = (*REMOVED, *MOVED)
PERMITTED = ("FW101", "FW102", "FW103", "FW105", "FW107")
FIXED = (*IDLE, *PERMITTED)
"""The checks whose findings an edit may mend."""
_PLACES = 8
"""How many places are tried for a rule that is moved."""

Meant = Callable[[RuleSets, Sequence[Edit]], IsMeant]
"""What an edit is meant to change, in rule sets that were read with it and others."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """An edit that may mend a finding."""

    draft: Draft
    meant: Meant
    whole: Draft | None = None
    """An edit that surely does all that this one should for packets that open connections; None
    where the checks tell."""


def proposals(site: Site, rulesets: RuleSets, finding: Finding) -> Iterator[Proposal]:
    """What may mend the finding, the best first; nothing for most of them."""
    if finding.check in PERMITTED:
        yield from _permitted(site, rulesets, finding)
        return
    found = place_of(rulesets, finding.span)
    language = _language(found.ruleset) if found else None
    if found is None or language is None:
        return
    if finding.check in REMOVED:
        for draft in language.remove(found):
            yield Proposal(draft, lambda _rulesets, _edits: nothing)
    elif finding.check in MOVED:
        yield from _moved(language, found, finding)


def _language(ruleset: RuleSet) -> Language | None:
    return next((each for each in LANGUAGES if each.format == ruleset.format), None)


def _moved(language: Language, found: Found, finding: Finding) -> Iterator[Proposal]:
    """The rule before all that take its packets; higher up where these are not all."""
    before = entries(found.ruleset, found.table, found.chain)[: found.index]
    takers = frozenset(finding.takers)
    first = next((each.index for each in before if leads_to(each, takers)), None)
    if first is None:
        return
    top = next(language.move(found, before[0]), None)
    for other in [before[first], *filter(_may_take, reversed(before[:first]))][:_PLACES]:
        for draft in language.move(found, other):
            yield Proposal(draft, _closes(draft), top)


def _may_take(found: Found) -> bool:
    return isinstance(found.rule.verdict, Accept | Jump | Goto)


def _closes(draft: Draft) -> Meant:
    added = next(each for each in draft.edits if not each.old)

    def meant(rulesets: RuleSets, edits: Sequence[Edit]) -> IsMeant:
        return closes_only(at_line(rulesets, added.path, line_of(edits, added)))

    return meant


def _permitted(site: Site, rulesets: RuleSets, finding: Finding) -> Iterator[Proposal]:
    """Rules before the one that decides, or at the end of its chain; then at its beginning."""
    places = {(each.table, each.chain, each.decided) for each in finding.missing}
    if len(places) != 1 or not all(each.seen.is_complete for each in finding.missing):
        return
    place = chain_of(rulesets, finding.missing[0])
    language = _language(place[0]) if place else None
    if place is None or language is None:
        return
    words = comment(site, finding)
    rules = entries(*place)
    for at in _before(rules, finding.missing[0]):
        for missing in _wanted(finding.missing):
            sent = [box for each in missing for box in each.sent.boxes]
            all_wanted = [Wanted(*place, at, each, words) for each in missing]
            for draft in language.permit(all_wanted):
                yield Proposal(draft, _opens(sent))


def _before(rules: Sequence[Found], missing: Missing) -> Iterator[Found | None]:
    """The rule that decides, or that leads there; None is the end; then the chain's beginning."""
    decided = frozenset((missing.decided,))
    leading = [each for each in rules if leads_to(each, decided)]
    if missing.by_policy:
        yield None
    yield from reversed(leading[-_PLACES:])
    if rules and rules[0] not in leading:
        yield rules[0]


def _opens(boxes: Sequence[PacketBox]) -> Meant:
    return lambda _rulesets, _edits: opens_only(boxes)


def _wanted(missing: Sequence[Missing]) -> Iterator[Sequence[Missing]]:
    """What is missing, exactly; then for packets from whatever address comes by the interface.

    The internet is what a site leaves over, in many prefixes: no person writes them in a rule. Nor
    does one name the ports that clients have anyhow.
    """
    missing = [
        replace(each, seen=_from_any_port(each.seen), sent=_from_any_port(each.sent))
        for each in missing
    ]
    yield missing
    wide = [replace(each, seen=_anywhere(each.seen), sent=_anywhere(each.sent)) for each in missing]
    if wide != missing:
        yield wide


def _from_any_port(packets: Affected) -> Affected:
    boxes = (
        replace(box, source_ports=full(16)) if box.source_ports == EPHEMERAL else box
        for box in packets.boxes
    )
    return replace(packets, boxes=tuple(boxes))


def _anywhere(packets: Affected) -> Affected:
    boxes = tuple(dict.fromkeys(map(_from_anywhere, packets.boxes)))
    return replace(packets, boxes=boxes)


def _from_anywhere(box: PacketBox) -> PacketBox:
    bits = width(box.family)
    is_internet = size(box.sources) > 1 << (bits - 4)
    is_long = len(prefixes(box.sources, box.family)) > MOST
    return replace(box, sources=full(bits)) if box.in_name and is_internet and is_long else box
