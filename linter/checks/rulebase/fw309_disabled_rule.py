"""A rule is disabled.

**Reports.** The export has a rule that is marked as disabled.
Lines of a file that are commented out are not rules, and are not reported.
If the rule would permit a needed flow that is blocked, FW108 says so, whether this check is asked for or not.

**Why it matters.** Nobody remembers why the rule is disabled, and one click brings back what it permits.

**Example.** A rule for a test in pfSense, disabled since:

```
<rule>
  <type>pass</type>
  <interface>lan</interface>
  <ipprotocol>inet</ipprotocol>
  <protocol>tcp</protocol>
  <source><network>lan</network></source>
  <destination><address>web</address><port>8080</port></destination>
  <descr>Test</descr>
  <disabled/>
</rule>
```

**How to fix.** Remove the rule if it is not needed any more.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.source import Span
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """Each rule that is switched off, once: in the model it may be several."""
    for device, rulesets in subject.exports.items():
        told: set[Span] = set()
        chains = (
            chain
            for ruleset in rulesets
            for table in ruleset.tables
            for chain in table.chains.values()
        )
        for chain in chains:
            for _, rule in chain.disabled:
                if rule.span not in told:
                    told.add(rule.span)
                    yield CHECK.finding(
                        f"a rule of {device} is switched off",
                        at(rule.span, "disabled", rule.title),
                        device=device,
                        remedy="remove it if it is not needed any more",
                        subject=rule.text,
                    )


CHECK = Check("FW309", "disabled-rule", "info", __doc__, run, is_quiet=True)
