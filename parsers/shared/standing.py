"""Where one machine stands, as its own tools tell it beside its rules."""

from collections.abc import Sequence

from flowmodel.addresses import Addresses
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Gap, Link, RuleSet
from flowmodel.source import InputError, Source
from parsers.shared.reading import start_of


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The addresses of a machine, and what lies behind each of its interfaces."""

    local: Addresses
    """Addresses that surely are its own."""
    foreign: Addresses
    """Addresses that surely are not."""
    links: tuple[Link, ...]
    gaps: tuple[Gap, ...]
    sources: tuple[Source, ...]


def beside(rulesets: Sequence[RuleSet], standing: Standing) -> tuple[RuleSet, ...]:
    """The rule sets of the machine, the first of which knows where it stands; raises InputError."""
    first, *others = rulesets
    where = standing.sources[0].path
    if any(ruleset.place for ruleset in rulesets):
        message = "has the addresses of one machine, and the export beside it is of many"
        raise InputError(message, start_of(where))
    if any(ruleset.links for ruleset in rulesets):
        message = f"{first.path} tells the interfaces of its device itself"
        raise InputError(message, start_of(where))
    first = replace(
        first,
        local=standing.local,
        foreign=standing.foreign,
        links=standing.links,
        gaps=(*first.gaps, *standing.gaps),
        sources=(*first.sources, *standing.sources),
    )
    return first, *others
