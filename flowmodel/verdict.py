"""What a rule does with the packets it matches."""

from flowmodel.record import dataclass
from flowmodel.values import Values


@dataclass(frozen=True, slots=True)
class Accept:
    """The packet has passed this base chain; the hook's later base chains still judge it."""


@dataclass(frozen=True, slots=True)
class Escape(Accept):
    """The packet has passed the whole device: no later chain judges it."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The packet is gone, without an answer."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The packet is gone, with an answer to its sender."""


@dataclass(frozen=True, slots=True)
class Return:
    """Back to the calling chain; in a base chain, its default policy."""


@dataclass(frozen=True, slots=True)
class Continue:
    """On to the next rule (logging, counting, the rule's effects)."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Into a chain of the same table, and back behind this rule at its end."""

    chain: str


@dataclass(frozen=True, slots=True)
class Goto:
    """Into a chain of the same table; its end is the end of the chain that went there."""

    chain: str


@dataclass(frozen=True, slots=True)
class TranslateDestination:
    """Destination NAT to one of the addresses and ports; ends the nat chain.

    Full sets mean "left as it is". `local` stands for REDIRECT: the address is one of the device's
    own. A port is only changed for protocols that have ports.
    """

    addresses: Values
    ports: Values
    local: bool = False


@dataclass(frozen=True, slots=True)
class TranslateSource:
    """Source NAT to one of the addresses and ports; ends the nat chain.

    `masquerade`: the address is one of the device's own. Ports may always change to avoid clashes.
    """

    addresses: Values
    ports: Values
    masquerade: bool = False


@dataclass(frozen=True, slots=True)
class MapNetwork:
    """NETMAP: the bits under the mask are replaced by those of `network`, the others stay."""

    direction: str
    """`dst` or `src`: the field that is rewritten."""
    network: int
    mask: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A target outside the model: the packet may be accepted, dropped, or go on."""

    text: str
    escapes: bool = False
    """Whether it changes the packet so much that no later verdict is sure: it may pass them all."""


Verdict = (
    Accept
    | Drop
    | Reject
    | Return
    | Continue
    | Jump
    | Goto
    | TranslateDestination
    | TranslateSource
    | MapNetwork
    | Unknown
)

Lead = Jump | Goto
"""What leads into another chain."""
Onward = Return | Continue | Jump | Goto
"""What leaves a packet to other rules."""
Denial = Drop | Reject
Translation = TranslateDestination | TranslateSource | MapNetwork
Decision = Accept | Drop | Reject
# To write `isinstance(verdict, Jump | Goto)` makes the union anew each time: three times as slow.

ACCEPT = Accept()
ESCAPE = Escape()
DROP = Drop()
REJECT = Reject()
RETURN = Return()
CONTINUE = Continue()


@dataclass(frozen=True, slots=True)
class SetMark:
    """`field` becomes (old & keep) ^ flip; both are as wide as it (iptables: --set-xmark)."""

    field: str
    """`mark`, `ct_mark` or `stateless`."""
    keep: int
    flip: int


@dataclass(frozen=True, slots=True)
class CopyMark:
    """The target becomes (target & ~target_mask) ^ (source & source_mask).

    This is CONNMARK --save-mark and --restore-mark.
    """

    source: str
    target: str
    source_mask: int
    target_mask: int


@dataclass(frozen=True, slots=True)
class NoTrack:
    """Connection tracking leaves the packet alone: its state is UNTRACKED."""


@dataclass(frozen=True, slots=True)
class UnknownMark:
    """`field` (`mark` or `ct_mark`) becomes a value that the model does not know."""

    field: str
    text: str


Effect = SetMark | CopyMark | NoTrack | UnknownMark
