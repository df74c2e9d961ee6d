"""A needed connection is open for some of its addresses and blocked for others.

**Reports.** On a port of the flow, the device permits some of the address pairs that need it and blocks others.
The level is critical if the policy marks the flow as critical, and warning if less than one hundredth of the internet is shut out, as by a list of banned addresses.
If a role has as many public addresses as machines, each machine must be found behind one of them.
If clients are shut out by their source ports alone, the finding names those ports; it is a warning if they are all below 32768 (FW104 says which systems use them).

**Why it matters.** The connection works for the person who tests it, but not for a colleague in another network.

**Example.** Everybody in the office uses the API:

```yaml
- {id: api, from: staff, to: web, service: $api_port/tcp, app: API}
```

In the site file the office is 10.1.0.0/16, but the rule permits only half of it:

```
-A FORWARD -s 10.1.0.0/17 -d 192.0.2.10/32 -i lan0 -p tcp -m tcp --dport 9443 -j ACCEPT
```

**How to fix.** Permit the address pairs listed under `affected:`.
If those addresses do not need the connection, bind the role or peer to fewer addresses in the site file.
An address that several machines share behind a load balancer or a port forward is no machine's own: list it as `public:` of these.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.required.chosen import is_chosen
from linter.checks.required.clients import are_rare, ports_of
from linter.checks.required.failing import Failing, failing
from linter.checks.required.levels import level_of
from linter.checks.required.names import pinned
from linter.checks.subject import Subject
from linter.checks.words import flow_words
from linter.engine.sets.witness import counted
from linter.engine.sets.words import addresses_in_words
from linter.engine.site.ports import moved

_FEW = 100
"""A ban list shuts out less than the hundredth part of the internet."""


def run(subject: Subject) -> Iterator[Finding]:
    """The flows that pass a device for some of their addresses, interfaces or clients' ports."""
    for each in failing(subject):
        if not each.has(each.shut) or pinned(each.judgement) is not None:
            continue
        level = level_of(each.requirement, "error", critical="critical")
        if _is_ban(each) or are_rare(each.judgement.space, each.shut):
            level = "warning"
        yield CHECK.finding(
            f"required flow {flow_words(each.requirement)} {_which(each)}",
            each.evidence(each.shut),
            requirement=each.requirement,
            device=each.device,
            level=level,
        )
    yield from _unfound(subject)


def _unfound(subject: Subject) -> Iterator[Finding]:
    """The machines of a role that none of its public addresses leads to."""
    for survey in subject.surveys:
        for part in survey.unfound:
            flow, way = part.requirement, part.way
            if flow is None or way is None or not is_chosen(subject, flow):
                continue
            machine = addresses_in_words(way.arrives.addresses.of(survey.family), survey.family)
            crossings = (crossing for path in way.paths for crossing in reversed(path))
            device = next((c.device for c in crossings if c.traffic == "forward"), None)
            yield CHECK.finding(
                f"no public address leads to {machine}, which required flow {flow_words(flow)} needs",
                at(part.destination.span or flow.span, "bound here"),
                requirement=flow,
                device=device.name if device else "",
                level=level_of(flow, "error", critical="critical"),
                remedy="translate one public address to each machine",
                subject=machine,
            )


def _which(failing: Failing) -> str:
    """What part of the flow is blocked."""
    if ports := ports_of(failing.judgement, failing.shut):
        return f"is blocked on {failing.device} for clients with source ports {ports}"
    ends = (trial.part.destination for trial in failing.judgement.trials)
    has_ports = any(moved(end, failing.judgement.space.family) for end in ends)
    ports = " or public ports" if has_ports else ""
    return f"is blocked for some of its addresses{ports} on {failing.device}"


def _is_ban(failing: Failing) -> bool:
    """Whether only few addresses of the internet are shut out, as a list of bans does it."""
    space, trials = failing.judgement.space, failing.judgement.trials
    sources = [trial.part.source for trial in trials if failing.has(trial.packets & failing.shut)]
    if not all(source is not None and source.kind == "internet" for source in sources):
        return False
    every = space.union(trial.packets for trial in trials)
    return counted(space, failing.shut, "src") * _FEW < counted(space, every, "src")


CHECK = Check("FW103", "required-flow-only-for-some-peers", "error", __doc__, run)
