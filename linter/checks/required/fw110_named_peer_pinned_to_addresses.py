"""A destination known by its name is permitted by literal addresses only.

**Reports.** The policy knows a destination by its domain name, which has no fixed address, and every rule that permits the flow lists specific destination addresses.
If the site file binds the name to addresses, it has confirmed them, and there is no finding.

**Why it matters.** The owner of the name can change its addresses at any time.
The connection then stops working without any change at this site.

**Example.** The policy knows the payment service by its name:

```yaml
payments: {title: Payment service, fqdn: pay.example.com, addresses: many}
```

The rule permits the address that the name had once:

```
-A FORWARD -s 192.0.2.10/32 -d 93.184.216.34/32 -i dmz0 -o wan0 -p tcp -m tcp --dport 443 -j ACCEPT
```

**How to fix.** Permit the name if the firewall supports names, permit the port to every address, or keep the rule up to date with the address list that the owner publishes.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from linter.checks.check import Check
from linter.checks.required.failing import failing
from linter.checks.required.names import pinned
from linter.checks.subject import Subject
from linter.checks.words import flow_words


def run(subject: Subject) -> Iterator[Finding]:
    """The flows to a name that are open to those addresses only that some rules list."""
    for each in failing(subject):
        rule = pinned(each.judgement) if each.has(each.shut) else None
        if rule is None:
            continue
        fqdn = each.requirement.fqdn
        permitted = f"permits it only as long as {fqdn} has these addresses"
        yield CHECK.finding(
            f"required flow {flow_words(each.requirement)} goes to {fqdn}, "
            f"but {each.device} only permits literal addresses",
            each.evidence(each.shut),
            requirement=each.requirement,
            device=each.device,
            remedy=f"permit it by name or to any address, or bind {fqdn} to its addresses",
            related=[Related(rule.span, permitted, rule.title)],
        )


CHECK = Check("FW110", "named-peer-pinned-to-addresses", "warning", __doc__, run)
