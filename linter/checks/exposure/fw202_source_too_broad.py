"""A port of the product is open for sources that it does not need.

**Reports.** A flow of the policy needs the port, but the device also permits it for sources that the flow does not name.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (FW215).

**Why it matters.** Every address that can connect can also attack.
The flow shows how few addresses are needed.

**Example.** Only the web server, 192.0.2.10, needs the database:

```yaml
- {id: sql, from: web, to: db, service: 5432/tcp}
```

The rule permits its whole network:

```
-A FORWARD -s 192.0.2.0/28 -d 10.2.0.20/32 -i dmz0 -p tcp -m tcp --dport 5432 -j ACCEPT
```

**How to fix.** Restrict the rule to the sources of the flow.
If the other sources are wanted, add them to the site file.
"""

from collections.abc import Callable, Iterator, Sequence

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from flowmodel.values import overlaps
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason, Standing
from linter.checks.exposure.policies import Policies, goals
from linter.checks.exposure.reported import only_needed, reported
from linter.checks.subject import Subject
from linter.checks.words import end_words, listed


def run(subject: Subject) -> Iterator[Finding]:
    """The ports of flows that are open for sources which the flows do not name."""
    return reported(CHECK, inward(subject), only_needed)


def reasons(policies: Policies) -> Iterator[Standing]:
    """What goes to a flow's machine and port; what the flow permits was taken out before."""
    for flow in policies.to_ports:
        packets = policies.towards(flow, flow.services)
        ports = policies.ports_of(flow.services, goals(flow))
        yield Standing(Reason(CHECK, packets, _say(flow, policies.to_ports), flow), ports)


def _shares(one: Requirement, other: Requirement) -> bool:
    """Whether another flow permits a port of this one at one of its machines."""
    machines = {(end.name, end.addresses) for end in goals(one)}
    return not machines.isdisjoint((end.name, end.addresses) for end in goals(other)) and any(
        left.proto == right.proto and overlaps(left.ports, right.ports)
        for left in one.services
        for right in other.services
    )


def _say(flow: Requirement, every: Sequence[Requirement]) -> Callable[[Opened], str]:
    def said(opened: Opened) -> str:
        # Most flows are open to nobody else, and each would be compared with all others.
        alike = [each for each in every if each is flow or _shares(each, flow)]
        sources = listed(end_words(end, each.policy) for each in alike for end, _ in each.ends)
        others = len(alike) - 1
        flows = f"{flow.name} and {others} other flow{'' if others == 1 else 's'} are"
        whose = flows if others else f"{flow.name} is"
        return f"{opened.is_open()}; {whose} for {sources} only"

    return said


CHECK = Check("FW202", "source-too-broad", "warning", __doc__, run)
