"""pf's translations as rules of the model: the first that matches is taken."""

from collections.abc import Callable, Iterator, Sequence

from linter.model.match import Match
from linter.model.ruleset import Rule
from linter.model.values import EMPTY, Values, full, single, size
from linter.model.verdict import (
    ACCEPT,
    Effect,
    MapNetwork,
    TranslateDestination,
    TranslateSource,
    Verdict,
)
from parsers.pf.conditions import Conditions, Side
from parsers.pf.rules import Target, Translation
from parsers.pf.tags import PASSED, TRANSLATED, Tags, keeping
from parsers.pf.xml import Element

Make = Callable[[Element, str, Match, Verdict, tuple[Effect, ...]], Rule]
_MOST = 256
"""Ports of a range that are redirected one by one; of a longer one any port may be the target."""


def translations(
    moved: Sequence[Translation], side: Side, conditions: Conditions, tags: Tags, make: Make
) -> tuple[list[Rule], list[tuple[int, Rule]]]:
    """The rules of one side and the disabled ones with their indexes.

    On arrival redirections come before binat, on leaving binat before nat (pf_lb.c,
    pf_get_translation).
    """
    kinds = ("rdr", "binat") if side == "in" else ("binat", "nat")
    rules: list[Rule] = []
    disabled: list[tuple[int, Rule]] = []
    for kind in kinds:
        for each in moved:
            if each.kind != kind:
                continue
            for match, verdict in _parts(each, side, conditions):
                effects = _effects(each, side, tags)
                if tagged := each.tagged:
                    value = tags.value(tagged.removeprefix("!"))
                    match = (*match, conditions.tagged(tagged, tags.mask, value))  # noqa: PLW2901
                rule = make(each.element, each.title, match, verdict, effects)
                if each.is_disabled:
                    disabled.append((len(rules), rule))
                else:
                    rules.append(rule)
    return rules, disabled


def _effects(translation: Translation, side: Side, tags: Tags) -> tuple[Effect, ...]:
    if translation.target is None:
        return ()
    bits = TRANSLATED[side] | (PASSED if translation.passes else 0)
    return (keeping(bits, bits), *tags.effects(translation.tag))


def _parts(
    each: Translation, side: Side, conditions: Conditions
) -> Iterator[tuple[Match, Verdict]]:
    if each.kind == "binat":
        yield _binat(each, side, conditions)
        return
    match = _match(each, side, conditions)
    target = each.target
    if target is None:
        yield match, ACCEPT
    elif each.kind == "nat":
        yield match, TranslateSource(*_of(target, each), masquerade=bool(target.unread))
    elif each.shift and target.ports != full(16) and size(target.ports) > 1:
        yield from _shifted(each, target, match, conditions)
    else:
        yield match, _destination(target, each, target.ports)


def _match(each: Translation, side: Side, conditions: Conditions) -> Match:
    family = each.family
    return (
        *conditions.interface(each.on, side, not_on=each.not_on),
        conditions.families[family],
        *conditions.protocol(each.protocol, family),
        *conditions.endpoint(each.source, "src", family),
        *conditions.ports(each.source_ports, "sport"),
        *conditions.endpoint(each.destination, "dst", family),
        *conditions.ports(each.destination_ports, "dport"),
        *(conditions.unread(text) for text in each.unread),
    )


def _of(target: Target, each: Translation) -> tuple[Values, Values]:
    everything = full(32 if each.family == 4 else 128)
    is_known = target.addresses != EMPTY and not target.unread
    return target.addresses if is_known else everything, target.ports


def _destination(target: Target, each: Translation, ports: Values) -> TranslateDestination:
    addresses, _ = _of(target, each)
    return TranslateDestination(addresses, ports, local=bool(target.unread))


def _shifted(
    each: Translation, target: Target, match: Match, conditions: Conditions
) -> Iterator[tuple[Match, Verdict]]:
    """Each port to the one at the same place of the target's range (pf_lb.c, PF_RDR)."""
    first, last = each.destination_ports.values[0]
    low, high = target.ports[0]
    if last - first >= _MOST:
        yield match, _destination(target, each, target.ports)
        return
    span = high - low + 1
    for port in range(first, last + 1):
        to = single(low + (port - first) % span)
        one = (*match, conditions.test("dport", single(port)))
        yield one, _destination(target, each, to)


def _binat(each: Translation, side: Side, conditions: Conditions) -> tuple[Match, Verdict]:
    """On arrival the outside becomes the inside, on leaving the other way round."""
    (inside, mask), (outside, _) = each.internal, each.external
    width = 32 if each.family == 4 else 128
    ones = (1 << width) - 1
    own, others = ("dst", "src") if side == "in" else ("src", "dst")
    tested = outside if side == "in" else inside
    network = conditions.test(
        "dst" if own == "dst" else "src", ((tested & mask, (tested & mask) | (ones & ~mask)),)
    )
    match = (
        *conditions.interface(each.on, side, not_on=each.not_on),
        conditions.families[each.family],
        *conditions.protocol(each.protocol, each.family),
        network,
        *conditions.endpoint(each.destination, "src" if others == "src" else "dst", each.family),
        *(conditions.unread(text) for text in each.unread),
    )
    if each.target is None:
        return match, ACCEPT
    return match, MapNetwork(own, inside if side == "in" else outside, mask)
