"""What a rule tests: conditions over the fields of a packet.

Conditions are compared by identity: a parser makes one object for equal texts, so that everything
worked out about a condition (its packet set, whether it can overlap a question) is kept once.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from flowmodel.fields import Family, NameField, NumberField
from flowmodel.record import dataclass
from flowmodel.values import Interval, Values


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """The field's value is in the set."""

    field: NumberField
    values: Values


@dataclass(frozen=True, slots=True, eq=False)
class IsFamily:
    """The packet is of this address family; for tables that see both (nftables: inet, netdev).

    It stands before every test of the family's own fields: in a rule about IPv4 addresses no value
    says that IPv6 packets are not meant.
    """

    family: Family


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """The bits of the field that the mask selects equal `value`; other bits of `value` are 0."""

    field: NumberField
    mask: int
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """The interface's name is one of `names` or begins with one of `prefixes`.

    A packet without such an interface has the empty name.
    """

    field: NameField
    names: frozenset[str]
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """The fields' values, in this order, lie in one of the rows; a row has one interval a field.

    This is a set with concatenated keys, such as an ipset of type hash:net,port.
    """

    fields: tuple[NumberField, ...]
    rows: tuple[tuple[Interval, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """The condition does not hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True, eq=False)
class All:
    """Every one of the conditions holds; an empty tuple always does."""

    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Any:
    """At least one of the conditions holds; an empty tuple never does."""

    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """A match outside the model that is a pure function of the packet and its surroundings.

    Equal texts have equal answers for one packet (owner, string, u32, time): `-m x -j DROP`
    followed by its negation is understood exactly.
    """

    text: str
    of: Literal["", "src", "dst"] = ""
    """The end of the packet that it is about, where that can be no address of the internet.

    A site, which says what the internet is, makes more of it (`linter.engine.site.narrowing`).
    """
    until: str = ""
    """The last day on which it can hold (`2024-05-31`); empty where it has no end."""


@dataclass(frozen=True, slots=True, eq=False)
class Volatile:
    """A match outside the model that has a memory or a die: each visit may answer differently."""

    text: str


Condition = Test | IsFamily | Masked | Name | Relation | Not | All | Any | Unread | Volatile

Match = tuple[Condition, ...]
"""All of the conditions; the empty match is every packet."""

NEVER = Any(())


_HOLDING: Final = (Not, All, Any)
"""Conditions that hold others."""


def leaves(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """The conditions that hold no others, those inside of `Not`, `All` and `Any` too."""
    for condition in conditions:
        # Most hold no others.
        if not isinstance(condition, _HOLDING):
            yield condition
        elif isinstance(condition, Not):
            yield from leaves((condition.condition,))
        else:
            yield from leaves(condition.conditions)


def name_holds(condition: Name, name: str) -> bool:
    """Whether an interface of this name fulfils the condition."""
    return name in condition.names or (bool(name) and name.startswith(condition.prefixes))
