"""A database, a desktop or another service that is not for everyone is open to strangers.

**Reports.** A service that people must not find open is open to any address, to the internet, or to large networks of it.
These are databases, remote desktops, administration, container APIs and file shares; `fwlint open` marks them, and the documentation of `fwlint open` lists them with their sources.
A port-forward counts by its target, and so does everything that is open to an address behind the firewall.
In a site, this check reports what no other check asks about and no flow permits: what is open at firewalls between networks themselves, to addresses that no role has, by interfaces that the site does not list, at machines of an account that have no role, and what machines pass on to others.
What is open to a role, on the ways that the site knows, is for FW202 to FW214; where it is such a service, their level is at least the one that it would have here.
A site file can add services and remove some (`marked:`).
Sources count, and so does the interface by which they come in: what is open to private networks, or on the interface of an inside network, is not reported, and neither is a private address that nothing is translated to.
The level is error if any address can reach the service. It is warning if only some public networks can, or if the export does not tell whether strangers come in by the interface, whether there is an interface that no rule names, whether the machine forwards at all (where no chain filters what it forwards), or who can send packets to a cluster's own addresses.
For SSH, which is made to be reached from afar, the level is one lower.
FW306 reports what a default policy leaves open, and FW201 a rule that permits everything.

**Why it matters.** Attackers scan for these services all day long, and many of them ask for no password.

**Example.** Redis is meant for one other machine, but the rule names no source:

```
-A INPUT -p tcp -m tcp --dport 6379 -j ACCEPT
```

**How to fix.** Name the addresses that use the service, let it listen on an inside address only, or reach it through a VPN.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.subject import Subject

_REMEDY = "permit it from the addresses that use it only"


def run(subject: Subject) -> Iterator[Finding]:
    """The marked services that strangers reach."""
    from linter.checks.open.findings import findings, marked_ports
    from linter.checks.open.unspoken import unspoken

    return findings(CHECK, unspoken(subject, marked_ports(subject)), _REMEDY)


CHECK = Check("FW215", "marked-port-open", "error", __doc__, run, reads_openings=True)
