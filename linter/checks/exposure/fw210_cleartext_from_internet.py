"""A protocol without encryption is open from the internet.

**Reports.** A flow is open from the internet, and its policy says that the protocol is not encrypted (HTTP, WebSocket, FTP, Telnet, or SMTP without TLS).

**Why it matters.** Anyone on the way can read and change the traffic.

**Example.** The shop uses HTTPS, and the policy permits HTTP for a redirect:

```yaml
- {id: redirect, from: internet, to: web, service: 80/tcp, app: HTTP, need: may}
```

The firewall lets it in:

```
-A FORWARD -d 192.0.2.10/32 -o dmz0 -p tcp -m tcp --dport 80 -j ACCEPT
```

**How to fix.** Close the port, or use the encrypted protocol.
A redirect from HTTP to HTTPS is a good reason to waive the finding.
"""

from collections.abc import Callable, Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from linter.checks.check import Check
from linter.checks.exposure.claims import Claim, Opened, Reason, claimed, claims_of
from linter.checks.exposure.crossings import Crossing
from linter.checks.exposure.reported import reported
from linter.checks.subject import Subject
from linter.checks.words import services_words
from linter.engine.device.openings import openings

_CLEARTEXT = frozenset({"http", "ws", "ftp", "telnet", "smtp"})


def run(subject: Subject) -> Iterator[Finding]:
    """The flows without encryption that the internet may use, also where they are needed."""
    remedy = "use an encrypted protocol, or accept the finding with a reason"
    return reported(CHECK, claims_of(subject, _claims), lambda _: remedy)


def _claims(crossing: Crossing) -> Iterator[Claim]:
    internet = crossing.policies.internet()
    for part in crossing.question.required:
        flow = part.requirement
        if flow is None or flow.app.lower() not in _CLEARTEXT:
            continue
        open_ = part.packets & internet & crossing.possible
        for opening in openings(crossing.answered.answer, open_):
            reason = Reason(CHECK, open_, _say(flow), flow)
            yield claimed(reason, crossing, opening)


def _say(flow: Requirement) -> Callable[[Opened], str]:
    return lambda opened: (
        f"{flow.name} ({services_words(flow.services)}) on {opened.hosts} is open to "
        f"{opened.sources}{opened.where}; {flow.app} is not encrypted"
    )


CHECK = Check("FW210", "cleartext-from-internet", "warning", __doc__, run)
