"""A connection that the policy or the site forbids is permitted.

**Reports.** The device permits packets that the policy or the site forbids (`need: never`).

**Why it matters.** Someone decided, in writing, that this connection must not be possible.

**Example.** Guests must not reach the database:

```yaml
- {id: closed, from: guests, to: db, service: 5432/tcp, need: never}
```

A rule permits it:

```
-A FORWARD -s 10.9.0.0/24 -d 10.2.0.0/24 -p tcp -m tcp --dport 5432 -j ACCEPT
```

**How to fix.** Drop these packets before the rule that the finding shows, or narrow that rule.
"""

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from linter.checks.check import Check
from linter.checks.exposure.claims import Claim, Opened, Reason, claimed, claims_of
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.reported import reported
from linter.checks.exposure.translated import meant
from linter.checks.subject import Subject
from linter.checks.words import flow_words
from linter.engine.device.openings import openings
from linter.engine.sets.space import minus


def run(subject: Subject) -> Iterator[Finding]:
    """The flows with `need: never` that a device permits."""
    return reported(
        CHECK, claims_of(subject, _claims), lambda _: "drop it before this rule, or narrow the rule"
    )


def _claims(crossing: Crossing) -> Iterator[Claim]:
    for part in crossing.question.forbidden:
        flow = part.requirement
        if flow is None:
            continue
        packets = minus(meant(crossing.answered, part), crossing.elsewhere.missed(part.destination))
        reason = Reason(CHECK, packets, _say(flow), flow)
        for opening in openings(crossing.answered.answer, packets & crossing.possible):
            yield claimed(reason, crossing, opening)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: f"forbidden flow {flow_words(flow)} is permitted{opened.where}"


CHECK = Check("FW212", "forbidden-flow-permitted", "error", __doc__, run)
