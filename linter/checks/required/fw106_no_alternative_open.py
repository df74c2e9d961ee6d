"""The product needs one of several ports, and none of them is open.

**Reports.** The policy says that any one of several ports is enough (`any_of`), but none of them is open through every device on the way.
The finding shows where the first alternative is blocked, and where each of the others is.

**Why it matters.** The product has no other port to fall back on.

**Example.** The mail server takes mail on either of two ports:

```yaml
- {id: mail, from: web, to: relay, any_of: [465/tcp, 587/tcp]}
```

The firewall permits a third one:

```
-A FORWARD -s 192.0.2.10/32 -d 10.2.0.25/32 -i dmz0 -p tcp -m tcp --dport 25 -j ACCEPT
```

**How to fix.** Choose one alternative and permit it on every device between the two ends.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from linter.checks.check import Check
from linter.checks.required.alternatives import Choice, choices
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject
from linter.checks.words import flow_words


def run(subject: Subject) -> Iterator[Finding]:
    """The flows of which every alternative is blocked somewhere, with all these places."""
    for choice in choices(subject, "closed"):
        requirement = choice.requirement
        first = choice.obstacles[0]
        device = first.judgement.device
        yield CHECK.finding(
            f"no alternative of required flow {flow_words(requirement)} is open on all devices: "
            f"{first.service.text} is blocked on {device}",
            first.evidence,
            requirement=requirement,
            device=device,
            level=level_of(requirement, "error"),
            remedy=first.remedy,
            related=list(_others(choice)),
        )


def _others(choice: Choice) -> Iterator[Related]:
    first, *others = choice.obstacles
    for each in others:
        place = each.evidence.place
        if place.span != first.evidence.place.span:
            what = place.label.split(",")[0]
            label = f"{each.service.text} is {what} on {each.judgement.device}"
            yield Related(place.span, label, place.title)


CHECK = Check("FW106", "no-alternative-open", "error", __doc__, run)
