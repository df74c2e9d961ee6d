"""A rule for a needed port opens other ports with it.

**Reports.** A rule serves a flow of the policy, but it permits more ports than its flows need.
The extra ports are open towards the machine that the flow goes to, from any source of the rule.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (FW215).

**Why it matters.** A range is convenient today; tomorrow it exposes a service that nobody thought of.

**Example.** The API uses port 9443, but the rule permits a hundred ports:

```
-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -i lan0 -p tcp -m tcp --dport 9443:9542 -j ACCEPT
```

**How to fix.** List the needed ports in the rule.
"""

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from flowmodel.values import overlaps
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.reported import only_needed, reported
from linter.checks.subject import Subject
from linter.engine.device.openings import Opening, beside

_ALL_PORTS = ((0, 65535),)


def run(subject: Subject) -> Iterator[Finding]:
    """The rules for a needed flow that open other ports of its machine with it."""
    return reported(CHECK, inward(subject), only_needed)


def reasons(crossing: Crossing, opening: Opening) -> Iterator[Reason]:
    """What the rule matches beside each flow that it carries; a rule for all ports is for none."""
    if opening.rule is None or opening.ports == _ALL_PORTS:
        return
    for each in crossing.carried:
        if overlaps(each.part.box["dport"], opening.ports):
            packets = beside(each.answered.answer, opening.rule, each.part.packets)
            yield Reason(CHECK, packets, _say(each.flow), each.flow)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: (
        f"the rule for {flow.name} also opens {opened.ports} on {opened.hosts} to "
        f"{opened.sources}{opened.where}"
    )


CHECK = Check("FW206", "port-range-too-broad", "warning", __doc__, run)
