"""A port that can be changed is open as one number here and as another there.

**Reports.** The flow uses a configurable port, and two places disagree about its number.
Either one device permits only the old number and another only the new one, or a device permits the product's default although the site file says that the port was changed.

**Why it matters.** Someone moved a service, and one side did not follow.
Each firewall looks correct on its own.

**Example.** The port of the API can be set; its default is 9000.

```yaml
- {id: api, from: staff, to: web, service: $api_port/tcp, app: API}
```

The site file says that it moved:

```yaml
parameters: {api_port: 9443}
```

The firewall still permits the old one:

```
-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32 -i lan0 -p tcp -m tcp --dport 9000 -j ACCEPT
```

**How to fix.** Use the port from the site file on every device, or correct the site file.
Then close the old port (FW214).
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.required.failing import failing
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject
from linter.checks.words import flow_words, services_words


def run(subject: Subject) -> Iterator[Finding]:
    """The flows that are blocked at the port of this site, and open at the product's default."""
    for each in failing(subject):
        if each.works_in_other_family or not each.is_old_port_open:
            continue
        requirement, device = each.requirement, each.device
        old = services_words(requirement.default_services)
        yield CHECK.finding(
            f"required flow {flow_words(requirement)} is blocked on {device}; "
            f"only the default port {old} is open",
            each.evidence(),
            requirement=requirement,
            device=device,
            level=level_of(requirement, "error"),
        )


CHECK = Check("FW107", "port-differs-between-ends", "error", __doc__, run)
