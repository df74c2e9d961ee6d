"""A port of a machine is open that no policy asks for.

**Reports.** The device permits new connections to a machine of the product on a port that no flow to this machine uses and that the site does not allow.
Packets to another address, also a public one of another role, count too if a port-forward on the way, or of the machine that they are for, sends them to this one, unless a flow permits the same port for their sources.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (FW215), at whatever port a translation offers it; else it is warning.

**Why it matters.** Either the opening is no longer needed, or it has a purpose that nobody wrote down.

**Example.** No flow of the policy has port 8080:

```
-A FORWARD -d 192.0.2.10/32 -p tcp -m tcp --dport 8080 -j ACCEPT
```

**How to fix.** Close the port.
If it is wanted, add it under `allow:` in the site file, with its purpose; the finding then disappears for these packets only.
Some vendor documents leave things out on purpose. If the policy says so and the opening may be one of them, the finding repeats that note.
"""

import re
from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.site import End, Site
from flowmodel.values import contains
from linter.checks.check import Check
from linter.checks.evidence import Evidence
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Claim, Opened, Reason
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.exposure.translated import arriving
from linter.checks.subject import Subject
from linter.engine.sets.space import PacketSet, minus

_PORT = r"\b([0-9]{1,5})(?:/(?:tcp|udp))?\b"


def run(subject: Subject) -> Iterator[Finding]:
    """What is open towards a machine, and nothing else was to be said of it."""

    def left_out(claim: Claim, evidence: Evidence) -> tuple[str, ...]:
        return _left_out(subject.site, claim.reason.subject.partition(".")[0], evidence)

    return reported(CHECK, inward(subject), lambda _: CLOSE, left_out)


def reasons(crossing: Crossing) -> Iterator[Reason]:
    """Everything that goes to a role, also by a translation; the last reason of all."""
    question = crossing.question
    ends = (part.destination for part in (*question.inward, *question.forwarded))
    for role in {id(end): end for end in ends}.values():
        sent = minus(crossing.policies.to_end(role), crossing.elsewhere.gone((role,)))
        packets = sent | _moved_to(crossing, role)
        if any(part.is_anywhere for part in question.inward):
            packets = crossing.policies.space.true
        yield Reason(CHECK, packets, _say, subject=role.name)
    yield from _of_others(crossing, {part.destination.name for part in question.inward})


def _of_others(crossing: Crossing, asked: set[str]) -> Iterator[Reason]:
    """What is sent to a machine that hands it on to another role's, about which nobody asks here."""
    if crossing.elsewhere.unpermitted == crossing.policies.space.false:
        return
    for role in crossing.policies.site.roles:
        if role.name not in asked:
            yield Reason(CHECK, arriving(crossing.answered, role), _say, subject=role.name)


def _say(opened: Opened) -> str:
    return f"{opened.is_open()}; no policy asks for it"


def _moved_to(crossing: Crossing, role: End) -> PacketSet:
    if not crossing.question.forwarded:
        return crossing.policies.space.false
    return arriving(crossing.answered, role)


def _left_out(site: Site, policy: str, evidence: Evidence) -> tuple[str, ...]:
    """What the policy's document leaves out on purpose, if the opening may belong to it."""
    said = (site.not_covered or {}).get(policy, ())
    lines = "; ".join(line for line in said if _may_belong(line, evidence))
    return (
        (f"it may be something that the document of {policy} leaves out: {lines}",) if lines else ()
    )


def _may_belong(line: str, evidence: Evidence) -> bool:
    """Whether a line is not about what goes out, and names no ports or one of those opened."""
    ports = [int(number) for number in re.findall(_PORT, re.sub(r"\([^)]*line[^)]*\)", "", line))]
    opened = evidence.destinations
    if line.lower().startswith("outgoing"):
        return False
    return not (ports and opened) or any(
        contains(each.ports, port) for each in opened for port in ports
    )


CHECK = Check("FW205", "undeclared-opening", "warning", __doc__, run)
