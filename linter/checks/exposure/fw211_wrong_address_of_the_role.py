"""A port that is needed at one address of a machine is open at another one.

**Reports.** A machine has several addresses with different purposes, and a port that belongs to one of them is open on another.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (FW215).

**Why it matters.** The service may also answer on the other address, where nothing protects it.

**Example.** The gateway offers its VPN at its outside address:

```yaml
- {id: vpn, from: internet, to: gate.outside, service: $vpn_port/udp}
```

The rule permits it at the inside one:

```
-A FORWARD -s 10.1.0.0/16 -d 10.2.0.3/32 -p udp -m udp --dport 1194 -j ACCEPT
```

**How to fix.** Use the right address as the destination of the rule.
"""

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import End, Requirement
from linter.checks.check import Check
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Opened, Reason, Standing
from linter.checks.exposure.policies import Policies
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.subject import Subject
from linter.checks.words import host_words, role_words


def run(subject: Subject) -> Iterator[Finding]:
    """The ports of flows to one address of a machine that are open at another one."""
    return reported(CHECK, inward(subject), lambda _: CLOSE)


def reasons(policies: Policies) -> Iterator[Standing]:
    """What goes to a flow's port at an address of the machine which the flow does not name."""
    for flow in policies.to_ports:
        names = {destination.name for _, destination in flow.ends}
        for other in _other_addresses(policies, names):
            packets = policies.leading_to(other, flow.services)
            reason = Reason(CHECK, packets, _say(flow, other), flow)
            yield Standing(reason, policies.ports_of(flow.services, (other,)))


def _say(flow: Requirement, other: End) -> Callable[[Opened], str]:
    return lambda opened: (
        f"{opened.is_open(role_words(other))}; {flow.name} is for {host_words(flow)}"
    )


def _other_addresses(policies: Policies, names: set[str]) -> Iterator[End]:
    """The other addresses of a role of which some address is named."""
    for role in policies.site.roles:
        parent, dot, _ = role.name.rpartition(".")
        beside = {name for name in names if name.rpartition(".")[0] == parent}
        # `policy.role.address` has two dots, `policy.role` has one.
        if dot and "." in parent and beside and not {role.name, parent} & names:
            yield role


CHECK = Check("FW211", "wrong-address-of-the-role", "warning", __doc__, run)
