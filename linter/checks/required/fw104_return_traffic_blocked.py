"""A needed connection may be opened, but its replies or later packets are blocked.

**Reports.** The opening packet passes, but the packets that follow do not: the replies in the other direction, or the later packets of the same direction.
Where one place blocks both, it is one finding.
On a device that keeps track of connections this means that no rule accepts established ones.
Where a device, or one side of it, keeps no state (a network ACL of AWS, `notrack`, a rule of pf with `no state`), it means that no rule of its own permits the replies, which go from the service's port back to the port that the client chose.
With TCP each kind of packet counts: the first answer, those behind it, and the last.

Nobody knows which systems clients have, so replies must pass to every port that one may choose: 1024 to 65535, as AWS advises for its network ACLs too.
Linux takes 32768 to 60999, Windows and macOS take 49152 to 65535; NAT gateways, load balancers, FreeBSD and older systems take lower ones as well.
Where replies to some of the ports are blocked, the finding names them, and it is a warning if they are all below 32768.
Where the opening packets of such clients are blocked, it is FW103, by the same measure.

**Why it matters.** A connection is not made by its first packet.
What comes back is the half that is most often forgotten when a filter is written by hand.

**Example.** New connections are accepted, replies fall to the default policy:

```
chain forward {
  type filter hook forward priority filter; policy drop;
  tcp dport 443 ct state new accept
}
```

**How to fix.** Accept established connections, in nftables with `ct state established accept`; on a stateless filter permit the replies by a rule of their own.
If all clients are known to use other ports, accept the finding in the site file and say so there.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.required.answers import cuts
from linter.checks.required.clients import are_rare
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The connections that may begin, and whose replies or later packets are surely blocked."""
    for cut in cuts(subject):
        if cut.evidence.certainty != "certain":
            continue
        requirement, device = cut.judgement.requirement, cut.judgement.device
        is_rare = are_rare(cut.judgement.space, cut.packets)
        yield CHECK.finding(
            cut.words("are"),
            cut.evidence,
            requirement=requirement,
            device=device,
            level=level_of(requirement, "warning" if is_rare else "error"),
            remedy=cut.remedy,
        )


CHECK = Check("FW104", "return-traffic-blocked", "error", __doc__, run)
