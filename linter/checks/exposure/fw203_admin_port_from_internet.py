"""A port for administrators is open from the internet.

**Reports.** A port for administrators is open to sources on the internet that the flow does not name.
This is FW202 for a flow that the policy marks `admin: yes`.
A port-forward counts by its target: a forward from 2222 to 22 opens the port too.

**Why it matters.** Strangers try remote administration ports around the clock.
One guessed password, or one flaw in the service, gives them the machine.

**Example.** The policy permits SSH to administrators:

```yaml
- {id: ssh, from: admins, to: web, service: 22/tcp, admin: yes, severity: critical}
```

The rule names no source, so it permits SSH to everyone:

```
-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 22 -j ACCEPT
```

**How to fix.** Permit the port from the administrators' addresses only, or only through a VPN.
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


def run(subject: Subject) -> Iterator[Finding]:
    """The administrators' ports that are open from the internet."""
    return reported(CHECK, inward(subject), only_needed)


def reasons(policies: Policies) -> Iterator[Standing]:
    """What goes from the internet to the machine and port of a flow for administrators."""
    # Private addresses that the site does not name are not the internet by themselves.
    internet, strangers = policies.internet(), policies.strangers()
    for flow in policies.to_others:
        if flow.is_admin:
            ends = goals(flow)
            leading = (policies.leading_to(end, flow.services) for end in ends)
            packets = policies.space.union(leading) & internet
            reason = Reason(CHECK, packets, _say(flow), flow, only_with=strangers)
            ports = policies.ports_of(flow.services, ends)
            yield Standing(reason, ports, is_anywhere=True)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: (
        f"administration port {opened.ports} of {opened.hosts} ({flow.name}) is open to "
        f"{opened.sources}{opened.where}"
    )


CHECK = Check("FW203", "admin-port-from-internet", "critical", __doc__, run)
