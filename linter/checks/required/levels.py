"""How bad a finding about a requirement is: as bad as the requirement is needed."""

from flowmodel.finding import Level
from flowmodel.site import Requirement


def level_of(requirement: Requirement, usual: Level, *, critical: Level | None = None) -> Level:
    """The usual level; another for what is critical, and never more than a warning for `should`."""
    if requirement.need == "should":
        return "warning"
    return critical if requirement.is_critical and critical else usual
