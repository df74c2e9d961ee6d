"""What no rule mentions is let in or forwarded.

**Reports.** Packets to the device, or through it, are permitted unless a rule denies them: the default policy of the chain accepts, and no rule drops everything that is left.
If several chains judge the same packets, it is enough that one of them denies.
What the device itself sends does not count, and neither does what it sends to itself.
Forwarding counts if the export shows that the device forwards for others: it has rules for that, or translates what others send. If only tools (Docker, libvirt, Kubernetes …) have put rules into the chain for forwarding, the level is info; an empty chain is not reported.
If the device forwards in the other family, or denies it there by default policy, it is a possible warning.
The level is warning if the export does not tell whether packets are left over, or has no chain for packets to the device (or none at all), or only chains that a tool keeps for networks of its own. It is info if little is left, such as a few protocols or ports.
If FW201 reports the same default policy, this check is silent.

**Why it matters.** A list of what is forbidden is never complete: each service that starts to listen is open until somebody thinks of it.

**Example.** Telnet is dropped, and everything else is open:

```
:INPUT ACCEPT [0:0]
...
-A INPUT -p tcp -m tcp --dport 23 -j DROP
```

**How to fix.** Permit what is needed, and deny the rest, by the default policy or by a last rule that drops everything.
"""

from collections.abc import Iterator, Sequence

from flowmodel.fields import FAMILIES, Family
from flowmodel.finding import Finding, Level
from flowmodel.match import Test
from flowmodel.ruleset import Chain, RuleSet, base_chains
from flowmodel.source import Span
from flowmodel.verdict import (
    Accept,
    Denial,
    Drop,
    MapNetwork,
    Reject,
    TranslateDestination,
    TranslateSource,
)
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.passing import Passing, passing
from linter.checks.rulebase.plainly import is_closed
from linter.checks.rulebase.tools import is_networks_rule, is_networks_table, rules_by_hand
from linter.checks.subject import Subject
from linter.engine.device.openings import is_wide
from linter.engine.sets.digest import digest
from linter.engine.sets.words import packets_in_words

_OPEN = "whether a rule drops them depends on what the export does not tell"
_OTHER = "whether it forwards in this family, as the rules of the other one suggest"
_NO_CHAIN = "the export has no chain for packets to the device itself; it may be a part only"
_REMEDY = "deny what no rule permits: by the default policy, or by a last rule"


def run(subject: Subject) -> Iterator[Finding]:
    """The ways on which the default permits."""
    for each in passing(subject, lambda rulesets: not is_closed(rulesets)):
        if each.filters and not (each.traffic == "input" and _is_tools(each)):
            yield from _permitted(each, subject.exports.get(each.device, ()))
        elif each.traffic == "input":
            yield from _unfiltered(each)
    for device, its in subject.exports.items():
        if its and not (its[0].place or any(base_chains(its, each) for each in FAMILIES)):
            yield _nothing(device, its[0])


def _is_tools(each: Passing) -> bool:
    """Whether tools keep all of the chains, for networks of their own: nobody filters with them."""
    results = each.answer.connections.passage.results
    tables = [result.table for result in results if result.chain in each.filters]
    return bool(tables) and all(map(is_networks_table, tables))


def _permitted(each: Passing, exports: Sequence[RuleSet]) -> Iterator[Finding]:
    space, rest = each.space, each.undecided
    possible = space.some(rest)
    if possible == space.false:
        return
    certain = each.certain(rest)
    level, is_certain = _level(
        each, is_surely_wide=is_wide(space, certain), may_be_wide=is_wide(space, possible)
    )
    reasons = () if is_certain else (_OPEN,)
    is_unused = each.traffic == "forward" and not _forwards_here(each)
    if is_unused and is_wide(space, possible) and _is_for_the_other(each, exports):
        level, is_certain, reasons = "warning", False, (_OTHER,)
    if level is None:
        return
    chain = _main(each)
    shown = certain if is_certain else possible
    yield CHECK.finding(
        f"{chain.name} on {each.device} lets everything pass that no rule drops",
        at(
            chain.span,
            "this default permits",
            extent=packets_in_words(space, shown),
            about=[digest(space, (certain, possible))],
            reasons=reasons,
        ),
        level=level,
        certainty="certain" if is_certain else "possible",
        device=each.device,
        remedy=_REMEDY,
        key=("FW306", each.device, chain.name, each.traffic),
    )


