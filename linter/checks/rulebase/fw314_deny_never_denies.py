"""A rule that should deny packets, all of which other rules accept.

**Reports.** A rule drops or rejects, but other rules accept every packet that it matches, or every one that opens a connection.
Packets of known connections do not count, because nearly every rule base accepts them first.
The level is error if the rule is about packets from any address and no other chain could deny them, and warning otherwise.
Each target of a verdict map is judged by itself.
If other rules deny some of the packets, FW301 reports the rule; what the system denies by itself, such as pfSense's link-local addresses, does not count.

**Why it matters.** The rule is listed and looks right, but what it should keep out comes in.
Typical cases are a ban after a rule that accepts everything, `ufw deny` after `ufw allow`, a deny entry of an AWS network ACL with a higher number than the entry that allows, and a floating rule of pfSense that blocks without "quick".

**Example.** The ban comes too late:

```
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -s 203.0.113.0/24 -p tcp -m tcp --dport 22 -j DROP
```

**How to fix.** Move the rule in front of those that accept its packets; in pf, make it quick.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.rulebase.judged import unneeded_targets
from linter.checks.rulebase.kinds import is_open_deny
from linter.checks.rulebase.words import count, proof, related, takers
from linter.checks.rulebase.written import Written
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that deny, and all of whose packets are accepted."""
    for each in unneeded_targets(subject):
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
        "make it quick, and move it before what accepts its packets"
        if each.is_backwards
        else "move it before what accepts its packets"
    )
    denied, accepted = ("no connection", "all that open one") if change else _NOTHING
    accept = count(idles).replace("takes", "accepts").replace("take", "accept")
    return CHECK.finding(
        f"{each.words} of {each.chain.name} on {each.device} denies {denied}: {accept} {accepted}",
        proof(each, f"denies {denied}", idles[0].sample, idles[0].decided),
        level="error" if is_open else "warning",
        device=each.device,
        related=related(idles),
        remedy=f"{move}; {without}",
        subject=f"{each.rule.text} {each.target}".strip(),
        takers=takers(idles),
    )


_NOTHING = "nothing", "all that it matches"

CHECK = Check("FW314", "deny-never-denies", "error", __doc__, run)
