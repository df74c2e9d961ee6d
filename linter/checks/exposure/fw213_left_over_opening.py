"""A port is open that only an unused option of the product needs.

**Reports.** An open port belongs to a flow that is not in use at this site, because an option is set to `no`.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (FW215).

**Why it matters.** The option was probably set to `yes` once, or the rules were copied from the document as a whole.

**Example.** Port 8443 is for the auditors' reports, and the option `reports` is off at this site:

```yaml
- {id: reports, from: auditors, to: web, service: 8443/tcp, when: reports}
```

The port is open:

```
-A FORWARD -s 10.1.50.0/24 -d 192.0.2.10/32 -p tcp -m tcp --dport 8443 -j ACCEPT
```

**How to fix.** Close the port, or correct the option in the site file.
"""

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason, Standing
from linter.checks.exposure.policies import Policies, goals
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The ports of flows that an option of the site has switched off."""
    return reported(CHECK, inward(subject), lambda _: CLOSE)


def reasons(policies: Policies) -> Iterator[Standing]:
    """The packets of the flows that are not in use here."""
    for flow in policies.site.requirements:
        # The ports that two sides agree on are thousands, so an open one says nothing of the flow.
        if flow.inactive_because and flow.need != "never" and not flow.follows:
            packets = policies.flow(flow, flow.services)
            ports = policies.ports_of(flow.services, goals(flow))
            yield Standing(Reason(CHECK, packets, _say(flow), flow), ports)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: (
        f"{opened.is_open()}; {flow.name} is not in use here ({flow.inactive_because})"
    )


CHECK = Check("FW213", "left-over-opening", "warning", __doc__, run)
