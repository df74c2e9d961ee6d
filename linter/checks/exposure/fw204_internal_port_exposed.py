"""A port that a machine only uses to talk with itself is open from outside.

**Reports.** The policy says that a machine uses the port only to talk to itself, but the device permits it from other machines.

**Why it matters.** Internal ports often require no password, because nobody else was meant to reach them.

**Example.** The web server asks itself for its status:

```yaml
- {id: status, from: web, to: self, service: 8081/tcp}
```

The firewall lets the office ask too:

```
-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 8081 -j ACCEPT
```

**How to fix.** Close the port, or narrow the rule to the ports that others need.
"""

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason, Standing
from linter.checks.exposure.policies import Policies
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.subject import Subject
from linter.engine.sets.space import minus


def run(subject: Subject) -> Iterator[Finding]:
    """The ports on which a machine talks with itself, and which others may reach."""
    return reported(CHECK, inward(subject), lambda _: CLOSE)


def reasons(policies: Policies) -> Iterator[Standing]:
    """What goes to the port of such a flow, unless another flow needs the same port there."""
    others = policies.space.union(
        policies.towards(flow, flow.services) for flow in policies.to_ports
    )
    for flow in policies.active:
        for _, role in flow.ends if flow.is_self else ():
            mine = policies.leading_to(role, flow.services)
            reason = Reason(CHECK, minus(mine, others), _say(flow), flow)
            yield Standing(reason, policies.ports_of(flow.services, (role,)))


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: f"{opened.is_open()}; {flow.name} is internal to the machine"


CHECK = Check("FW204", "internal-port-exposed", "error", __doc__, run)
