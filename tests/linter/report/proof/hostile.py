"""A report in which every text of a user is an attack."""

from typing import Any, Final

from flowmodel.finding import LEVELS, Report
from linter.checks.catalogue import IDS
from tests.linter.report.samples import REPORT

CANARY: Final = (
    "</title></style></pre><script>canary()</script>\"'><img src=x onerror=canary()>"
    "{{ 7*7 }}{% raw %}javascript:canary() [x](javascript:canary()) ![x](http://canary.example)\n"
    "# canary\n```\n| canary |\n<b>canary</b> &lt;b&gt; @canary https://canary.example "
    "]]>--> ~~canary~~ \x1b[31m\u202e <!-- ##[group]canary"
)
_WORDS: Final = frozenset(
    (*LEVELS, *IDS, "certain", "possible", "must", "may", "works", "blocked", "not judged")
) | {"role", "peer", "internet", "any", "input", "forward", "output", "rule", "policy", "no chain"}


def poisoned(value: Any) -> Any:
    """The same with the canary before each text that is none of the model's own words."""
    if isinstance(value, str):
        return value if not value or value in _WORDS else f"{CANARY}{value}"
    if isinstance(value, (tuple, list)):
        return type(value)(map(poisoned, value))
    if isinstance(value, dict):
        return {poisoned(key): poisoned(each) for key, each in value.items()}
    if names := getattr(type(value), "__match_args__", ()):
        return type(value)(**{name: poisoned(getattr(value, name)) for name in names})
    return value


HOSTILE: Final[Report] = poisoned(REPORT)
