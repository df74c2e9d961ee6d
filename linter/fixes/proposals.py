"""Which edit may mend a finding: what is drawn up for each check, the best first."""

from collections.abc import Callable, Iterator, Sequence

from flowmodel.affected import PacketBox
from flowmodel.finding import Finding
from flowmodel.fix import Edit, Missing
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.site import EPHEMERAL, Site
from flowmodel.values import Values, full, size
from flowmodel.verdict import Accept, Goto, Jump
from linter.fixes import aws, iptables, nftables, pf, texts
from linter.fixes.boxes import MOST, prefixes, width
from linter.fixes.drafts import Draft, Found, Language, Wanted
from linter.fixes.kept import Keeper
from linter.fixes.names import comment
from linter.fixes.narrowing import Excess, closes_excess, drafts
from linter.fixes.places import RuleSets, at_place, chain_of, entries, leads_to, place_of
from linter.fixes.proof import IsMeant, closes_only, nothing, opens_only

LANGUAGES: tuple[Language, ...] = (
    iptables.LANGUAGE,
    nftables.LANGUAGE,
    pf.PFSENSE,
    pf.OPNSENSE,
    aws.LANGUAGE,
)
REMOVED = ("FW301", "FW302", "FW303")
MOVED = ("FW314",)
IDLE = (*REMOVED, *MOVED)
PERMITTED = ("FW101", "FW102", "FW103", "FW105", "FW107")
OPENINGS = "FW2"
"""What the ids of checks begin with that are about what is open."""
FAMILIES = "FW402"
"""The check that tells in one finding all that one family lets in more than the other one."""
UNUSED = "FW308"
"""The check of names that no rule has: what was used by a rule that is narrower lets nothing in."""
LATENT = ("FW114", "FW115")
"""What is only asked about flows that pass: a flow that is mended may have it."""
NARROWED = tuple(f"{OPENINGS}{number:02}" for number in range(1, 15))
FIXED = (*IDLE, *PERMITTED, *NARROWED)
"""The checks whose findings an edit may mend."""
_PLACES = 8
"""How many places are tried for a rule that is moved."""

_Sides = tuple[bool, bool]
Meant = Callable[[RuleSets, Sequence[Edit]], IsMeant]
"""What an edit is meant to change, in rule sets that were read with it and others."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """An edit that may mend a finding."""

    draft: Draft
    meant: Meant
    alone: tuple[PacketBox, ...] = ()
    """Connections of which no others between their ends may begin; see `proof.no_more_begins`."""
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
        if finding.check == "FW302" and found.rule.effects:
            # A mark is also for what asks for it outside the rules: routes, queues.
            return
        for draft in language.remove(found):
            yield Proposal(draft, lambda _rulesets, _edits: nothing)
    elif finding.check in MOVED:
        yield from _moved(language, found, finding)


def narrowed(
    rulesets: RuleSets, finding: Finding, excess: Excess, keeper: Keeper
) -> Iterator[Proposal]:
    """What closes all that the rule of the finding lets through too much, the best first."""
    found = place_of(rulesets, finding.span)
    language = _language(found.ruleset) if found else None
    if found is None or language is None or found.rule.effects or not excess.is_known:
        return
    meant = closes_excess(excess, judges_arrivals=language.judges_arrivals)
    for draft in drafts(language, found, keeper.narrower(finding.span, excess.fields)):
        yield Proposal(draft, lambda _rulesets, _edits: meant)


def may_forward(rulesets: RuleSets) -> bool:
    """Whether packets that are neither from the device nor for it may pass it."""
    languages = ((ruleset, _language(ruleset)) for ruleset in rulesets)
    return all(language is None or language.forwards(each) for each, language in languages)


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
    places = [before[first], *filter(_may_take, reversed(before[:first]))][:_PLACES]
    drafts = {draft.edits: draft for other in places for draft in language.move(found, other)}
    for draft in drafts.values():
        yield Proposal(draft, _closes(draft, found), whole=top)


def _may_take(found: Found) -> bool:
    return isinstance(found.rule.verdict, Accept | Jump | Goto)


def _closes(draft: Draft, found: Found) -> Meant:
    """Whether what is closed is what the rule is about, where it stands then."""
    removed, added = ([e for e in draft.edits if bool(e.old) is old] for old in (True, False))
    # What has only another number, or is only quick, stays where it is.
    span = found.rule.span
    stays = Edit(span.path, span.line, column=span.column)
    place = draft.put or (added[0] if removed and added else stays)

    def meant(rulesets: RuleSets, edits: Sequence[Edit]) -> IsMeant:
        return closes_only(at_place(rulesets, place.path, *texts.place_of(edits, place)))

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
    words, internet = comment(site, finding), _internet(site, finding)
    rules = entries(*place)
    for at in _before(rules, finding.missing[0]):
        for missing in _wanted(finding.missing, internet):
            sent = [box for each in missing for box in each.sent.boxes]
            if language.judges_arrivals:
                # No rule there can ask how packets were sent: what is sent to the inner address
                # itself passes too, as with the rules that the system makes of its port forwards.
                seen = [box for each in missing for box in each.seen.boxes]
                sent = [each for box in (*sent, *seen) for each in _on_arrival(place[0], box)]
            all_wanted = [Wanted(*place, at, each, words) for each in missing]
            for draft in language.permit(all_wanted):
                # A second edit is for the answers.
                answers = language.judges_answers and len(draft.edits) > 1
                meant = _opens(sent, with_answers=answers)
                yield Proposal(draft, meant, tuple(sent) if answers else ())


def _on_arrival(ruleset: RuleSet, box: PacketBox) -> Iterator[PacketBox]:
    """The packets of a box wherever they go: their destination tells, and no rule does.

    The interface by which they come has several names.
    """
    traffics: tuple[Traffic, ...] = ("input", "forward")
    names = next((each.names for each in ruleset.links if box.in_name in each.names), ())
    for name in names or (box.in_name,):
        for traffic in traffics:
            yield replace(box, hook=traffic, in_name=name, out_name="")


def _before(rules: Sequence[Found], missing: Missing) -> Iterator[Found | None]:
    """The rule that decides, or that leads there; None is the end; then the chain's beginning."""
    decided = frozenset((missing.decided,))
    leading = [each for each in rules if leads_to(each, decided)]
    # Where a system makes the last rule itself, it stands nowhere.
    if missing.by_policy or not leading:
        yield None
    yield from reversed(leading[-_PLACES:])
    if rules and rules[0] not in leading:
        yield rules[0]


