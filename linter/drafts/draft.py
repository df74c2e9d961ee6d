"""A whole proposed site: where its devices stand, and what is open on them."""

from collections.abc import Sequence

from linter.drafts.model import Draft
from linter.drafts.openings import proposed
from linter.drafts.standing import Answers, Read, standing


def drafted(name: str, several: Sequence[Read], answers: Answers) -> Draft:
    """The site of these devices, as far as their exports and a person tell it."""
    found = standing(several, answers)
    allowed, asides = proposed(several, found)
    return Draft(name, found.networks, found.roles, found.devices, allowed, asides)
