"""A port of the product is open for sources that it does not need.

**Reports.** A flow of the policy needs the port, but the device also permits it for sources that the flow does not name.

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

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason, Standing
from linter.checks.exposure.policies import Policies, goals
from linter.checks.exposure.reported import only_needed, reported
from linter.checks.subject import Subject
from linter.checks.words import source_words


def run(subject: Subject) -> Iterator[Finding]:
    """The ports of flows that are open for sources which the flows do not name."""
    return reported(CHECK, inward(subject), only_needed)


def reasons(policies: Policies) -> Iterator[Standing]:
    """What goes to a flow's machine and port; what the flow permits was taken out before."""
    for flow in policies.to_ports:
        packets = policies.towards(flow, flow.services)
        ports = policies.ports_of(flow.services, goals(flow))
        yield Standing(Reason(CHECK, packets, _say(flow), flow), ports)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: f"{opened.is_open()}; {flow.name} is for {source_words(flow)} only"


CHECK = Check("FW202", "source-too-broad", "warning", __doc__, run)
