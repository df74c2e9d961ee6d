"""What the checks say of rules that decide nothing."""

from collections.abc import Iterable, Sequence

from flowmodel.finding import Related
from flowmodel.source import Span
from flowmodel.verdict import Goto, Return
from linter.checks.evidence import Evidence
from linter.checks.rulebase.samples import Sample
from linter.checks.rulebase.standing import Action, Idle, Place
from linter.checks.rulebase.written import Written

SHOWN = 4
"""How many rules are shown before the others are counted."""
_ACTIONS: dict[Action, str] = {"accept": "accepts", "deny": "denies"}


def proof(rule: Written, label: str, sample: Sample, decided: Place | None = None) -> Evidence:
    """The evidence of a finding about a rule: its place, and a packet with what decides it."""
    deciding = (_step(decided),) if decided else ()
    return Evidence(
        Related(rule.rule.span, label, rule.rule.title),
        text=rule.rule.text,
        witness=sample.words,
        example=sample.witness,
        trace=deciding,
    )


def _step(place: Place) -> str:
    text = place.rule.text if place.rule else f"the default policy of {place.chain.name}"
    return f"{place.span.path}:{place.span.line}: {text}"


def does(place: Place) -> str:
    """`accepts`, `denies`, or what else a rule does with a packet."""
    if place.rule is not None and isinstance(place.rule.verdict, Return | Goto):
        return "sends past it"
    return _ACTIONS.get(place.action, "decides")


def related(idles: Sequence[Idle]) -> list[Related]:
    """The rules that take all packets, those that take most first; if many, the first few."""
    found: dict[object, Related] = {}
    is_backwards = any(each.chain.written for idle in idles for each in idle.takers)
    when = "" if is_backwards else " first"
    for idle in idles:
        for number, each in enumerate(idle.takers):
            is_all = idle.is_whole or (len(idle.takers) == 1 and idle.is_complete)
            much = "all" if is_all and number == 0 else "some"
            label = f"{does(each)} {much} of its packets{when}"
            if isinstance(each.rule and each.rule.verdict, Return | Goto):
                label = f"sends {much} of its packets past it"
            title = each.rule.title if each.rule else ""
            found.setdefault(each.span, Related(each.span, label, title))
    every = list(found.values())
    return every[:SHOWN]


def takers(idles: Sequence[Idle]) -> tuple[Span, ...]:
    """All rules that take packets first; nothing where they are more than were looked for."""
    if not all(each.is_complete for each in idles):
        return ()
    return tuple(dict.fromkeys(place.span for idle in idles for place in idle.takers))


def count(idles: Iterable[Idle]) -> str:
    """`another rule takes`, `7 other rules together take`."""
    several = list(idles)
    number = len({each.span for idle in several for each in idle.takers})
    if not all(each.is_complete for each in several):
        return f"more than {number} other rules together take"
    return "another rule takes" if number < 2 else f"{number} other rules together take"