def _level(each: Passing, *, is_surely_wide: bool, may_be_wide: bool) -> tuple[Level | None, bool]:
    """How bad it is, if at all, and whether that is certain."""
    level: Level = "error" if is_surely_wide else "warning" if may_be_wide else "info"
    is_certain = is_surely_wide or (
        not may_be_wide and each.certain(each.undecided) != each.space.false
    )
    if each.traffic == "forward" and not _forwards_here(each):
        has_rules = any(chain.rules for chain in each.filters)
        return ("info" if has_rules else None), is_certain
    return level, is_certain


def _main(each: Passing) -> Chain:
    """The chain in which people look for the default: the last one of the way that has rules."""
    own = [chain for chain in each.filters if chain.base and chain.base.judges == {each.traffic}]
    chains = own or each.filters
    return next((chain for chain in reversed(chains) if chain.rules), chains[0])


def _forwards_here(each: Passing) -> bool:
    return _forwards(each.rulesets, each.space.family)


def _is_for_the_other(each: Passing, exports: Sequence[RuleSet]) -> bool:
    """Whether people judge what is forwarded in the other family; tools set its policy, too."""
    (other,) = (family for family in FAMILIES if family != each.space.family)
    return _forwards(exports, other) or any(
        chain.base is not None
        and chain.base.judges == {"forward"}
        and chain.base.purpose == "filter"
        and isinstance(chain.end, Denial)
        and not any(map(is_networks_rule, chain.rules))
        and not is_networks_table(table)
        for table, chain in base_chains(exports, other)
    )


def _forwards(rulesets: Sequence[RuleSet], family: Family) -> bool:
    """Whether the device forwards for others, as far as its own rules tell."""
    for table, chain in base_chains(rulesets, family):
        base = chain.base
        assert base is not None
        if base.judges >= {"forward", "input"} and base.purpose == "filter" and not base.is_given:
            return True
        kinds: tuple[type, ...] = ()
        if base.judges == {"forward"}:
            kinds = (Accept, Drop, Reject)
        elif base.purpose == "translate" and base.hook in ("prerouting", "postrouting"):
            kinds = (TranslateSource, TranslateDestination, MapNetwork)
        for _, rule in rules_by_hand(table, chain):
            # What is about one address at both ends is a machine that calls itself by a name.
            ends = {each.field for each in rule.match if isinstance(each, Test)}
            if isinstance(rule.verdict, kinds) and not ends >= {"src", "dst"}:
                return True
    return False


def _unfiltered(each: Passing) -> Iterator[Finding]:
    """Where no chain at all judges what comes to the device; platforms have theirs always."""
    bases = base_chains(each.rulesets, each.space.family)
    judged = frozenset(
        traffic
        for table, each in bases
        if each.base
        for traffic in each.base.judges
        if traffic != "input" or not is_networks_table(table)
    )
    if not (each.rulesets[0].place or "input" in judged):
        yield _nothing(each.device, each.rulesets[0])


def _nothing(device: str, first: RuleSet) -> Finding:
    return CHECK.finding(
        f"no chain filters packets to the device itself on {device}",
        at(Span(first.path, 1, 1, 1, 1), reasons=(_NO_CHAIN,)),
        level="warning",
        certainty="possible",
        device=device,
        remedy=_REMEDY,
        key=("FW306", device, "", "input"),
    )


CHECK = Check("FW306", "no-default-deny", "error", __doc__, run, yields_to=("FW201",))
