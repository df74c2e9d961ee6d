"""IPv4 is filtered on a device and IPv6 is not.

**Reports.** A device filters IPv4 and can also receive IPv6 packets, but no rule filters those.
What tools such as Docker drop for their own networks counts for neither family.
If IPv6 is disabled on the device, say `ipv6: no` for it in the site file, or use `--ipv6 no`.
If no export mentions IPv6, rules that nobody exported may filter it: then the finding is only possible, and the level is warning.

**Why it matters.** Most machines use IPv6 even if nobody enabled it.
A filter for one address family leaves the other one open.

**Example.** The output of `iptables-save` drops what no rule permits:

```
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
```

The output of `ip6tables-save` has no rules, and lets everything pass:

```
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
```

**How to fix.** Add the export for the other family if there is one, filter IPv6 as well, or say in the site file that the device has no IPv6.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.families import unfiltered
from linter.checks.subject import Subject

_FILTER = "filter IPv6 too, or say `ipv6: no` if IPv6 is switched off on the device"
_ADD = "add that file, or say `ipv6: no` if IPv6 is switched off on the device"


def run(subject: Subject) -> Iterator[Finding]:
    """One finding for each device whose exports filter IPv4 alone."""
    reason = "the exports say nothing about IPv6: add the output of `ip6tables-save`"
    for each in unfiltered(subject):
        device, is_told = each.device, each.is_told
        what = "rule" if is_told else "export"
        yield CHECK.finding(
            f"{device.name} filters IPv4, but no {what} of it filters IPv6",
            at(each.filters.span, "this filters IPv4", reasons=() if is_told else (reason,)),
            level="error" if is_told else "warning",
            certainty="certain" if is_told else "possible",
            device=device.name,
            remedy=_FILTER if is_told else _ADD,
            key=("FW401", device.name),
        )


CHECK = Check("FW401", "ipv6-unfiltered", "error", __doc__, run)
