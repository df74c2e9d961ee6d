"""What a run finds out of its long lists of addresses, so that a few of these stand for all."""

from collections.abc import Iterable, Sequence
from operator import is_not
from typing import Final

from flowmodel.fields import Family
from flowmodel.values import Values
from linter.engine.sets.standins import LONG, StandIns, ends, marked

_TIMES: Final = 16
"""How often a question starts again for one family; then it is asked without stand-ins."""
_LISTS: Final = 8
"""How many lists are told apart at most: all their combinations may be cells."""
_CUTS: Final = 20_000
_CUT: Final = 256
"""What has more ranges is told apart as a list, where there are lists: its ends are too many."""


class UnfitError(MemoryError):
    """The question has to start again: it asks for other cells than were expected.

    Like want of room, it says nothing of what was asked.
    """


class LongLists:
    """What has been found out of long lists in both families, and of the cuts that they need.

    `others` were asked before, and most often about the same lists.
    """

    def __init__(self, others: "LongLists | None" = None) -> None:
        self._families: dict[Family, Lists] = {}
        self.kinds: dict[Family, Kinds] = others.kinds if others else {}
        """What is known of the lists themselves."""

    def of(self, family: Family) -> "Lists":
        """The lists of one family."""
        if family not in self._families:
            bits = 32 if family == 4 else 128
            kinds = self.kinds.setdefault(family, Kinds(bits))
            self._families[family] = Lists(bits, kinds)
        return self._families[family]


class Kinds:
    """All addresses by the lists that they are in, for who asks for the same lists again."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._lists: tuple[Values, ...] = ()
        self._found: dict[int, Values] = {}

    def of(self, lists: Sequence[Values]) -> dict[int, Values]:
        """The addresses by these lists, as `marked` tells them; the last ones are kept."""
        known = self._lists
        if len(known) != len(lists) or any(map(is_not, known, lists)):
            self._lists, self._found = tuple(lists), marked(self._bits, lists)
        return self._found


class Lists:
    """The long lists of one family."""

    def __init__(self, bits: int, kinds: Kinds | None = None) -> None:
        self._bits = bits
        self._kinds = kinds or Kinds(bits)
        self._known: list[Values] = []
        self._cuts: set[int] = {0}
        self._times = 0
        self.are_long = False
        """Whether the diagrams are made of the lists themselves."""
        self._is_expected = False
        self._made: StandIns | None = None

    def stand_ins(self) -> StandIns | None:
        """What stands for the lists; None where there are none, or nothing can."""
        if self.are_long or not self._known:
            return None
        if self._made is None:
            # Whoever asks for them, they are the same in the same order.
            lists = sorted(self._known)
            self._made = StandIns(self._bits, lists, self._kinds.of(lists), self._cuts)
        return self._made.copy()

    def codes(self, values: Values, stand_ins: StandIns | None, *, is_address: bool) -> Values:
        """What stands for values in a space; those themselves where nothing does there.

        Raises UnfitError where that needs another space. Other values than addresses are as long
        (marks), and of these no list is known.
        """
        if stand_ins is None and (self.are_long or len(values) <= LONG):
            return values
        if not is_address:
            if len(values) > LONG:
                raise self.give_up()
            return values
        if stand_ins is None:
            raise self.learn(values)
        found = stand_ins.coded(values)
        if found is None:
            raise self.learn(values, stand_ins.cuts)
        return found

    @property
    def are_short(self) -> bool:
        """Whether some are known for which others can stand."""
        return bool(self._known)

    def expect(self, several: Iterable[Values]) -> None:
        """Notes down what of these will be asked for too, where some list was: once."""
        if self._known and not self._is_expected:
            self._is_expected = True
            self._note(each for each in several if len(each) > _CUT)
            if len(self._known) > _LISTS:
                self.give_up()

    def learn(self, values: Values, cuts: Iterable[int] = ()) -> UnfitError:
        """The error to raise, now that it is known that these are told apart."""
        if self.are_long:
            return self.give_up()
        self._times += 1
        self._cuts.update(cuts)
        if len(values) > _CUT:
            self._note((values,))
        else:
            self._cuts.update(ends(values, self._bits))
        self._made = None
        if self._times > _TIMES or len(self._known) > _LISTS or len(self._cuts) > _CUTS:
            return self.give_up()
        return UnfitError("long lists are told apart")

    def give_up(self) -> UnfitError:
        """The error to raise where the addresses of the lists themselves are needed."""
        self.are_long = True
        self._known.clear()
        self._made = None
        return UnfitError("long lists are told apart by their bits")

    def _note(self, several: Iterable[Values]) -> None:
        for each in several:
            if not any(each is other or each == other for other in self._known):
                self._known.append(each)
                self._made = None
