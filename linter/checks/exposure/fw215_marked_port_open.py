"""A database, a desktop or another service that is not for everyone is open to strangers.

**Reports.** For exports by themselves, and for a site that has no policy and no flows of its own: a service that people must not find open is open to any address, to the internet, or to large networks of it.
These are databases, remote desktops, administration, container APIs and file shares; `fwlint open` marks them, and docs/open.md lists them with their sources.
A port-forward counts by its target, and so does everything that is open to one address behind the firewall.
In a site whose only roles are its own (`roles:`), the firewalls between its networks are asked what is open at themselves: what is open to a role, FW205 tells.
A site file can add to them and take from them (`marked:`).
Sources are judged, and the interface by which they come: what is open to private networks, or by an interface with an inside network, is not reported, and neither is a private address that nobody translates to.
The level is error for any address. It is warning if only some public networks reach it, or if the export does not tell whether strangers come by the interface, whether there is an interface that no rule names, or who can send to a cluster's own addresses.
SSH, which is made to be reached from afar, is one level lower.
What a default policy leaves open is told by FW306, and a rule that permits everything by FW201.

**Why it matters.** These services are searched for all day long, and many of them ask for no password.

**Example.** Redis was to be reached by one other machine:

```
-A INPUT -p tcp -m tcp --dport 6379 -j ACCEPT
```

**How to fix.** Name the addresses that use the service, let it listen at an inside address only, or reach it through a VPN.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.subject import Subject

_REMEDY = "permit it from the addresses that use it only"


def run(subject: Subject) -> Iterator[Finding]:
    """The marked services that strangers reach."""
    if not subject.reads_openings:
        return iter(())
    from linter.checks.open.findings import at_firewalls, findings, marked_ports

    several = marked_ports(subject)
    # What is open to a role the checks of flows tell.
    return findings(CHECK, several if subject.is_unspoken else at_firewalls(several), _REMEDY)


CHECK = Check("FW215", "marked-port-open", "error", __doc__, run, reads_openings=True)
