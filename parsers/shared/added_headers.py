"""Rules that a sender passes by adding IPv6 extension headers, which no packet of the model has."""

from typing import Final

from flowmodel.verdict import Accept, Continue, Denial, Escape, Verdict

ADDED_HEADERS: Final = (
    "the rule depends on IPv6 extension headers, which no packet here has: a sender who adds one "
    "may pass by it, or be let in by it"
)


def may_open(verdict: Verdict, *, has_effects: bool, is_met_without: bool) -> bool:
    """Whether a sender who adds a header may get further by a rule than one who adds none.

    `is_met_without`: whether packets without a header meet the rule, so that others pass it by.
    Not to be accepted by one rule opens nothing, nor does it to be denied by one; all else may.
    """
    if has_effects or isinstance(verdict, Continue):
        return has_effects
    if is_met_without:
        return isinstance(verdict, Escape) or not isinstance(verdict, Accept)
    return not isinstance(verdict, Denial)
