"""`fwlint checks`: every finding that fwlint can make, one a line."""

from linter.checks.catalogue import every
from linter.commands.output import say


def run() -> int:
    """Prints id, name, usual level and summary."""
    checks = every()
    width = max(len(check.name) for check in checks)
    for check in checks:
        say(f"{check.id}  {check.name:{width}}  {check.level:8}  {check.summary}")
    return 0
