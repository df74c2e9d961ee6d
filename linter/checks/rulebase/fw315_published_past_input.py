"""A port is closed by the machine's own rules, and yet published from a container or another address.

**Reports.** A translation (by Docker, Podman, Kubernetes, or written by hand) sends packets for a port of the machine on to another address, and they pass. The machine's rules for input would drop the packets as they were sent, but forwarded packets do not reach these rules.
This is reported if a rule for input mentions the port: it drops it, or permits it for fewer senders.
If the rules only drop it together with everything else, what a tool publishes has level info, and what is forwarded by hand is not reported.
Without the output of `ip -j addr` and `ip -j route`, the finding is only possible, because nothing tells whose the other address is.

**Why it matters.** People close a port with `ufw deny` and see it in the list of rules, and yet the container behind it stays open to everybody.

**Example.** The rules for input let only the office reach the database:

```
-A ufw-user-input -s 10.1.0.0/16 -p tcp -m tcp --dport 5432 -j ACCEPT
```

Docker publishes it to everyone:

```
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.3:5432
```

**How to fix.** Publish the port at one address only (`-p 127.0.0.1:5432:5432`), or drop it where packets are forwarded (Docker: in the chain DOCKER-USER, by the original port).
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.match import Test
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet, Table
from flowmodel.values import overlaps, size
from flowmodel.verdict import Accept, Denial, Drop, Reject, TranslateDestination
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.passing import Passing, passing, translating
from linter.checks.rulebase.tools import publishes
from linter.checks.subject import Subject
from linter.engine.device.ask import Answer, ask, plain
from linter.engine.device.forms import in_forms
from linter.engine.device.passage import ChainResult
from linter.engine.device.walk import Region
from linter.engine.sets.digest import digest
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet
from linter.engine.sets.words import addresses_in_words, packets_in_words

_FEW_PORTS = 1 << 12
"""A rule about more ports is not about any of them."""
_WHOSE = "whether {} is another machine's address, and by which interface it is reached"
_REMEDY = "publish the port at fewer addresses, or drop it where packets are forwarded"


@dataclass(frozen=True, slots=True, eq=False)
class _Input:
    """What the rules for input would do if nothing were translated."""

    answer: Answer
    regions: list[Region]
    dropped: PacketSet


def run(subject: Subject) -> Iterator[Finding]:
    """The translations that send on what the rules for input drop."""
    for each in passing(subject, translating):
        if each.traffic == "input" and each.filters:
            sent = [pair for pair in _translations(each) if _is_to_others(pair[1])]
            if sent:
                yield from _past(each, sent, _untranslated(each))


def _translations(each: Passing) -> Iterator[tuple[ChainResult, Region]]:
    for result in each.answer.connections.passage.results:
        base = result.chain.base
        if base and base.kind == "nat" and result.hook == "prerouting":
            yield from ((result, region) for region in result.regions)


def _is_to_others(region: Region) -> bool:
    return isinstance(region.verdict, TranslateDestination) and not region.verdict.local


def _untranslated(each: Passing) -> _Input:
    """The rules for input, asked about packets as they were sent."""
    space = each.space
    firewall = replace(each.answer.firewall, rulesets=tuple(map(_filtering, each.rulesets)))
    asked = ask(firewall, each.answer.place, [plain(each.asked, space)], space.false)
    answer = in_forms(asked, each.flags)
    regions = [
        region
        for result in answer.connections.passage.results
        if result.hook == "input" and result.chain.base and result.chain.base.purpose == "filter"
        for region in result.regions
    ]
    passed = space.union(each.packets for each in answer.connections.passage.passed)
    everything = space.union(strand.packets for strand in answer.arrivals)
    return _Input(answer, regions, everything & ~space.some(passed))


def _filtering(ruleset: RuleSet) -> RuleSet:
    tables = tuple(
        Table(
            table.name,
            table.families,
            {
                name: chain
                for name, chain in table.chains.items()
                if chain.base is None or chain.base.kind != "nat"
            },
        )
        for table in ruleset.tables
    )
    return replace(ruleset, tables=tables)


def _past(
    each: Passing, sent: list[tuple[ChainResult, Region]], rules: _Input
) -> Iterator[Finding]:
    space = each.space
    strands = each.answer.connections.passage.passed
    forwarded = space.union(one.packets for one in strands if one.route == "forward")
    for result, region in sent:
        for packets, is_certain in (
            (each.certain(region.packets & forwarded) & rules.dropped, True),
            (space.some(region.packets & forwarded) & rules.dropped, False),
        ):
            if packets == space.false:
                continue
            finding = _finding(each, result, region, packets, rules, is_certain=is_certain)
            if finding:
                yield finding
            break


def _finding(
    each: Passing,
    result: ChainResult,
    region: Region,
    packets: PacketSet,
    rules: _Input,
    *,
    is_certain: bool,
) -> Finding | None:
    assert isinstance(region.verdict, TranslateDestination)
    named = _about(each, packets, rules)
    if named is None and not publishes(result.table, region.chain):
        return None
    rule = region.rules[0]
    to = addresses_in_words(region.verdict.addresses, each.space.family)
    return CHECK.finding(
        f"{each.device} sends on to {to} what its own rules for input drop",
        at(
            rule.span,
            "this sends packets past them",
            rule.title,
            extent=packets_in_words(each.space, packets),
            about=[digest(each.space, (packets,))],
            reasons=() if is_certain else (_WHOSE.format(to),),
        ),
        level="warning" if named else "info",
        certainty="certain" if is_certain else "possible",
        related=(named or _otherwise(each, packets, rules),),
        device=each.device,
        remedy=_REMEDY,
        subject=rule.text,
    )


def _about(each: Passing, packets: PacketSet, rules: _Input) -> Related | None:
    """The rule for input that speaks about the port, the one that drops it before any other."""
    space = each.space
    ports = projected(space, packets, "dport", 256)
    for kind, label in (
        ((Drop, Reject), "this drops them for the machine itself"),
        ((Accept,), "this permits the port for fewer packets"),
    ):
        for region in rules.regions:
            if not isinstance(region.verdict, kind):
                continue
            senders = space.some(region.packets).exists(space.cube("src", "sport", "tcp_flags"))
            if senders & packets == space.false:
                continue
            for rule in region.rules:
                if any(
                    isinstance(test, Test)
                    and test.field == "dport"
                    and size(test.values) < _FEW_PORTS
                    and overlaps(test.values, ports)
                    for test in rule.match
                ):
                    return Related(rule.span, label, rule.title)
    return None


def _otherwise(each: Passing, packets: PacketSet, rules: _Input) -> Related:
    """What drops them together with everything else."""
    for region in rules.regions:
        if isinstance(region.verdict, Denial) and region.packets & packets != each.space.false:
            span = region.rules[0].span if region.rules else region.chain.span
            return Related(span, "this drops them for the machine itself")
    return Related(each.filters[-1].span, "the rules for input")


CHECK = Check("FW315", "published-past-input", "warning", __doc__, run)
