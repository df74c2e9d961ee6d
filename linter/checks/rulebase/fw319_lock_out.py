"""Nobody is certain to reach the administration of the device itself.

**Reports.** Rules let packets reach the device's own administration, but each of them depends on something that the export does not tell: a set or alias whose contents are elsewhere, or a condition that fwlint does not read.
The administration is SSH (TCP port 22); for pfSense and OPNsense it is the web interface, and SSH if it is enabled, at the configured ports.
Rate limits do not count: whoever is not in a hurry is let in.
Denials in front of them do not count either: a ban list whose contents are elsewhere does not have everybody on it.
If no rule at all lets anybody in, this is only reported for pfSense and OPNsense: other devices may have a console, or be administered in another way.

**Why it matters.** If the set is empty after a restart, or the list cannot be downloaded, nobody gets in to repair it.

**Example.** The set is filled by a script, so it is empty until the script has run:

```
:INPUT DROP [0:0]
...
-A INPUT -p tcp -m tcp --dport 22 -m set --match-set admins src -j ACCEPT
```

**How to fix.** Add a rule that permits one network or address of the administrators, without any such condition.
If the export is just incomplete, add what is missing (the output of `ipset save`).
"""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.fields import NEW, TCP, Family, NumberField
from flowmodel.finding import Finding, Related
from flowmodel.match import Condition, Not, Unread
from flowmodel.ruleset import Hook, Rule, RuleSet, base_chains
from flowmodel.values import Values, contains, intersection, union
from flowmodel.verdict import Accept
from linter.checks.check import Check
from linter.checks.evidence import Evidence, at
from linter.checks.rulebase.passing import Passing, Wanted, arriving, translating
from linter.checks.rulebase.plainly import is_told
from linter.checks.subject import Subject
from linter.engine.device.connection import OPENING, with_flags, without_flags
from linter.engine.device.mentions import met_together
from linter.engine.device.openings import new_header, openings
from linter.engine.device.program import called_from
from linter.engine.device.row import Own
from linter.engine.sets.space import Box, PacketSet, minus
from linter.engine.sets.words import ports_in_words

_SSH: Values = ((22, 22),)
_LOOPBACK = "lo0"
"""FreeBSD's, which is an interface like others to its rules."""
_HOOKS: tuple[Hook, ...] = ("prerouting", "input")
_ENDS: tuple[NumberField, ...] = ("src", "dst")
_SHOWN = 3
_Doubtful = Mapping[str, tuple[RuleSet, ...]]
"""Devices of which it may be said, with the rule sets that packets meet together."""
_UNTOLD = "each of these rules depends on what the export does not tell"


def run(subject: Subject) -> Iterator[Finding]:
    """The devices whose administration is surely reached by nobody."""
    devices: dict[str, list[Passing]] = {}
    rulesets = (each for its in subject.exports.values() for each in its)
    ports = union((*_SSH, *(i for each in rulesets for i in each.administration)))
    part: Box = {"proto": ((TCP, TCP),), "dport": ports}
    # Of a doubtful place both families are asked about: somebody may get in by the other one.
    doubtful = {
        device: several
        for device, its in subject.exports.items()
        for several in met_together(its)
        if _may_lock_out(several)
    }
    for device in _surely_reached(subject, doubtful):
        del doubtful[device]
    for each in arriving(subject, _one_of(doubtful), lambda *_: part):
        devices.setdefault(each.device, []).append(each)
    for device, ways in devices.items():
        if not any(way.filters for way in ways):
            continue
        told = _told([each for way in ways for each in way.rulesets])
        if not any(_is_sure(way, told or _SSH) for way in ways):
            yield from _finding(device, ways, told)


def _one_of(doubtful: _Doubtful) -> Wanted:
    known = {id(each) for several in doubtful.values() for each in several}
    return lambda several: id(several[0]) in known


def _surely_reached(subject: Subject, doubtful: _Doubtful) -> set[str]:
    """The devices of which the packets of one rule show that some surely pass.

    What passes of some packets passes of all, and few rules are about the same ones as one rule.
    """
    found: set[str] = set()
    known = {id(each): device for device, several in doubtful.items() for each in several}

    def part(rulesets: Sequence[RuleSet], family: Family) -> Box | None:
        return None if known[id(rulesets[0])] in found else _of_one_rule(rulesets, family)

    for way in arriving(subject, _one_of(doubtful), part):
        if _is_sure(way, _told(doubtful[way.device]) or _SSH):
            found.add(way.device)
    return found


