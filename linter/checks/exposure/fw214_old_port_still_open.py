"""A service moved to another port, and its old port is still open.

**Reports.** The site moved a service to another port, but the product's default port is still open.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (FW215).

**Why it matters.** The opening is no longer needed, and any program that takes the port next can be reached.

**Example.** The site file says that the API moved from 9000 to 9443:

```yaml
parameters: {api_port: 9443}
```

The firewall still permits the old port:

```
-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -i lan0 -p tcp -m tcp --dport 9000 -j ACCEPT
```

**How to fix.** Close the old port.
"""

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement, Service
from flowmodel.values import Values, difference, union
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason, Standing
from linter.checks.exposure.policies import Policies, goals
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.subject import Subject
from linter.checks.words import services_words


def run(subject: Subject) -> Iterator[Finding]:
    """The ports that services moved away from."""
    return reported(CHECK, inward(subject), lambda _: CLOSE)


def reasons(policies: Policies) -> Iterator[Standing]:
    """What goes to the default port of a flow that has another one here."""
    for flow in policies.active:
        old = tuple(
            Service(s.proto, difference(s.ports, _now(flow, s.proto)), s.text)
            for s in flow.default_services
        )
        packets = policies.towards(flow, old)
        ports = policies.ports_of(old, goals(flow))
        yield Standing(Reason(CHECK, packets, _say(flow), flow), ports)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: (
        f"{opened.is_open(how='still open')}; {flow.name} moved to {services_words(flow.services)}"
    )


def _now(flow: Requirement, proto: int) -> Values:
    return union(i for s in flow.services if s.proto == proto for i in s.ports)


CHECK = Check("FW214", "old-port-still-open", "warning", __doc__, run)
