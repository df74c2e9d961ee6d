"""A port is open in TCP and UDP, and only one of them is needed.

**Reports.** A port is needed for one transport protocol, but it is open for the other one too.
TCP and UDP are separate rules for a firewall.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (FW215).

**Why it matters.** This is rarely harmful and rarely intended: people often write rules for both out of habit.

**Example.** The shop uses 443/tcp, and somebody wrote the rule for UDP as well:

```
-A FORWARD -d 192.0.2.10/32 -o dmz0 -p udp -m udp --dport 443 -j ACCEPT
```

**How to fix.** Restrict the rule to the protocol that is needed.
"""

from collections.abc import Callable, Iterator

from flowmodel.fields import TCP, UDP
from flowmodel.finding import Finding
from flowmodel.site import Requirement, Service
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason, Standing
from linter.checks.exposure.policies import Policies, goals
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.subject import Subject
from linter.checks.words import services_words

_TWIN = {TCP: UDP, UDP: TCP}


def run(subject: Subject) -> Iterator[Finding]:
    """The ports that are needed in one protocol and open in the other one."""
    return reported(CHECK, inward(subject), lambda _: CLOSE)


def reasons(policies: Policies) -> Iterator[Standing]:
    """What goes to a flow's machine and port in the other of the two protocols."""
    for flow in policies.to_ports:
        other = tuple(
            Service(_TWIN[s.proto], s.ports, s.text) for s in flow.services if s.proto in _TWIN
        )
        packets = policies.towards(flow, other)
        ports = policies.ports_of(other, goals(flow))
        yield Standing(Reason(CHECK, packets, _say(flow), flow), ports)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: (
        f"{opened.is_open()}; {flow.name} needs only {services_words(flow.services)}"
    )


CHECK = Check("FW209", "other-protocol-open", "info", __doc__, run)
