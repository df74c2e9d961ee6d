"""One rule permits every source, every destination and every service.

**Reports.** A single rule permits every packet: any source, any destination, any protocol, in one address family or in both.
Rules that are never reached do not count, and neither does a rule that only sees what earlier rules left after dropping most ports.
Conditions on interfaces and on the connection state do not make a rule narrower, and neither does a chain that all packets go to.
A default policy that accepts is reported in the same way.
In a site without roles, this is asked about packets to each of its networks, otherwise about packets to its roles; and in every site about what no flow asks about, as FW215 does.
The level is critical if packets from the internet reach the rule.
For exports checked by themselves, it is reported what rules permit to any address. There, naming an interface does make a rule narrower, because an inside network may be behind it: the finding then has level info, and is only reported for packets to the device itself. The level is warning for what only gets through if there is an interface that no rule names, and error for what is only possibly open. FW306 reports default policies.

**Why it matters.** The rules after it have no effect, and neither does the default policy.

**Example.** The first rule accepts everything, so the second is never reached:

```
-A INPUT -j ACCEPT
-A INPUT -p tcp -m tcp --dport 23 -j DROP
```

**How to fix.** Remove the rule, or restrict it to the packets that it was written for.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Level
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.subject import Subject
from linter.engine.device.openings import Opening, is_wide, permits_everything

_NARROW = "restrict it to the packets that it was written for"


def run(subject: Subject) -> Iterator[Finding]:
    """The rules and default policies that permit every packet."""
    from linter.checks.open.findings import everything, findings
    from linter.checks.open.unspoken import unspoken

    if not subject.is_alone:
        yield from reported(CHECK, inward(subject), lambda _: CLOSE)
    # What it opens to a role may be less than what it opens to others: it yields to itself.
    yield from findings(CHECK, unspoken(subject, everything(subject)), _NARROW)


def reasons(crossing: Crossing, opening: Opening) -> Iterator[Reason]:
    """The whole opening, if its rule permits everything and little of that was dropped before."""
    policies, answer = crossing.policies, crossing.answered.answer
    question = crossing.question
    asked = crossing.union((*question.inward, *question.networks))
    is_everything = permits_everything(answer, opening, asked)
    if not (is_everything and is_wide(policies.space, opening.packets)):
        return
    internet = opening.packets & policies.internet() != policies.space.false
    level: Level = "critical" if internet else "error"
    say = _unfiltered
    if opening.rule:
        say = _by_a_rule
    elif opening.region:
        say = _by_default
    yield Reason(CHECK, opening.packets, say, level=level)


def _by_a_rule(opened: Opened) -> str:
    return f"one rule permits any source, destination and service{opened.where}"


def _by_default(opened: Opened) -> str:
    return f"the default policy accepts everything that no rule drops{opened.where}"


def _unfiltered(opened: Opened) -> str:
    return f"no chain filters the traffic{opened.where}"


CHECK = Check(
    "FW201",
    "permits-everything",
    "error",
    __doc__,
    run,
    yields_to=("FW201",),
    reads_openings=True,
)
