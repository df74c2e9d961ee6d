"""A rule that is there for replies lets connections begin.

**Reports.** A rule accepts packets by their source port, whatever port they go to, and does not ask for the state of their connection.
Or nothing in the chain asks for it, and a rule accepts all the ports from which clients send.
Connections that nothing else lets in can begin by such a rule; the finding shows one.
Network ACLs of AWS keep no state and need such rules: for them the level is info, and what the security groups behind them stop is not looked at.
What leaves the device is not asked about.

**Why it matters.** Everybody can choose the port that they send from.
A rule for the answers of name servers opens all ports to who sends from port 53.

**Example.** Meant are the answers of web servers, and port 22 is open to who sends from 443:

```
-A INPUT -p tcp -m tcp --sport 443 -j ACCEPT
```

**How to fix.** Accept the packets of known connections instead (`-m conntrack --ctstate ESTABLISHED,RELATED`).
Where nothing keeps state, ask for TCP packets without SYN alone, permit as few sources as possible, and deny the ports above 1024 on which something listens first.
"""

from collections.abc import Iterator
from typing import NamedTuple

from flowmodel.fields import TCP, UDP
from flowmodel.finding import Finding, Related
from flowmodel.match import All, Any, Condition, Not, Test
from flowmodel.ruleset import Rule
from flowmodel.values import Values, size
from flowmodel.verdict import Accept
from linter.checks.check import Check
from linter.checks.evidence import Evidence
from linter.checks.rulebase.judged import error, looked
from linter.checks.rulebase.samples import Sample, sample
from linter.checks.rulebase.tools import is_by_hand
from linter.checks.subject import Subject
from linter.engine.budget import Budget
from linter.engine.device.connection import OPENING, with_flags, without_flags
from linter.engine.device.fates import Fate, Fates, Undecided
from linter.engine.device.mentions import rules_of
from linter.engine.device.program import called_from
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import packets_in_words, ports_in_words

_FEW, _MANY = 64, 1 << 12
_HIGH = 1024
"""Clients send from no port below (RFC 6335, section 6: these are assigned to services)."""
_LINUX_LAST, _IANA_FIRST = 60999, 49152
"""The last port that Linux sends from by itself (ip_local_port_range), and the first of RFC 6335."""
_SHOWN = ((22, 22), (3389, 3389), (5432, 5432), (8080, 8080))
"""Ports that people know, for the packet that is shown."""
_UNTOLD = "whether it does depends on what the export does not tell"


class _Hole(NamedTuple):
    """A rule for replies, with connections that it alone lets begin."""

    rule: Rule
    chain: str
    is_certain: bool
    sample: Sample
    extent: str


def run(subject: Subject) -> Iterator[Finding]:
    """The rules for replies by which connections begin, each once in an export."""
    every = [ruleset for its in subject.exports.values() for ruleset in its]
    if not any(_source(rule) or _is_for_clients(rule) for rule in rules_of(every)):
        return
    told: set[tuple[str, int, str]] = set()
    undecided: list[tuple[str, Undecided]] = []
    for device, looks in looked(subject, _holes):
        for look in looks:
            if isinstance(look, Undecided):
                undecided.append((device, look))
                continue
            for each in look.found:
                key = (device, id(each.rule), each.extent)
                if key not in told:
                    told.add(key)
                    yield _finding(device, each)
    if failed := error(undecided):
        raise failed


def _holes(chain: Fates, _: Budget, __: bool, /) -> Iterator[_Hole]:  # noqa: FBT001
    base = chain.base.base
    if base is None or base.purpose != "filter" or base.hook in ("output", "postrouting"):
        return
    is_stateless = not any(map(_asks_for_state, _written(chain)))
    for fate in chain.rules:
        rule = fate.rule
        if not (isinstance(rule.verdict, Accept) and is_by_hand(fate.chain, rule)):
            continue
        if rule.is_given or rule.is_automatic:
            continue
        if _source(rule) or (is_stateless and _is_for_clients(rule)):
            opened = _opened(chain, fate)
            if not chain.is_empty(opened):
                yield _hole(chain, fate, opened)


def _written(chain: Fates) -> Iterator[Rule]:
    for each in called_from(chain.table, chain.base):
        yield from (rule for rule in each.rules if not rule.is_given)


def _opened(chain: Fates, fate: Fate) -> PacketSet:
    """The first packets of others that nothing else would let pass."""
    return minus(with_flags(chain.space, fate.tells & chain.first, OPENING), chain.local)


def _hole(chain: Fates, fate: Fate, opened: PacketSet) -> _Hole:
    space = chain.space
    # By one interface at least, whatever else is not known.
    certain = opened & ~space.at_interfaces(~opened)
    is_certain = not chain.is_empty(certain)
    meant = certain if is_certain else opened
    shown = (meant & space.within(space.fields["dport"], (port,)) for port in _SHOWN)
    known = next((each for each in shown if not chain.is_empty(each)), meant)
    extent = packets_in_words(space, without_flags(space, space.some(meant)))
    return _Hole(fate.rule, fate.chain.name, is_certain, sample(chain, known), extent)


def _source(rule: Rule) -> Values:
    """The few source ports that the rule asks for; none where it asks for anything else too."""
    found = _values(rule, "sport")
    is_few = found is not None and size(found) <= _FEW
    to = _values(rule, "dport")
    return found if found and is_few and _has_ports(rule) and (not to or size(to) > _MANY) else ()


def _is_for_clients(rule: Rule) -> bool:
    """Whether the rule accepts all ports that clients send from."""
    to = _values(rule, "dport")
    if not to or len(to) > 1 or not _has_ports(rule) or _asks_for_state(rule):
        return False
    ((first, last),) = to
    return _HIGH <= first <= _IANA_FIRST and last >= _LINUX_LAST


def _has_ports(rule: Rule) -> bool:
    protocols = _values(rule, "proto")
    return bool(protocols) and set(protocols or ()) <= {(TCP, TCP), (UDP, UDP)}


def _values(rule: Rule, field: str) -> Values | None:
    """The values that the rule asks for; None where it does not ask for the field."""
    found = (each for each in rule.match if isinstance(each, Test) and each.field == field)
    return next((each.values for each in found), None)


def _asks_for_state(rule: Rule) -> bool:
    return any(map(_is_about_state, rule.match))


def _is_about_state(condition: Condition) -> bool:
    match condition:
        case Test(field, _):
            return field == "state"
        case Not(inner):
            return _is_about_state(inner)
        case All(several) | Any(several):
            return any(map(_is_about_state, several))
        case _:
            return False


def _finding(device: str, hole: _Hole) -> Finding:
    rule, source = hole.rule, _source(hole.rule)
    by = f"from port {ports_in_words(source)}" if source else "to the ports of clients"
    may = "lets" if hole.is_certain else "may let"
    return CHECK.finding(
        f"this rule of {hole.chain} on {device} {may} connections begin {by}",
        Evidence(
            Related(rule.span, "accepted here, whatever its state", rule.title),
            "certain" if hole.is_certain else "possible",
            rule.text,
            hole.sample.words,
            hole.sample.witness,
            hole.extent,
            reasons=() if hole.is_certain else (_UNTOLD,),
        ),
        level="warning" if source else "info",
        device=device,
        remedy=_KNOWN if source else _NARROW,
        subject=rule.text,
    )


_KNOWN = "accept the packets of known connections instead, whatever port they come from"
_NARROW = "permit fewer sources, and deny before it the ports on which something listens"

CHECK = Check("FW312", "stateless-reply-hole", "warning", __doc__, run)
