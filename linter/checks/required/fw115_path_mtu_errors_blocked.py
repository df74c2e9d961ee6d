"""Connections of a needed flow can stall: errors about packets that are too big are blocked.

**Reports.** A needed flow of TCP is permitted, but a device on its way blocks the errors by which routers tell a sender that its packets are too big for the next link: ICMP type 3 code 4 in IPv4 (RFC 1191), ICMPv6 type 2 in IPv6 (RFC 8201).
A machine's own firewall is asked about those that come to the machine; a network device about those that it forwards, to either end, and about its own.
There is one finding for each rule or default policy that blocks them.

On a stateful device these errors are `related` to the connection that they are about, not `established`.
Lists that keep no state, such as AWS network ACLs, need a rule for them.

**Why it matters.** TCP packets must not be fragmented on their way, and tunnels, mobile networks and PPPoE carry smaller packets than Ethernet.
Without the error, the sender repeats the same packet: the connection opens, small answers arrive, and big ones never do (RFC 4890, section 4.3.1: these errors must not be dropped).

**Example.** Established connections are accepted, and related packets are not:

```
:FORWARD DROP [0:0]
...
-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
```

**How to fix.** Accept what is related, too: `ct state established,related accept` in nftables, `-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT` in iptables.
Place it before rules that drop ICMP.
Where no state is kept, permit ICMP type 3 code 4 and ICMPv6 type 2.
If no link on the way is narrower than those of the two ends, or the device lowers TCP's segment size to what the way can carry (`tcp option maxseg size set rt mtu`, `TCPMSS --clamp-mss-to-pmtu`), waive the finding in the site file and give that reason.
"""

from collections.abc import Iterator, Sequence

from flowmodel.fields import Family
from flowmodel.finding import Finding
from flowmodel.record import replace
from flowmodel.source import Span
from linter.checks.check import Check
from linter.checks.evidence import Evidence, all_affected
from linter.checks.proof import blocked
from linter.checks.required.narrow import Unheard, unheard
from linter.checks.subject import Subject
from linter.checks.words import flows_words

_SENDER = "from which address a router on the way sends its errors"
_SHOWN = 4
_ERROR: dict[Family, str] = {
    4: "icmp type 3 code 4 (fragmentation needed)",
    6: "icmpv6 type 2 code 0 (packet too big)",
}


def run(subject: Subject) -> Iterator[Finding]:
    """One finding for each place of a device that blocks such errors."""
    groups: dict[tuple[str, Span, str], list[tuple[Unheard, Evidence]]] = {}
    for each in (one for family in subject.families for one in unheard(subject, family)):
        evidence = blocked(each.case)
        key = each.device, evidence.place.span, evidence.certainty
        groups.setdefault(key, []).append((each, evidence))
    yield from map(_finding, groups.values())


def _finding(group: Sequence[tuple[Unheard, Evidence]]) -> Finding:
    first, evidence = group[0]
    flows = list({each.requirement.name: each.requirement for each, _ in group}.values())
    needed = next((each for each in flows if each.need == "must"), flows[0])
    others = len(flows) - 1
    verb = "are" if evidence.certainty == "certain" else "may be"
    errors = " and ".join(dict.fromkeys(_ERROR[each.family] for each, _ in group))
    extents = list(dict.fromkeys(each.extent for _, each in group))
    more = [f"{len(extents) - _SHOWN} more"] if len(extents) > _SHOWN else []
    told = replace(
        evidence,
        extent="; ".join(extents[:_SHOWN] + more),
        affected=all_affected(each for _, each in group),
        reasons=_reasons(group),
        remedy=f"permit {errors} about known connections on {first.device}, {evidence.where}",
    )
    return CHECK.finding(
        f"path-MTU errors about {flows_words(needed, others)} {verb} blocked on {first.device}",
        told,
        requirement=needed,
        device=first.device,
        level="warning",
        key=(CHECK.id, first.device, evidence.text),
    )


def _reasons(group: Sequence[tuple[Unheard, Evidence]]) -> tuple[str, ...]:
    reasons = tuple(dict.fromkeys(text for _, each in group for text in each.reasons))
    is_possible = any(each.certainty == "possible" for _, each in group)
    return reasons or ((_SENDER,) if is_possible else ())


CHECK = Check("FW115", "path-mtu-errors-blocked", "warning", __doc__, run)
