"""pf's translations as rules of the model: the first that matches is taken."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from flowmodel.fields import Family, NumberField
from flowmodel.match import Match
from flowmodel.ruleset import Rule
from flowmodel.values import EMPTY, Values, anything, full, single, size
from flowmodel.verdict import (
    ACCEPT,
    Effect,
    MapNetwork,
    TranslateDestination,
    TranslateSource,
    Verdict,
)
from parsers.pf.conditions import Conditions, Side
from parsers.pf.rules import Target, Translation
from parsers.pf.strange import doubled
from parsers.pf.tags import PASSED, TRANSLATED, Tags
from parsers.pf.xml import Element

Make = Callable[[Element, str, Match, Verdict, tuple[Effect, ...]], Rule]
_SWITCHES: Final = frozenset(("disabled", "enabled"))
_MOST = 256
"""Ports of a range that are redirected one by one; of a longer one any port may be the target."""


KINDS: dict[Side, tuple[str, str]] = {"in": ("rdr", "binat"), "out": ("binat", "nat")}
"""The kinds of translations at each side, in pf's order (pf_lb.c, pf_get_translation).

Of each kind the first that matches counts; if that says not to translate, the next kind is asked
all the same (pf_match_translation returns nothing then).
"""


def or_perhaps(
    made: Iterable[Translation],
    element: Element,
    unread: tuple[str, ...],
    title: str,
    *,
    is_disabled: bool,
) -> Iterator[Translation]:
    """What an entry was read as, and what it may be besides.

    It may be any translation if nothing was made of it and something is not understood, or if an
    element stands in it twice: it was read with the first of them, and the other one may count.
    One that is switched off is none.
    """
    twice = doubled(element)
    is_off = is_disabled and not twice & _SWITCHES
    is_made = False
    for each in made:
        is_made = True
        yield each
    if not is_off and (twice or not is_made):
        yield from _anything(element, unread, title)


def _anything(element: Element, unread: tuple[str, ...], title: str) -> Iterator[Translation]:
    if not unread:
        return
    unknown = Target((), unread="what an entry that is not understood makes of it")
    kinds: tuple[Literal["nat", "rdr"], ...] = ("nat", "rdr")
    families: tuple[Family, ...] = (4, 6)
    for kind in kinds:
        for family in families:
            yield Translation(element, title, kind, family, unknown, unread=unread)


def translations(
    moved: Sequence[Translation],
    kind: str,
    side: Side,
    conditions: Conditions,
    tags: Tags,
    make: Make,
) -> tuple[list[Rule], list[tuple[int, Rule]]]:
    """The rules of one kind at one side, and the disabled ones with their indexes."""
    rules: list[Rule] = []
    disabled: list[tuple[int, Rule]] = []
    for each in moved:
        if each.kind != kind:
            continue
        for match, verdict in _parts(each, side, conditions):
            if tagged := each.tagged:
                value = tags.value(tagged.removeprefix("!"))
                match = (*match, conditions.tagged(tagged, tags.mask, value))  # noqa: PLW2901
            rule = make(each.element, each.title, match, verdict, _effects(each, side, tags))
            if each.is_disabled:
                disabled.append((len(rules), rule))
            else:
                rules.append(rule)
    return rules, disabled


def _effects(translation: Translation, side: Side, tags: Tags) -> tuple[Effect, ...]:
    if translation.target is None:
        return ()
    bits = TRANSLATED[side] | (PASSED if translation.passes else 0)
    return (tags.keeping(bits, bits), *tags.effects(translation.tag))


def _parts(
    each: Translation, side: Side, conditions: Conditions
) -> Iterator[tuple[Match, Verdict]]:
    target = each.target
    if each.kind == "binat" and target is not None:
        yield _binat(each, side, conditions)
        return
    match = _match(each, side, conditions)
    if target is None:
        yield match, ACCEPT
    elif each.kind == "nat":
        yield from _source(each, target, match, conditions)
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


def _source(
    each: Translation, target: Target, match: Match, conditions: Conditions
) -> Iterator[tuple[Match, Verdict]]:
    """Source translation; of a port that is kept (`static-port`) it matters whether it is 0.

    Both systems block port 0, and a kept port that could be any would leave that open.
    """
    addresses, ports = _of(target, each)
    if ports == full(16):
        none = (*match, conditions.test("sport", single(0)))
        yield none, TranslateSource(addresses, single(0), masquerade=bool(target.unread))
        ports = ((1, 65535),)
    yield match, TranslateSource(addresses, ports, masquerade=bool(target.unread))


def _destination(target: Target, each: Translation, ports: Values) -> TranslateDestination:
    if target.unread:
        return TranslateDestination(anything(32 if each.family == 4 else 128), ports)
    addresses, _ = _of(target, each)
    return TranslateDestination(addresses, ports)


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
    ones = (1 << (32 if each.family == 4 else 128)) - 1
    ways: tuple[Way, Way] = (each.external, each.internal)
    (network, mask), (target, kept) = ways if side == "in" else ways[::-1]
    own, others = _ENDS[side]
    match = (
        *conditions.interface(each.on, side, not_on=each.not_on),
        conditions.families[each.family],
        *conditions.protocol(each.protocol, each.family),
        conditions.test(own, ((network & mask, (network & mask) | (ones & ~mask)),)),
        *conditions.endpoint(each.destination, others, each.family),
        *(conditions.unread(text) for text in each.unread),
    )
    return match, MapNetwork(own, target, kept)


Way = tuple[int, int]
_ENDS: dict[Side, tuple[NumberField, NumberField]] = {"in": ("dst", "src"), "out": ("src", "dst")}
