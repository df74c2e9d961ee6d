"""Spaces in which one machine after the other is asked."""

from typing import Final

from flowmodel.fields import Family
from flowmodel.record import NamedTuple
from linter.engine.sets.space import Bits, Space

_TOGETHER: Final = 64
"""How many machines are asked in one space at most: it keeps what was asked."""


class _Ground(NamedTuple):
    space: Space
    sides: dict[str, Bits]
    variables: int
    """How many there are as long as nobody has been asked about."""


class Grounds:
    """Spaces in which one machine after the other is asked: those of an account are much alike.

    To make one takes as long as to ask a machine of few rules. Only one that is as it was made is
    taken again, without new variables: nothing in it tells who was asked before.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Family, tuple[str, ...], int], _Ground] = {}
        self._count = 0

    def of(
        self, family: Family, names: tuple[str, ...], room: int
    ) -> tuple[Space, dict[str, Bits]]:
        """A space with these names, and the interfaces as variables."""
        key = family, names, room
        self._count += 1
        if self._count > _TOGETHER:
            self.forget()
        found = self._known.get(key)
        if found is None or found.space.manager.num_vars() != found.variables:
            space = Space(family, names, capacity=room)
            sides = {side: space.variables(len(space.fields[side])) for side in ("in", "out")}
            found = self._known[key] = _Ground(space, sides, space.manager.num_vars())
        found.space.is_open = False
        return found.space, found.sides

    def forget(self) -> bool:
        """Lets go of all; whether several machines may have been asked in one."""
        were_several, self._count = self._count > 1, 0
        self._known.clear()
        return were_several
