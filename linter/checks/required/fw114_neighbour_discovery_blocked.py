"""IPv6 packets of a needed flow cannot be delivered: neighbour discovery is blocked.

**Reports.** A needed flow is permitted over IPv6, but a device on its way blocks the messages by which neighbours on a link find each other (RFC 4861): neighbour solicitations (ICMPv6 type 135) and neighbour advertisements (type 136).
Where packets of the flow arrive, at the machine itself or at a router, solicitations must come in and advertisements go out.
Where they leave, solicitations must go out and advertisements come in.
A router needs this in its own input and output chains, because these messages are never forwarded.

Connection tracking does not follow them: their state is `untracked`, so no rule for established connections lets them in.

Replies to or from a router need the same in the other direction, unless the router is known by the link-local address that it asks from.
If only they need it, the finding is possible, and a warning; the same holds if the interface looks like a tunnel, which needs none of these messages.
Firewalls of a cloud (AWS) are not asked, because its network takes care of discovery.

**Why it matters.** IPv6 has no ARP.
If a machine's neighbours cannot find it, they get "no route to host", though the port is open (RFC 4890, section 4.4.1: these messages must not be dropped).

**Example.** IPv6 is filtered like IPv4, where ARP does not pass through the rules at all. So nothing permits neighbour discovery:

```
:INPUT DROP [0:0]
...
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
```

**How to fix.** Accept the messages before anything drops them.
In nftables: `icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept`.
In ip6tables: `-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT`, and the same with 136; likewise in OUTPUT, if that drops by default.
If all neighbours have static entries (`ip -6 neigh … nud permanent`), waive the finding in the site file and give that reason.
"""

from collections.abc import Iterator, Sequence

from flowmodel.finding import Finding
from flowmodel.record import replace
from flowmodel.source import Span
from linter.checks.check import Check
from linter.checks.evidence import Evidence, all_affected
from linter.checks.proof import blocked
from linter.checks.required.levels import level_of
from linter.checks.required.neighbours import SOLICITATION, Deaf, deaf
from linter.checks.subject import Subject
from linter.checks.words import flows_words, listed


def run(subject: Subject) -> Iterator[Finding]:
    """One finding for each place of a device that blocks such messages."""
    proofs: dict[int, Evidence] = {}
    groups: dict[tuple[str, str, Span], list[Deaf]] = {}
    for each in deaf(subject):
        # The flows that need one message have one case.
        evidence = proofs.get(id(each.case)) or proofs.setdefault(id(each.case), blocked(each.case))
        groups.setdefault((each.device, each.traffic, evidence.place.span), []).append(each)
    for every in groups.values():
        certain = [each for each in every if proofs[id(each.case)].certainty == "certain"]
        group = certain or every
        evidence = proofs[id(group[0].case)]
        packets = all_affected(proofs[id(each.case)] for each in group)
        yield _finding(group, every, replace(evidence, affected=packets))


def _finding(group: Sequence[Deaf], every: Sequence[Deaf], evidence: Evidence) -> Finding:
    """What is blocked, or may be; the remedy has every message that the same place blocks."""
    first = group[0]
    flows = list({each.requirement.name: each.requirement for each in group}.values())
    needed = next((each for each in flows if each.need == "must"), flows[0])
    others = len(flows) - 1
    is_certain = evidence.certainty == "certain"
    verb = "is" if is_certain else "may be"
    reasons = dict.fromkeys((*evidence.reasons, *(r for each in group for r in each.reasons)))
    told = replace(
        evidence,
        extent=_messages(group),
        reasons=tuple(reasons),
        remedy=f"permit {_messages(every)} on {first.device}, {evidence.where}",
    )
    return CHECK.finding(
        f"neighbour discovery {verb} blocked on {first.device}, which "
        f"{flows_words(needed, others)} {'need' if others else 'needs'} over IPv6",
        told,
        requirement=needed,
        device=first.device,
        level=level_of(needed, "error" if is_certain else "warning"),
        key=(CHECK.id, first.device, first.traffic, evidence.text),
    )


def _messages(group: Sequence[Deaf]) -> str:
    """`icmpv6 type 135 (neighbour solicitation) in at lan0 and dmz0`."""
    found: dict[tuple[int, str], list[str]] = {}
    for each in group:
        interfaces = found.setdefault((each.kind, each.traffic), [])
        if each.interface and each.interface not in interfaces:
            interfaces.append(each.interface)
    return " and ".join(
        f"icmpv6 type {kind} (neighbour {_name(kind)}) {'in' if traffic == 'input' else 'out'}"
        + (f" at {listed(interfaces)}" if interfaces else "")
        for (kind, traffic), interfaces in found.items()
    )


def _name(kind: int) -> str:
    return "solicitation" if kind == SOLICITATION else "advertisement"


CHECK = Check("FW114", "neighbour-discovery-blocked", "error", __doc__, run)
