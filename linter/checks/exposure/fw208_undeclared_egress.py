"""A machine may open connections outward that no policy asks for.

**Reports.** The device filters outgoing connections, but it permits the product's machine to open connections that no policy asks for.
The level is warning if they lead to the internet.
A device filters outgoing connections if there is at least one service that is not certainly open to even a single destination; a filter for bogus addresses alone does not count.

**Why it matters.** Malware on a machine connects back to its operators.
An outgoing filter only helps if it is narrow.

**Example.** The web server sends mail through a relay, but the firewall lets it reach every mail server in the world:

```
-A FORWARD -s 192.0.2.10/32 -i dmz0 -o wan0 -p tcp -m tcp --dport 25 -j ACCEPT
```

**How to fix.** Permit the outgoing flows of the policy and of the site, and drop the rest.
"""

from collections.abc import Iterator

from flowmodel.addresses import LINK_LOCAL
from flowmodel.fields import PORT_PROTOCOLS
from flowmodel.finding import Finding, Level
from flowmodel.values import EMPTY, union
from linter.checks.check import Check
from linter.checks.exposure.claims import Claim, Opened, Reason, claims_of
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.reported import CLOSE, reported
from linter.checks.subject import Subject
from linter.engine.device.openings import openings
from linter.engine.sets.space import PacketSet, minus


def run(subject: Subject) -> Iterator[Finding]:
    """What the machines may open, where the device filters what they send at all."""
    return reported(CHECK, claims_of(subject, _claims), lambda _: CLOSE)


def _filters(crossing: Crossing) -> bool:
    """Whether some service is closed to every destination.

    A filter for bogus addresses alone says nothing of what a machine may do, and neither does one
    for port 0, which is none.
    """
    space = crossing.policies.space
    no_port = space.within(space.fields["dport"], ((0, 0),)) & space.within(
        space.fields["proto"], union((each, each) for each in PORT_PROTOCOLS)
    )
    services = minus(crossing.union(crossing.question.outward), no_port)
    certain = crossing.answered.connections.opening.certain
    ends = space.cube("src", "dst", "sport", "icmp_type", "icmp_code")
    return minus(services.exists(ends), (certain & services).exists(ends)) != space.false


def _claims(crossing: Crossing) -> Iterator[Claim]:
    if not _filters(crossing):
        return
    policies, parts = crossing.policies, crossing.question.outward
    empty = policies.space.false
    asked = crossing.union(parts)
    inward = crossing.union(crossing.question.inward)
    judged = crossing.permitted | crossing.forbidden | inward | policies.to_itself(parts)
    excess = minus(crossing.possible & asked, judged)
    senders = (part.source for part in parts if part.source is not None)
    roles = list({id(role): role for role in senders}.values())
    internet = crossing.union(part for part in parts if part.destination.kind == "internet")
    near = _near(crossing)
    for opening in openings(crossing.answered.answer, excess):
        for role in roles:
            mine = opening.packets & policies.from_end(role)
            if minus(mine, near) != empty:
                level: Level = "warning" if mine & internet != empty else "info"
                reason = Reason(CHECK, mine, _say, subject=role.name, level=level)
                yield Claim(reason, crossing, mine, opening.rule)


def _near(crossing: Crossing) -> PacketSet:
    """The packets to addresses of one link, at a router that does not pass them on."""
    space = crossing.policies.space
    is_routed = crossing.question.crossing.traffic == "forward"
    there = LINK_LOCAL if space.family == 6 and is_routed else EMPTY
    return space.within(space.fields["dst"], there)


def _say(opened: Opened) -> str:
    return (
        f"{opened.hosts} may connect to {opened.destinations} ({opened.ports}){opened.where}; "
        "no policy asks for it"
    )


CHECK = Check("FW208", "undeclared-egress", "info", __doc__, run)