def _opens(boxes: Sequence[PacketBox], *, with_answers: bool) -> Meant:
    return lambda _rulesets, _edits: opens_only(boxes, with_answers=with_answers)


def _wanted(missing: Sequence[Missing], internet: _Sides) -> Iterator[Sequence[Missing]]:
    """What is missing, exactly; then for any address, where it is the internet that is meant.

    The internet is what a site leaves over, in many prefixes: no person writes them in a rule, and
    a flow from there is permitted from everywhere. Nor does one name the ports that clients have.
    """
    missing = [_told(each, _from_any_port) for each in missing]
    yield missing
    wide = [_told(each, lambda box: _anywhere(box, internet)) for each in missing]
    if wide != missing:
        yield wide


def _told(missing: Missing, other: Callable[[PacketBox], PacketBox]) -> Missing:
    """The same, with other boxes."""
    seen, sent = (
        replace(each, boxes=tuple(dict.fromkeys(map(other, each.boxes))))
        for each in (missing.seen, missing.sent)
    )
    return replace(missing, seen=seen, sent=sent)


def _from_any_port(box: PacketBox) -> PacketBox:
    return replace(box, source_ports=full(16)) if box.source_ports == EPHEMERAL else box


def _anywhere(box: PacketBox, internet: _Sides) -> PacketBox:
    """The box without the internet as an end, and without a machine's own addresses, if unknown."""
    is_from, is_to = internet[0] or box.hook == "output", internet[1] or box.hook == "input"
    if is_from and _is_most(box, box.sources):
        box = replace(box, sources=full(width(box.family)))
    if is_to and _is_most(box, box.destinations):
        box = replace(box, destinations=full(width(box.family)))
    return box


def _is_most(box: PacketBox, addresses: Values) -> bool:
    is_large = size(addresses) > 1 << (width(box.family) - 4)
    return is_large and len(prefixes(addresses, box.family)) > MOST


def _internet(site: Site, finding: Finding) -> _Sides:
    """Whether a flow is from the internet, and whether it is to it."""
    flow = next((each for each in site.requirements if each.name == finding.flow), None)
    ends = flow.ends if flow else ()
    return any(one.kind == "internet" for one, _ in ends), any(
        other.kind == "internet" for _, other in ends
    )
