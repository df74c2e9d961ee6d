"""A rule that should deny something, all of which is accepted.

**Reports.** A rule drops or rejects, and other rules accept every packet that it matches, or every one that opens a connection.
Packets of known connections are accepted first nearly everywhere, and are not what this is about.
It is an error if the rule is about packets from any address and no other chain could deny them, else a warning.
If other rules deny a part of the packets, FW301 reports the rule.

**Why it matters.** The rule is listed and looks right, and what it was to keep out comes in.
Typical are a ban behind a rule that accepts everything, rules of `ufw deny` behind those of `ufw allow`, a deny entry of an AWS network ACL with a higher number than the one that allows, and a floating rule of pfSense that blocks without "quick".

**Example.** The ban comes too late:

```
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --dport 22 -j DROP
```

**How to fix.** Put the rule before those that accept its packets; in pf, let it be quick.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.rulebase.judged import Written, unneeded
from linter.checks.rulebase.kinds import is_open_deny
from linter.checks.rulebase.words import count, proof, related, takers
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that deny, and all of whose packets are accepted."""
    for each in unneeded(subject):
        if is_open_deny(each):
            yield _finding(each)


def _finding(each: Written) -> Finding:
    seen = [one for one in each.seen if one.idle is not None]
    idles = [one.idle for one in seen if one.idle is not None]
    is_open = any(
        one.idle is not None and one.idle.is_everywhere and one.is_only_judge for one in seen
    )
    change = next((one.change for one in seen if one.change is not None), None)
    without = (
        f"without it only packets that open no connection fare otherwise, such as {change.words}"
        if change
        else "without it nothing changes"
    )
    move = (
        "make it quick, or move it behind what accepts its packets"
        if each.is_backwards
        else "move it before what accepts its packets"
    )
    accept = count(idles).replace("takes", "accepts").replace("take", "accept")
    return CHECK.finding(
        f"this rule of {each.chain.name} on {each.device} denies nothing: "
        f"{accept} all that it matches",
        proof(each, "denies nothing", idles[0].sample, idles[0].decided),
        level="error" if is_open else "warning",
        device=each.device,
        related=related(idles),
        remedy=f"{move}; {without}",
        subject=each.rule.text,
        takers=takers(idles),
    )


CHECK = Check("FW314", "deny-never-denies", "error", __doc__, run)
