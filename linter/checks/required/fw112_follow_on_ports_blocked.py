"""The first port of a connection is open, but the ports on which it continues are blocked.

**Reports.** The port on which a connection starts is open, but the ports that the two sides then agree on are blocked.

**Why it matters.** Some protocols use their well-known port only to agree on another one.
If a connection tracking helper on the firewall opens those ports, this is correct, and the finding is only a reminder.
No export tells whether one does, except that AWS has none.
Where the policy says that the product needs those ports (`then:`, `then_back:`), the finding is a warning.

**Example.** Windows management (WMI) starts on 135/tcp and goes on at a high port:

```yaml
- {id: wmi, from: admins, to: till, service: 135/tcp, rows: [A1]}
- {id: wmi-dynamic, from: admins, to: till, service: 49152-65535/tcp, need: may, rows: [A1]}
```

The firewall permits the first port only:

```
-A FORWARD -s 10.1.99.0/24 -d 10.2.0.40/32 -i lan0 -p tcp -m tcp --dport 135 -j ACCEPT
```

**How to fix.** Open the port range, restrict the server to a few ports and open those, or enable the helper for the protocol.
"""

from collections.abc import Iterator, Sequence

from flowmodel.fields import Family
from flowmodel.finding import Finding
from flowmodel.record import replace
from flowmodel.site import Requirement
from flowmodel.values import difference
from linter.checks.check import Check
from linter.checks.proof import blocked
from linter.checks.required.chosen import required
from linter.checks.required.judgements import Judgement, judgements, unanswered
from linter.checks.required.pairs import pairs_open
from linter.checks.subject import Subject
from linter.checks.words import flow_words, services_words
from linter.engine.sets.space import PacketSet

_WITHOUT_HELPERS = frozenset({"aws"})


def run(subject: Subject) -> Iterator[Finding]:
    """The flows with `need: may` that are blocked, where another flow of their rows is open."""
    for family in subject.families:
        yield from _of(subject, family)


def _of(subject: Subject, family: Family) -> Iterator[Finding]:
    survey = subject.survey(family)
    unknown = unanswered(survey)
    answered = [
        each
        for each in required(subject, family)
        if (each.requirement.name, each.device) not in unknown
    ]
    working = [each for each in answered if each.is_open]
    for judgement in judgements(survey, ("may",)):
        requirement, device = judgement.requirement, judgement.device
        is_whole, pairs = judgement.fully_blocked, judgement.space.true
        if requirement.follows:
            firsts = [e for e in answered if _is_first(e, judgement)]
            first = firsts[0].requirement if firsts else None
            pairs = _pairs(judgement, firsts)
        else:
            first = _first(working, judgement) if is_whole else None
        found = judgement.case("opening", pairs) if first else None
        if first is not None and found is not None:
            evidence = blocked(found)
            if requirement.follows and _may_help(judgement):
                reasons = (*evidence.reasons, f"a connection helper of {device} may open them")
                evidence = replace(evidence, certainty="possible", reasons=reasons)
            yield CHECK.finding(
                f"flow {flow_words(first)} is open, but its follow-on ports "
                f"{services_words(requirement.services)} ({requirement.name}) are "
                f"{'' if is_whole else 'partly '}blocked on {device}",
                evidence,
                requirement=requirement,
                device=device,
                level="warning" if requirement.follows else "info",
            )


def _pairs(judgement: Judgement, firsts: Sequence[Judgement]) -> PacketSet:
    """Between which ends the ports are needed: where a first flow is open.

    Connections back have these ends the other way round. They are asked for between all of them
    as soon as the first flow is open between some.
    """
    space = judgement.space
    pairs = pairs_open(firsts) if firsts else space.false
    is_back = bool(firsts) and judgement.requirement.ends != firsts[0].requirement.ends
    return space.true if is_back and pairs != space.false else pairs


def _may_help(judgement: Judgement) -> bool:
    """Whether a helper or a proxy of the device may open ports that its rules do not."""
    rulesets = (one for t in judgement.trials for one in t.answered.answer.firewall.rulesets)
    return any(one.format not in _WITHOUT_HELPERS for one in rulesets)


def _is_first(each: Judgement, judgement: Judgement) -> bool:
    """Whether two sides agree on the ports of a judgement over what another one is about."""
    names = (each.device, each.requirement.name)
    return names == (judgement.device, judgement.requirement.follows)


def _first(working: Sequence[Judgement], judgement: Judgement) -> Requirement | None:
    """A flow that works on the device, and comes from one of the rows that this one comes from."""
    requirement = judgement.requirement
    rows = {row.id for row in requirement.rows}
    for each in working:
        is_near = (each.device, each.requirement.policy) == (judgement.device, requirement.policy)
        is_of_row = is_near and rows & {row.id for row in each.requirement.rows}
        if is_of_row and _has_other_ports(requirement, each.requirement):
            return each.requirement
    return None


def _has_other_ports(later: Requirement, first: Requirement) -> bool:
    """Whether the flow is not just for more people who may use the same ports."""
    asked = {each.proto: each.ports for each in first.services}
    return any(difference(each.ports, asked.get(each.proto, ())) for each in later.services)


CHECK = Check("FW112", "follow-on-ports-blocked", "info", __doc__, run)
