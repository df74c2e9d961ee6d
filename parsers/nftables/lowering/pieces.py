"""What one statement of a rule does: the piece of a rule that lower.py puts together."""

from typing import Final

from flowmodel.match import Condition, Volatile
from flowmodel.record import NamedTuple
from flowmodel.verdict import Effect, Unknown, Verdict


class Branch(NamedTuple):
    """One outcome of a map: for these keys, this."""

    match: tuple[Condition, ...]
    verdict: Verdict | None
    effects: tuple[Effect, ...] = ()


class Piece(NamedTuple):
    """One statement: what it tests, what it changes, what it decides.

    Of `branches` at most one holds for a packet; if none does, the rule ends there for it.
    """

    match: tuple[Condition, ...] = ()
    effects: tuple[Effect, ...] = ()
    verdict: Verdict | None = None
    branches: tuple[Branch, ...] | None = None
    key_fields: frozenset[str] = frozenset()
    """What the branches depend on."""
    hits: int = -1
    remark: str = ""
    """Why the statement is outside the model, or what follows from it."""
    is_quiet: bool = False
    """Whether nobody is told the remark."""
    is_lost: bool = False
    """Whether the statement was not understood, rather than being outside the model."""
    needs_ports: bool = False
    """Whether the statement is about ports, which only some protocols have."""
    needs_family: bool = False
    """Whether the statement has an address, and does not say of which family."""
    tells_family: bool = True
    """Whether nft takes the family from what is tested, if it is of one."""
    is_comment: bool = False
    is_last: bool = False
    """Whether nft takes no statement behind it, as its packets never get there."""
    may_end: str = ""
    """The statement, if a sender can form packets for which the rule ends there."""

    @property
    def told(self) -> str:
        """The remark, if anybody is told it."""
        return "" if self.is_quiet else self.remark


UNSURE: Final = "is outside the model: the packet may be accepted, dropped or go on"
HIDDEN: Final = "is of iptables, and nft does not show what it does: export it with iptables-save"
OUTSIDE: Final = "is outside the model: whether it matches counts as unknown"
ENDS: Final = (
    "may end the rule for a packet with a malformed option: whether what stands behind it in the "
    "rule happens counts as unknown"
)
CHANGED: Final = "is outside the model: the packet may pass or not, whatever later rules say"


def undecided(text: str, *, escapes: bool = False) -> tuple[Branch, ...]:
    """A statement that may decide, test, or neither: then what stands behind it counts.

    With `escapes` no later verdict on the packet is sure.
    """
    passing = Branch((Volatile(f"{text} lets the packet go on"),), None)
    return Branch((Volatile(text),), Unknown(text, escapes)), passing
