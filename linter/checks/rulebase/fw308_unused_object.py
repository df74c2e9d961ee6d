"""An alias, set, group or the like that no rule uses.

**Reports.** The export defines an object that no rule uses, directly or through another object: an alias, an ipset, a set or map of nftables, a security group, a prefix list, a network ACL.
A disabled rule counts as a use, and so does anything else in a `config.xml` that names the alias.
A security group is also used by the machines that have it, so groups are only reported if the export has network interfaces.
What tools keep in tables of their own is not reported, and neither is what AWS creates by itself.

**Why it matters.** Nobody knows any more whether the object is needed, and whoever looks for an address may change it there, without any effect.

**Example.** The rule for the old partner is gone, but its set is still there:

```
set old_partner {
  type ipv4_addr
  flags interval
  elements = { 198.51.100.0/24 }
}
```

**How to fix.** Remove the object, or use it in the rule that it was made for.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.ruleset import Unused
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.tools import is_tools_table
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The objects without a use; those of an export that several devices share once."""
    told: set[Unused] = set()
    for device, rulesets in subject.exports.items():
        for ruleset in rulesets:
            for each in ruleset.unused:
                if each not in told and not is_tools_table(each.holder):
                    told.add(each)
                    yield _finding(device, each)


def _finding(device: str, unused: Unused) -> Finding:
    reasons = (unused.doubt,) if unused.doubt else ()
    return CHECK.finding(
        f"no rule uses the {unused.kind} {unused.name} of {device}",
        at(unused.span, "defined here", reasons=reasons),
        certainty="possible" if reasons else "certain",
        device=device,
        remedy="remove it, or use it where it was meant to be used",
        key=("FW308", device, unused.kind, unused.holder, unused.name),
    )


CHECK = Check("FW308", "unused-object", "info", __doc__, run)
