"""A rule that is meant for replies lets connections begin.

**Reports.** A rule accepts packets by their source port, whatever port they go to, and does not test the state of their connection.
Or nothing in the chain tests the state, and a rule accepts all the ports that clients send from.
Such a rule lets connections begin that nothing else lets in; the finding shows one.
Network ACLs of AWS keep no state and need such rules, so the level is info for them, whatever the security groups behind them stop.
Rules for what leaves the device are not reported.

**Why it matters.** Everybody can choose the port that they send from.
A rule for the answers of name servers opens every port to anyone who sends from port 53.

**Example.** The rule is meant for the answers of web servers, but opens port 22 to anyone who sends from port 443:

```
-A INPUT -p tcp -m tcp --sport 443 -j ACCEPT
```

**How to fix.** Accept the packets of known connections instead (`-m conntrack --ctstate ESTABLISHED,RELATED`).
Where nothing keeps state, permit only TCP packets without SYN, permit as few sources as possible, and first deny the ports above 1024 on which something listens.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.ruleset import Rule
from flowmodel.verdict import Accept
from linter.checks.check import Check
from linter.checks.evidence import Evidence
from linter.checks.rulebase.judged import judged
from linter.checks.rulebase.replies import Hole, is_for_clients, source_ports
from linter.checks.rulebase.written import Judged
from linter.checks.subject import Subject
from linter.engine.device.mentions import distinct_rules
from linter.engine.sets.words import ports_in_words

_UNTOLD = "whether it does depends on what the export does not tell"


def run(subject: Subject) -> Iterator[Finding]:
    """The rules for replies by which connections begin."""
    every = [ruleset for its in subject.exports.values() for ruleset in its]
    if not any(map(_may_be_for_replies, distinct_rules(every))):
        return
    for each in judged(subject):
        for seen in each.seen:
            if seen.hole is not None:
                yield _finding(each, seen.hole)


def _may_be_for_replies(rule: Rule) -> bool:
    return isinstance(rule.verdict, Accept) and bool(source_ports(rule) or is_for_clients(rule))


def _finding(judged: Judged, hole: Hole) -> Finding:
    rule, device = judged.rule, judged.device
    source = source_ports(rule)
    by = f"from port {ports_in_words(source)}" if source else "to the ports of clients"
    may = "lets" if hole.is_certain else "may let"
    return CHECK.finding(
        f"this rule of {judged.chain.name} on {device} {may} connections begin {by}",
        Evidence(
            Related(rule.span, "accepted here, whatever its state", rule.title),
            "certain" if hole.is_certain else "possible",
            rule.text,
            hole.sample.words,
            hole.sample.witness,
            hole.extent,
            about=(hole.digest,),
            reasons=() if hole.is_certain else (_UNTOLD,),
        ),
        level="warning" if source else "info",
        device=device,
        remedy=_KNOWN if source else _NARROW,
        subject=rule.text,
    )


_KNOWN = "accept the packets of known connections instead, whatever port they come from"
_NARROW = "permit fewer sources, and deny before it the ports on which something listens"

CHECK = Check("FW312", "stateless-reply-hole", "warning", __doc__, run)
