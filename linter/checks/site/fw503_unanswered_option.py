"""The site does not answer a question that the policy asks.

**Reports.** The policy asks something about this installation that has no default, and the site file does not answer it.
Until it does, flows that depend on the answer are permitted but not required.

**Why it matters.** A guess in either direction would be wrong for some sites.

**Example.** The policy asks a question without a default:

```yaml
loyalty:
  question: Do customers have loyalty cards?
```

The site file has no `options:` that answer it:

```yaml
use:
  shop:
    parameters: {api_port: 9443}
```

**How to fix.** Set the option under `options:` in the site file.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The questions that the site does not answer."""
    return problems(CHECK, subject)


CHECK = Check("FW503", "unanswered-option", "warning", __doc__, run)
