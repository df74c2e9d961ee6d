"""Spaces in which one machine after the other is asked."""

from typing import Final

from flowmodel.fields import Family
from flowmodel.record import NamedTuple
from linter.engine.sets.longlists import Lists
from linter.engine.sets.space import Bits, Space

_TOGETHER: Final = 64
"""How many machines are asked in one space at most: it keeps what was asked."""


class _Ground(NamedTuple):
    space: Space
    sides: dict[str, Bits]
    variables: int
    """How many there are as long as nobody has been asked about."""


def _made(family: Family, names: tuple[str, ...], room: int, lists: Lists | None) -> _Ground:
    space = Space(family, names, room, lists)
    sides = {side: space.variables(len(space.fields[side])) for side in ("in", "out")}
    return _Ground(space, sides, space.manager.num_vars())


class Grounds:
    """Spaces in which one machine after the other is asked: those of an account are much alike.

    To make one takes as long as to ask a machine of few rules. Only one that is as it was made is
    taken again, without new variables: nothing in it tells who was asked before.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Family, tuple[str, ...], int, Lists | None], _Ground] = {}
        self._count = 0

    def of(
        self, family: Family, names: tuple[str, ...], room: int, lists: Lists | None
    ) -> tuple[Space, dict[str, Bits]]:
        """A space with these names, and the interfaces as variables."""
        if lists is not None and lists.are_short:
            # What stands for lists fits one machine.
            made = _made(family, names, room, lists)
            return made.space, made.sides
        key = family, names, room, lists
        self._count += 1
        if self._count > _TOGETHER:
            self.forget()
        found = self._known.get(key)
        if found is None or found.space.manager.num_vars() != found.variables:
            found = self._known[key] = _made(family, names, room, lists)
        found.space.is_open = False
        return found.space, found.sides

    def forget(self) -> bool:
        """Lets go of all; whether several machines may have been asked in one."""
        were_several, self._count = self._count > 1, 0
        self._known.clear()
        return were_several
