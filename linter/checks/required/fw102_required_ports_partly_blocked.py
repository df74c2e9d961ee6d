"""Some ports of a needed connection are blocked completely, others are open.

**Reports.** A flow needs several ports. On this device, some of them are blocked for every address, while others are open for some addresses.
A port counts together with its protocol: 53/tcp open and 53/udp blocked is reported too.

**Why it matters.** The product seems to work until it needs the blocked port.

**Example.** A gateway needs 443/tcp, 1194/tcp and 53/udp, but the rule permits only the first two:

```
tcp dport { 443, 1194 } accept
```

**How to fix.** Permit the ports listed under `affected:`.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.required.failing import failing
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The flows of which a device blocks some ports for every address."""
    for each in failing(subject):
        if each.has(each.closed):
            yield CHECK.finding(
                f"some required ports of {each.requirement.name} are blocked on {each.device}",
                each.evidence(each.closed),
                requirement=each.requirement,
                device=each.device,
                level=level_of(each.requirement, "error", critical="critical"),
            )


CHECK = Check("FW102", "required-ports-partly-blocked", "error", __doc__, run)
