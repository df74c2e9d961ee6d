"""A rule that nobody has explained.

**Reports.** A rule has no comment or description: `--comment` in iptables, `comment` in nftables, the description of a rule in pfSense, OPNsense or a security group.
A line right above the rule that begins with `#` counts as well.
Jumps, rules about known connections or the loopback interface, a last rule that takes everything that is left, and the chains and tables of tools need no comment.
Entries of network ACLs cannot have one, and are not reported.

**Why it matters.** In two years nobody dares to remove the rule.

**Example.** Who needs this, and until when?

```
-A INPUT -s 198.51.100.7/32 -p tcp -m tcp --dport 5432 -j ACCEPT
```

**How to fix.** Say who needs the rule and why: `-m comment --comment "Reports, ask Ada"`.
"""

from collections.abc import Iterator

from flowmodel.fields import NEW
from flowmodel.finding import Finding
from flowmodel.match import Name, Test
from flowmodel.ruleset import Chain, Rule, RuleSet
from flowmodel.source import Span
from flowmodel.values import contains
from flowmodel.verdict import Decision
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.standing import is_default
from linter.checks.rulebase.tools import is_by_hand, is_tools_table
from linter.checks.subject import Subject
from linter.engine.device.mentions import LOOPBACK


def run(subject: Subject) -> Iterator[Finding]:
    """The rules without an explanation, each once."""
    for device, rulesets in subject.exports.items():
        told: set[Span] = set()
        for ruleset in rulesets:
            for chain, rule in _rules(ruleset):
                if rule.span not in told and not _is_explained(ruleset, rule):
                    told.add(rule.span)
                    yield CHECK.finding(
                        f"this rule of {chain.name} on {device} has no comment",
                        at(rule.span, "without a comment", rule.title),
                        device=device,
                        remedy="say who needs it and why",
                        subject=rule.text,
                    )


def _rules(ruleset: RuleSet) -> Iterator[tuple[Chain, Rule]]:
    """The rules that need an explanation."""
    for table in ruleset.tables:
        if is_tools_table(table.name):
            continue
        for chain in table.chains.values():
            if ruleset.place and chain.base is not None:
                # Rules of AWS that people write are in the chains of groups, or are entries of
                # network ACLs, which have no descriptions.
                continue
            for rule in chain.rules:
                if _needs_one(chain, rule):
                    yield chain, rule


def _needs_one(chain: Chain, rule: Rule) -> bool:
    is_judging = isinstance(rule.verdict, Decision)
    if rule.is_given or rule.is_automatic or not is_judging or is_default(chain, rule):
        return False
    return is_by_hand(chain, rule) and not any(
        (isinstance(each, Test) and each.field == "state" and not contains(each.values, NEW))
        or (isinstance(each, Name) and each.names == {LOOPBACK})
        for each in rule.match
    )


def _is_explained(ruleset: RuleSet, rule: Rule) -> bool:
    if rule.title:
        return '"' in rule.title
    lines = rule.source.lines[rule.line - 1 : rule.last_line or rule.line]
    above = rule.source.lines[rule.line - 2].lstrip() if rule.line > 1 else ""
    is_above = above.startswith("#") and not above.startswith("# Generated")
    return is_above or any(ruleset.comment in each or " #" in each for each in lines)


CHECK = Check("FW322", "rule-without-comment", "info", __doc__, run, is_quiet=True)
