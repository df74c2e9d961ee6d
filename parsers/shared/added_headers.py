"""Rules that a sender passes by adding IPv6 extension headers, which no packet of the model has.

A rule that is surely asked about every packet without them may not be asked about one with them,
and the other way round: what it denies is open then, or what it accepts.
"""

from collections.abc import Iterable
from typing import Final

from flowmodel.verdict import Accept, Drop, Lead, Reject, Verdict

ADDED_HEADERS: Final = (
    "the rule depends on IPv6 extension headers, which no packet here has: a sender who adds one "
    "may pass by it, or be let in by it"
)


def opens_if_added(verdicts: Iterable[Verdict], *, is_met_without: bool) -> bool:
    """Whether a sender who adds a header can get further than one who adds none.

    `is_met_without`: whether packets without a header meet the rule, so that others pass it by.
    """
    closing = Drop | Reject | Lead
    opening = Accept | Lead
    return any(isinstance(each, closing if is_met_without else opening) for each in verdicts)
