"""A needed connection may be opened, but its replies or later packets are blocked.

**Reports.** The first packet of a connection passes, but later packets do not: the replies, or the later packets in the same direction.
If one rule or default policy blocks both directions, there is one finding.
If a flow inside is to a public address, and the shortest way back does not lead over the device that translates it (as in one network), the device must translate the source too: otherwise the machine replies to the client directly, with an address that the client does not know.
On a stateful device, this means that no rule accepts established connections.
A device, or one side of it, may keep no state: a network ACL of AWS, `notrack` on Linux, or a pf rule with `no state`.
There, it means that no rule permits the replies, which go from the service's port back to the port that the client chose.
For TCP, every kind of packet counts: the first reply, the packets after it, and the last one.

fwlint cannot know which operating systems the clients run, so replies must reach every port that a client may choose: 1024 to 65535, as AWS also recommends for network ACLs.
Linux uses 32768 to 60999; Windows and macOS use 49152 to 65535; NAT gateways, load balancers, FreeBSD and older systems also use lower ports.
If replies to only some of these ports are blocked, the finding names them, and it is a warning if they are all below 32768.
If the first packets of such clients are blocked, FW103 reports that, with the same thresholds.

**Why it matters.** A connection needs more than its first packet.
Return traffic is what people forget most often when they write a filter by hand.

**Example.** The database must not open connections, so a rule drops all that it sends. It stands first, and drops the database's replies too:

```
-A FORWARD -s 10.2.0.20/32 -j DROP
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
```

**How to fix.** Accept established connections before anything else; in nftables, with `ct state established accept`.
On a stateless filter, add a rule that permits the replies.
A second place shows a rule that nearly permits the packet that is shown, as for FW101.
If all clients are known to use other ports, waive the finding in the site file and give that reason.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.near import near
from linter.checks.required.answers import bypasses, cuts
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
            related=near(subject, cut.evidence),
            level=level_of(requirement, "warning" if is_rare else "error"),
            remedy=cut.remedy,
        )
    for each in bypasses(subject):
        if each.evidence.certainty == "certain":
            yield CHECK.finding(
                each.words("go"),
                each.evidence,
                requirement=each.requirement,
                device=each.device,
                level=level_of(each.requirement, "error"),
                remedy=each.remedy,
            )


CHECK = Check("FW104", "return-traffic-blocked", "error", __doc__, run)
