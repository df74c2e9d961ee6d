"""The bound addresses contradict what the site says about the installation or about a device.

**Reports.** The options and the bindings of the site file contradict each other about how the product is installed.
Or both ends of needed flows have IPv6 addresses, and a device between them has `ipv6: no`.

**Why it matters.** One of the two is wrong, and the flows are derived from both.

**Example.** The policy asks whether the database is on a separate machine, and assumes so:

```yaml
split:
  question: Is the database on a machine of its own?
  default: yes
  means: {different: [web, db]}
```

In the site file, both have the same address:

```yaml
web: 192.0.2.10
db: 192.0.2.10
```

**How to fix.** Correct the option or the binding; or remove `ipv6: no` and add the device's IPv6 export.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.silence import switched_off
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The bindings that contradict the options, and devices without the IPv6 that flows need."""
    yield from problems(CHECK, subject)
    for survey in subject.surveys:
        for device, flows in switched_off(survey):
            more = f" and {len(flows) - 4} more" if len(flows) > 4 else ""
            yield CHECK.finding(
                f"required flows cross {device.name} over IPv6, but it has `ipv6: no`",
                at(
                    device.span,
                    "without IPv6",
                    extent=f"{', '.join(flows[:4])}{more}",
                    about=flows,
                ),
                device=device.name,
                remedy="correct `ipv6: no`, or bind their ends to IPv4 addresses only",
                key=("FW506", device.name, "IPv6"),
            )


CHECK = Check("FW506", "topology-mismatch", "error", __doc__, run)
