"""Some ports of a needed connection are blocked completely, others are open.

**Reports.** A flow needs several ports. On this device, some of them are blocked for every address, while others are open for some addresses.
A port counts together with its protocol: 53/tcp open and 53/udp blocked is reported too.

**Why it matters.** The product seems to work until it needs the blocked port.

**Example.** The cache has two ports:

```yaml
- {id: cache, from: web, to: cache, service: [6379/tcp, 16379/tcp]}
```

The rule permits only one of them:

```
-A FORWARD -s 192.0.2.10/32 -d 10.2.0.30/32 -i dmz0 -p tcp -m multiport --dports 6379 -j ACCEPT
```

**How to fix.** Permit the ports listed under `affected:`.
"""

from collections.abc import Iterator, Sequence

from flowmodel.finding import Finding
from flowmodel.values import Values, union
from linter.checks.check import Check
from linter.checks.required.failing import Failing, failing
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject
from linter.checks.words import flow_words, is_or_are, ports_of_packets, ports_words


def run(subject: Subject) -> Iterator[Finding]:
    """The flows of which a device blocks some ports for every address."""
    found = [each for each in failing(subject) if each.has(each.closed)]
    for each in found:
        ports = _closed(each, found)
        yield CHECK.finding(
            f"{ports_words(ports)} of required flow {flow_words(each.requirement)} {is_or_are(ports)} "
            f"blocked on {each.device}",
            each.evidence(each.closed),
            requirement=each.requirement,
            device=each.device,
            level=level_of(each.requirement, "error", critical="critical"),
        )


def _closed(each: Failing, found: Sequence[Failing]) -> dict[int, Values]:
    """The ports, of both families: a rule for both is one finding, and has one headline."""
    closed: dict[int, Values] = {}
    for other in found:
        if (other.requirement.name, other.device) == (each.requirement.name, each.device):
            for number, ports in ports_of_packets(other.judgement.space, other.closed).items():
                closed[number] = union(closed.get(number, ()) + ports)
    return closed


CHECK = Check("FW102", "required-ports-partly-blocked", "error", __doc__, run)
