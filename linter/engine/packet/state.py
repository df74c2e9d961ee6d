"""One packet on its way, as the interpreter sees it."""

from flowmodel.fields import Family
from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import ACCEPT, Verdict

WHERE = "whether the translated address is the machine's own"
"""What a verdict depends on where a machine's rules send its packets to an unnamed address."""

WHOSE = "whether the address that packets are sent to is the machine's own"
"""What a verdict depends on where the machine's rules ask that, and nobody tells."""

Stage = tuple[Table, Chain] | str
"""A base chain, or what the kernel itself does: `conntrack`, `destination`, `routing`, `source`.

`hook` is the way from one hook to the next.
"""

Known = str | frozenset[str] | None
"""An interface's name, some of which it is one, or nothing."""


class Visit(NamedTuple):
    """A packet's visit to a base chain whose rules stand in another order than they are asked in.

    `begin` and `end` are the part of the path that it has there; the rest is what decides which
    rules match, as it was at the beginning or became known on the way.
    """

    chain: Chain
    begin: int
    end: int
    numbers: dict[str, int | None]
    names: dict[str, Known]
    assumed: tuple[tuple[str, bool], ...]


class Met(NamedTuple):
    """A rule that a packet met, and those before it, which the states of a packet share."""

    rule: Rule
    before: "Met | None"
    number: int


class State(NamedTuple):
    """A packet on its way: its fields (None: nobody knows), what was assumed, the rules it met.

    A name that is a set is one of those, and nobody knows which. A named tuple: a packet has ten
    of these states on its way, and making frozen dataclasses would be half the work.
    """

    numbers: dict[str, int | None]
    names: dict[str, Known]
    family: Family
    tracked: int
    assumed: tuple[tuple[str, bool], ...] = ()
    met: Met | None = None
    """The last rule that it met; a copy of them all at each rule would take the square of them."""
    verdict: Verdict = ACCEPT
    rule: Rule | None = None
    chain: Chain | None = None
    """The rule that decided, or the chain whose default policy did."""
    is_exact: bool = True
    """False where a field that nobody knows was tried both ways, each test of it for itself."""
    is_redirected: bool = False
    """Whether a rule sent it to an address of the machine's own (REDIRECT)."""
    route: str = ""
    """The way it took (`forward`), where a translation made it another than was asked about."""
    visits: tuple[Visit, ...] = ()
    """Its visits to chains of which the path does not tell all rules that match."""
    bound: frozenset[str] = frozenset()
    """The hooks at which a rule has translated it: no other nat chain of these is asked."""
    returned: frozenset[str] = frozenset()
    """Chains that the packet came back from, and would again, as nothing has changed since."""

    @property
    def path(self) -> tuple[Rule, ...]:
        """The rules that it met, in their order."""
        found: list[Rule] = []
        met = self.met
        while met is not None:
            found.append(met.rule)
            met = met.before
        return tuple(reversed(found))

    @property
    def length(self) -> int:
        """How many rules it met."""
        return self.met.number if self.met else 0

    def having_met(self, rule: Rule) -> "State":
        """The packet after one more rule."""
        return self._replace(met=Met(rule, self.met, self.length + 1))

    @property
    def assumptions(self) -> int:
        """How many unknown matches hold for this outcome."""
        return sum(answer for _, answer in self.assumed)

    @property
    def unread(self) -> tuple[str, ...]:
        """The texts on which this outcome depends."""
        return tuple(dict.fromkeys(text for text, _ in self.assumed))


@dataclass(frozen=True, slots=True)
class Settled:
    """The fields that a connection's translations give its later packets, at their two moments."""

    destination: dict[str, int | None]
    source: dict[str, int | None]
