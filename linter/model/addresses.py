"""Addresses of both families."""

from linter.model.fields import Family
from linter.model.record import dataclass
from linter.model.values import EMPTY, Values, union


@dataclass(frozen=True, slots=True)
class Addresses:
    """Address sets of the two families."""

    v4: Values = EMPTY
    v6: Values = EMPTY

    def of(self, family: Family) -> Values:
        """The addresses of one family."""
        return self.v4 if family == 4 else self.v6

    def __or__(self, other: "Addresses") -> "Addresses":
        return Addresses(union(self.v4 + other.v4), union(self.v6 + other.v6))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)
