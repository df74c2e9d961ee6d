"""A rule lets connections begin that cannot continue.

**Reports.** A rule lets the first packets of TCP connections pass, but the replies to them, or all later packets, are certainly dropped, whichever port the client chooses.
One finding lists all such rules of a chain.
What a default policy lets begin does not count, and neither do other protocols, some of which need no replies.
Rules for long ranges of ports do not count either, because network ACLs of AWS have them for replies.

**Why it matters.** The service looks reachable, but every connection to it hangs.
Whoever looks for the fault soon opens more than is needed.

**Example.** Only new connections are accepted, and nothing else is:

```
:INPUT DROP [0:0]
...
-A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 443 -j ACCEPT
```

**How to fix.** Accept packets of known connections first (`-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`), in each chain that they pass.
Where nothing keeps state, permit the replies.
"""

from collections.abc import Iterator

from flowmodel.fields import FAMILIES, TCP
from flowmodel.finding import Finding, Related
from flowmodel.match import Test
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule
from flowmodel.values import size
from flowmodel.verdict import Accept
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.passing import Passing, passing
from linter.checks.rulebase.plainly import Kept, goes_on
from linter.checks.subject import Subject
from linter.engine.device.ask import ask, plain
from linter.engine.device.connection import without_flags
from linter.engine.device.sieve import Sieve
from linter.engine.sets.digest import digests
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import packets_in_words

_SHOWN = 3
_LONG = 1 << 12


def run(subject: Subject) -> Iterator[Finding]:
    """The chains whose rules let connections begin that cannot go on."""
    told: set[tuple[int, ...]] = set()
    everybody = {family: Sieve(family) for family in FAMILIES}
    kept = Kept()
    for each in passing(subject, lambda rulesets: not goes_on(rulesets, everybody, kept)):
        if each.filters and any(chain.rules for chain in each.filters):
            for chain, rules, stuck in _stuck(each):
                # Firewalls of one export share chains, and both families most rules.
                key = tuple(rules)
                if key not in told:
                    told.add(key)
                    yield _finding(each, chain, rules, stuck)


_Rules = dict[int, tuple[Rule, PacketSet]]


@dataclass(frozen=True, slots=True, eq=False)
class _Stuck:
    """The first packets whose connections get no replies, and those that nothing can follow."""

    replies: PacketSet
    later: PacketSet

    @property
    def what(self) -> str:
        """What is dropped, in words."""
        nothing = minus(self.replies, self.replies)
        kinds = (("replies", self.replies), ("later packets", self.later))
        return " and ".join(name for name, packets in kinds if packets != nothing)


def _stuck(each: Passing) -> Iterator[tuple[Chain, _Rules, _Stuck]]:
    """The first chain of the way whose rules let such connections begin."""
    space = each.space
    tcp = each.asked & space.within(space.fields["proto"], ((TCP, TCP),))
    opened = each.answer.connections.opening.possible & tcp
    if opened == space.false:
        return
    found = ask(each.answer.firewall, each.answer.place, [plain(tcp, space)], opened).connections
    # What may go on begins as systems begin it: with SYN alone.
    opened &= found.opening.possible
    stuck = _Stuck(
        _never(each, opened, found.reply.possible), _never(each, opened, found.later.possible)
    )
    every = stuck.replies | stuck.later
    if every == space.false:
        return
    for chain in each.filters:
        rules = _rules(each, chain, every)
        if rules:
            yield chain, rules, stuck
            return


def _never(each: Passing, opened: PacketSet, works: PacketSet) -> PacketSet:
    """The connections that do not work, from whichever port."""
    ports = each.space.cube("sport")
    return minus(opened, works.exists(ports))


def _rules(each: Passing, chain: Chain, stuck: PacketSet) -> _Rules:
    """The rules of the chain, and of those that it calls, that let such connections begin."""
    space = each.space
    found: _Rules = {}
    for result in each.answer.connections.passage.results:
        if result.chain is not chain:
            continue
        for region in result.regions:
            packets = without_flags(space, space.some(region.packets)) & stuck
            if isinstance(region.verdict, Accept) and packets != space.false:
                for rule in region.rules:
                    if not (rule.is_given or _is_long(rule)):
                        found.setdefault(id(rule), (rule, packets))
    return found


def _is_long(rule: Rule) -> bool:
    """Whether the rule is for so many ports that it may be for replies."""
    ports = (each.values for each in rule.match if isinstance(each, Test) and each.field == "dport")
    return any(size(values) > _LONG for values in ports)


def _finding(each: Passing, chain: Chain, rules: _Rules, stuck: _Stuck) -> Finding:
    (rule, packets), *others = rules.values()
    its = digests(each.space, (packets for _, packets in rules.values()))
    count = f"{len(rules)} rules let" if others else "a rule lets"
    return CHECK.finding(
        f"{count} connections begin in {chain.name} on {each.device} that cannot go on: "
        f"their {stuck.what} are dropped",
        at(
            rule.span,
            "this lets them begin",
            rule.title,
            extent=packets_in_words(each.space, packets),
            about=[f"{one.text} {its[packets]}" for one, packets in rules.values()],
        ),
        related=[Related(one.span, "and this", one.title) for one, _ in others[:_SHOWN]],
        device=each.device,
        remedy="accept the packets of known connections, or permit the replies",
        key=("FW316", each.device, chain.name, each.traffic),
    )


CHECK = Check("FW316", "connection-cannot-go-on", "warning", __doc__, run)
