"""A port of a machine is open that no policy asks for.

**Reports.** The device permits new connections to a machine of the product on a port that no flow to this machine uses and that the site does not allow.
Packets to another address, also a public one of another role, count too if a port-forward on the way sends them to the machine, unless a flow permits the same port for their sources.
The level is error if anybody on the internet reaches a service that people must not find open, such as a database (`fwlint open` lists them); else it is warning.

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
from flowmodel.record import replace
from flowmodel.site import End, Site
from flowmodel.values import contains, size
from linter.checks.check import Check
from linter.checks.evidence import Evidence
from linter.checks.exposure.cascade import inward
from linter.checks.exposure.claims import Claim, Opened, Reason
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.exposure.translated import arriving
from linter.checks.subject import Subject
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.witness import projected
from linter.engine.site.exported import the_internet

_MOST = 256
"""More ranges of sources than that leave out some of the internet, and not the rest of it."""
_PORT = re.compile(r"\b([0-9]{1,5})(?:/(?:tcp|udp))?\b")


def run(subject: Subject) -> Iterator[Finding]:
    """What is open towards a machine, and nothing else was to be said of it."""

    def left_out(claim: Claim, evidence: Evidence) -> tuple[str, ...]:
        return _left_out(subject.site, claim.reason.subject.partition(".")[0], evidence)

    claims = (weighed(claim) for claim in inward(subject))
    return reported(CHECK, claims, lambda _: CLOSE, left_out)


def weighed(claim: Claim) -> Claim:
    """The claim, as an error where anybody on the internet reaches a marked service by it."""
    if claim.reason.check is not CHECK or not _is_for_anybody(claim):
        return claim
    return replace(claim, reason=replace(claim.reason, level="error"))


def _is_for_anybody(claim: Claim) -> bool:
    from linter.checks.open.marked import marked

    policies, space = claim.crossing.policies, claim.answered.space
    # An encrypted login is made to be reached from afar.
    several = (each for each in marked(policies.site) if not each.is_for_login)
    packets = space.false
    for proto, ports in {(each.proto, each.ports) for each in several}:
        fields = space.fields
        packets |= space.within(fields["proto"], ((proto, proto),)) & space.within(
            fields["dport"], ports
        )
    packets &= claim.packets & policies.strangers()
    if packets == space.false:
        return False
    public = the_internet(policies.site).of(space.family)
    sources = projected(space, packets, "src", _MOST)
    return len(sources) == _MOST or 2 * size(sources) > size(public)


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
    ports = [int(number) for number in _PORT.findall(re.sub(r"\([^)]*line[^)]*\)", "", line))]
    opened = evidence.destinations
    if line.lower().startswith("outgoing"):
        return False
    return not (ports and opened) or any(
        contains(each.ports, port) for each in opened for port in ports
    )


CHECK = Check("FW205", "undeclared-opening", "warning", __doc__, run)