def _of_one_rule(rulesets: Sequence[RuleSet], family: Family) -> Box | None:
    """Some packets to the administration that a rule asks for which may let them in."""
    ports = _told(rulesets) or _SSH
    for table, base in base_chains(rulesets, family):
        if base.base is None or base.base.hook not in _HOOKS or base.base.purpose != "filter":
            continue
        for rule in (rule for chain in called_from(table, base) for rule in chain.rules):
            if not isinstance(rule.verdict, Accept) or any(map(_is_untold, rule.match)):
                continue
            own = Own(rule.match, family)
            asked = intersection(own.tests.get("dport", ports), ports)
            is_tcp = contains(own.tests.get("proto", ((TCP, TCP),)), TCP)
            is_first = contains(own.tests.get("state", ((NEW, NEW),)), NEW)
            some: Box = {end: own.tests[end][:1] for end in _ENDS if end in own.tests}
            if own.is_for and asked and is_tcp and is_first and some:
                return some | {"proto": ((TCP, TCP),), "dport": asked}
    return None


def _told(rulesets: Sequence[RuleSet]) -> Values:
    """The ports by which the device is administered, as far as its exports tell them."""
    return union(interval for each in rulesets for interval in each.administration)


def _is_alone(rulesets: Sequence[RuleSet]) -> bool:
    """Whether it has one place: machines of an account have other ways in (Session Manager)."""
    return not rulesets[0].place


def _may_lock_out(rulesets: Sequence[RuleSet]) -> bool:
    """Whether it may be said of them: where nothing is left open, whoever is let in is so surely."""
    if not _is_alone(rulesets):
        return False
    told = any(each.administration for each in rulesets)
    return told or translating(rulesets) or not is_told(rulesets, _HOOKS)


def _asked(way: Passing, ports: Values) -> PacketSet:
    space = way.space
    tcp = space.within(space.fields["proto"], ((TCP, TCP),))
    return with_flags(space, tcp & space.within(space.fields["dport"], ports), OPENING)


def _passed(way: Passing, ports: Values) -> PacketSet:
    space, strands = way.space, way.answer.connections.passage.passed
    passed = space.union(strand.packets for strand in strands if not strand.is_moved)
    if _LOOPBACK in space.names:
        code = space.names.index(_LOOPBACK)
        passed = minus(passed, space.within(space.fields["in"], ((code, code),)))
    return passed & _asked(way, ports) & way.asked


def _is_sure(way: Passing, ports: Values) -> bool:
    """Whether some packet passes whatever the export does not tell, if limits favour it."""
    space = way.space
    passed = _passed(way, ports) & space.domain
    for match in way.answer.firewall.matcher.volatile:
        passed = passed.exists(match)
    return passed & ~space.at_interfaces(space.domain & ~passed) != space.false


def _finding(device: str, ways: list[Passing], told: Values) -> Iterator[Finding]:
    ports = told or _SSH
    rules: dict[object, Rule] = {}
    for way in ways:
        for rule in _letting_in(way, ports):
            if rule is None or _is_plain(way, rule, ports):
                # What stands before it takes some packets only: a list of bans, say.
                return
            rules.setdefault(rule.span, rule)
    what = f"the administration of {device} (tcp {ports_in_words(ports)})"
    if rules:
        first, *others = rules.values()
        yield CHECK.finding(
            f"nobody surely reaches {what}",
            at(
                first.span,
                "this may let in",
                first.title,
                reasons=(_UNTOLD,),
                about=[each.text for each in rules.values()],
            ),
            certainty="possible",
            related=[Related(each.span, "and this", each.title) for each in others[:_SHOWN]],
            device=device,
            remedy="permit one network or address of administrators by itself",
            key=("FW319", device),
        )
    elif told:
        yield CHECK.finding(
            f"nobody reaches {what}: no rule lets anybody in",
            _nowhere(ways),
            device=device,
            remedy="permit one network or address of administrators",
            key=("FW319", device),
        )


def _letting_in(way: Passing, ports: Values) -> Iterator[Rule | None]:
    """The rules that may let packets in; None stands for a default policy."""
    space = way.space
    possible = without_flags(space, space.at_interfaces(_passed(way, ports)))
    for each in openings(way.answer, possible):
        yield each.rule


def _is_plain(way: Passing, rule: Rule, ports: Values) -> bool:
    """Whether the rule matches some packets whatever the export does not tell."""
    if any(map(_is_untold, rule.match)):
        return False
    space, matcher = way.space, way.answer.firewall.matcher
    way.answer.firewall.budget.spend()
    matched = matcher.match(rule.match, new_header(way.answer)) & space.domain
    for match in matcher.volatile:
        matched = matched.exists(match)
    sure = matched & ~space.at_interfaces(space.domain & ~matched)
    return sure & _asked(way, ports) & way.asked != space.false


def _is_untold(condition: Condition) -> bool:
    """Whether nobody knows of any packet whether it fulfils the condition."""
    inner = condition.condition if isinstance(condition, Not) else condition
    return isinstance(inner, Unread)


def _nowhere(ways: list[Passing]) -> Evidence:
    first = next(chain for way in ways for chain in way.filters)
    return at(first.span, "nothing lets them pass")


CHECK = Check("FW319", "lock-out", "warning", __doc__, run)
