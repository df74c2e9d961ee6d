"""The default policies of a table, as the lines of an export set them."""

from collections.abc import Iterable, Iterator

from flowmodel.record import NamedTuple
from flowmodel.verdict import ACCEPT, DROP, Accept, Drop
from parsers.iptables.tables import BUILT_IN
from parsers.shared.values import MalformedError

_POLICIES: dict[str, Accept | Drop] = {"ACCEPT": ACCEPT, "DROP": DROP}


class Either(NamedTuple):
    """A chain whose default policy may be ACCEPT or DROP."""

    chain: str
    is_drop: str
    """What holds where it is DROP."""
    message: str


class Policies:
    """The default policies of a table's built-in chains."""

    def __init__(self, table: str, *, is_open: bool) -> None:
        """`is_open`: whether a policy that no line sets is ACCEPT."""
        self._built_in = BUILT_IN[table]
        self._ends: dict[str, Accept | Drop | None] = dict.fromkeys(
            self._built_in, ACCEPT if is_open else None
        )
        """None for one that is either."""
        self._lines = dict.fromkeys(self._built_in, 0)
        self._taken_back: set[str] = set()

    def __getitem__(self, chain: str) -> Accept | Drop:
        return self._ends[chain] or ACCEPT

    def set(self, number: int, chain: str, policy: str) -> None:
        """The policy that a line sets; of two, the one below counts. Raises MalformedError."""
        is_built_in = chain in self._built_in
        if policy not in ("-", *_POLICIES) or (policy != "-" and not is_built_in):
            wanted = "ACCEPT or DROP" if is_built_in else "`-`, as it is not built in"
            raise MalformedError(
                f"the chain {chain} cannot have the default policy {policy}: {wanted}", policy
            )
        if is_built_in and self._lines[chain] < number:
            self._ends[chain] = _POLICIES.get(policy)
            self._lines[chain] = number
            self._taken_back.discard(chain)

    def zero(self, number: int, chains: Iterable[str]) -> None:
        """`-Z`, of these chains or of all.

        iptables-nft-restore 1.8.9 makes the policies that stand above ACCEPT again.
        """
        for chain in chains or self._built_in:
            if self._ends.get(chain) == DROP and self._lines[chain] < number:
                self._ends[chain] = None
                self._taken_back.add(chain)

    def either(self) -> Iterator[Either]:
        """The chains whose policy is not known.

        iptables-restore sets a policy only where one is written (iptables-restore.c).
        """
        for chain in [chain for chain, end in self._ends.items() if end is None]:
            policy = f"the default policy of {chain}"
            if chain in self._taken_back:
                text = f"{policy} is still DROP behind `-Z`"
                message = (
                    "may be ACCEPT: `-Z` takes it back in iptables-nft, not in iptables-legacy"
                )
            else:
                text = f"{policy} is DROP, which the file does not say"
                message = "stays what it was before: it may be DROP"
            yield Either(chain, text, f"{policy} {message}")
