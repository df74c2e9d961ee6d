"""Both ends have IPv4 and IPv6, and the connection is open in only one of them.

**Reports.** Both ends of the flow have IPv4 and IPv6 addresses at this site, but the device permits the flow in only one address family.

**Why it matters.** Programs prefer IPv6 if both ends have it.
If it is blocked, they wait for a timeout before they try IPv4, or they fail.

**Example.** In the site file, the web server and the office have IPv6 addresses too. The output of `iptables-save` has a rule for the API:

```
-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -p tcp -m tcp --dport 9000 -j ACCEPT
```

The output of `ip6tables-save` has none:

```
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
```

**How to fix.** Permit the flow in both families.
If one family is not in use, remove its addresses from the site file.
"""

from collections.abc import Iterator

from flowmodel.fields import Family
from flowmodel.finding import Finding
from flowmodel.site import Requirement
from linter.checks.check import Check
from linter.checks.required.alternatives import choices
from linter.checks.required.failing import failing
from linter.checks.subject import Subject
from linter.checks.words import flow_words


def run(subject: Subject) -> Iterator[Finding]:
    """The flows that work in one family and are blocked in the other one."""
    for each in failing(subject):
        if each.is_blocked and each.works_in_other_family:
            yield CHECK.finding(
                _message(each.requirement, each.judgement.space.family, each.device),
                each.evidence(),
                requirement=each.requirement,
                device=each.device,
            )
    for choice in choices(subject, "elsewhere"):
        obstacle = choice.obstacles[0]
        device = obstacle.judgement.device
        yield CHECK.finding(
            _message(choice.requirement, choice.family, device),
            obstacle.evidence,
            requirement=choice.requirement,
            device=device,
            remedy=obstacle.remedy,
        )


def _message(requirement: Requirement, family: Family, device: str) -> str:
    other = 6 if family == 4 else 4
    flow = flow_words(requirement)
    return (
        f"required flow {flow} works over IPv{other}, but is blocked over IPv{family} on {device}"
    )


CHECK = Check("FW105", "required-flow-missing-in-one-family", "warning", __doc__, run)
