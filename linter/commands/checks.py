"""`fwlint checks`: every finding that fwlint can make, one a line."""

from typing import Any

from linter.checks.catalogue import ALONE, every
from linter.checks.check import Check
from linter.commands.output import LISTS, say, say_json


def run(output_format: str) -> int:
    """Prints id, name, usual level and summary; returns the exit status."""
    checks = every()
    if output_format == "json":
        say_json({"version": LISTS, "checks": [as_data(check) for check in checks]}, indent=2)
        return 0
    width = max(len(check.name) for check in checks)
    for check in checks:
        say(f"{check.id}  {check.name:{width}}  {check.level:8}  {check.summary}")
    return 0


def as_data(check: Check) -> dict[str, Any]:
    """A check as a member of the JSON object."""
    return {
        "id": check.id,
        "name": check.name,
        "level": check.level,
        "summary": check.summary,
        "by_default": not check.is_quiet,
        "of_exports": check.id in ALONE,
    }
