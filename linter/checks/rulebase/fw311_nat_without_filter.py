"""A translation and the filter do not fit together.

**Reports.**

- A port-forward (destination NAT) whose packets the filter then drops, whoever sends them, over IPv4 and IPv6. Each target of a map is judged by itself. The finding is only possible if the address may be the device's own and its rules for input permit the packets.
- A filter rule for an address that no packet has any more when it reaches the filter, because a translation has changed it.

**Why it matters.** The filter sees packets after the translation, with the address and port of the machine inside.
A port-forward without a filter rule leads nowhere. A filter rule with the public address does nothing; if it was meant to block something, that is open.

**Example.** The filter rule names the public address:

```
-A FORWARD -d 203.0.113.5/32 -p tcp -m tcp --dport 443 -j ACCEPT
```

But the packets are for 10.1.0.10 by then:

```
-A PREROUTING -d 203.0.113.5/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.1.0.10:8443
```

**How to fix.** Write the filter rule for the address and port after the translation, or remove what is left over.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from flowmodel.finding import Finding, Related
from flowmodel.match import Test
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Rule
from flowmodel.source import Span
from flowmodel.values import Values, size
from flowmodel.verdict import Decision
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.passing import Passing, passing, translating
from linter.checks.rulebase.targets import sent_to
from linter.checks.rulebase.translations import Sent, grouped, sent
from linter.checks.subject import Subject
from linter.engine.device.connection import with_flags
from linter.engine.device.openings import new_header
from linter.engine.device.program import called_from
from linter.engine.sets.digest import digest
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import addresses_in_words, packets_in_words

_FEW = 1 << 16
"""A rule about more addresses is not about one that is translated."""

_OWN = "whether the address that they are sent to is another machine's"


def run(subject: Subject) -> Iterator[Finding]:
    """Translations that lead nowhere, and rules that are too late for an address."""
    written: dict[tuple[str, Span], _Written] = {}
    for both in grouped(passing(subject, translating)):
        translations = sent(both)
        for one in translations:
            rule = written.setdefault((both[0].device, one.rule.span), _Written({}, set()))
            rule.add(both[0], one)
        if translations:
            yield from _rewritten_before(both, translations)
    for rule in written.values():
        yield from rule.leading_nowhere()


class _Written(NamedTuple):
    """What becomes of the packets of one written rule, target by target.

    A map has many targets (`dnat to tcp dport map { 80 : 10.1.0.10, 443 : 10.1.0.11 }`), and what
    one of them lets in says nothing of the others. A target of both families, and its filter of
    one, leads somewhere.
    """

    nowhere: dict[str, list[Callable[[str], Finding]]]
    somewhere: set[str]

    def add(self, each: Passing, one: Sent) -> None:
        """What the filter of a device does with what one part of the rule sends on."""
        empty, target = each.space.false, sent_to(one.rule.verdict, each.space.family)
        if one.passed != empty:
            self.somewhere.add(target)
        elif one.packets != empty:
            finding = partial(_leading_nowhere, each, one)
            self.nowhere.setdefault(target, []).append(finding)

    def leading_nowhere(self) -> Iterator[Finding]:
        """The findings on each target of which the filter lets nothing pass."""
        is_one = len(self.nowhere.keys() | self.somewhere) == 1
        for target, findings in self.nowhere.items():
            if target not in self.somewhere:
                yield from (finding("" if is_one else target) for finding in findings)


def _leading_nowhere(each: Passing, one: Sent, target: str) -> Finding:
    """The finding on one target; without a name for it where the rule has no other."""
    reasons = (_OWN,) if one.stayed != each.space.false else ()
    does = f"sends to {target}" if target else "translates"
    return CHECK.finding(
        f"the filter of {each.device} drops all that this rule {does}",
        at(
            one.rule.span,
            "nothing of this passes",
            one.rule.title,
            extent=packets_in_words(each.space, one.packets),
            about=[digest(each.space, (one.packets,))],
            reasons=reasons,
        ),
        certainty="possible" if reasons else "certain",
        device=each.device,
        remedy="permit the packets as they are behind the translation, or remove it",
        subject=f"{one.rule.text} {target}".strip(),
    )


def _rewritten_before(both: Sequence[Passing], translations: Sequence[Sent]) -> Iterator[Finding]:
    space = both[0].space
    moved = space.union(one.packets for one in translations)
    for rule in _about_addresses(both):
        meant = space.union(_meant(each, rule) for each in both)
        if minus(meant, moved) != space.false or any(_decides(each, rule) for each in both):
            continue
        by = next((one for one in translations if one.packets & meant != space.false), None)
        if by is None:
            continue
        address = addresses_in_words(_destinations(rule), space.family)
        yield CHECK.finding(
            f"packets for {address} are translated on {both[0].device} before this rule sees them",
            at(rule.span, "these packets have another destination here", rule.title),
            related=[Related(by.rule.span, "translated here", by.rule.title)],
            device=both[0].device,
            remedy="write the address and port that the packets have behind the translation",
            subject=rule.text,
        )


def _about_addresses(both: Sequence[Passing]) -> Iterator[Rule]:
    """The rules of the filter that name single destinations."""
    chains = {
        chain: None
        for each in both
        for result in each.answer.connections.passage.results
        if result.chain in each.filters
        for chain in called_from(result.table, result.chain)
    }
    for chain in chains:
        for rule in chain.rules:
            if rule.is_given or not isinstance(rule.verdict, Decision):
                continue
            if 0 < size(_destinations(rule)) < _FEW:
                yield rule


def _destinations(rule: Rule) -> Values:
    tests = (each for each in rule.match if isinstance(each, Test) and each.field == "dst")
    return next((test.values for test in tests), ())


def _meant(each: Passing, rule: Rule) -> PacketSet:
    """The first packets that fulfil the rule's conditions as they are sent."""
    match = each.answer.firewall.matcher.match(rule.match, new_header(each.answer))
    return each.space.some(with_flags(each.space, match & each.asked, each.flags))


def _decides(each: Passing, rule: Rule) -> bool:
    return any(
        one is rule
        for result in each.answer.connections.passage.results
        for region in result.regions
        for one in region.rules
    )


CHECK = Check("FW311", "nat-without-filter", "warning", __doc__, run)
