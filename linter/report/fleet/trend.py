"""What became of the findings of a run in the next one.

That a run does not have a finding means something only where the run would have told it: an input
that was not evaluated, or a check that was left out, makes nothing new and nothing gone.
"""

from collections import Counter
from collections.abc import Iterable

from flowmodel.record import NamedTuple
from linter.report.fleet.found import Run, Told
from linter.report.fleet.groups import Names, names


class Trend(NamedTuple):
    """The findings of two runs; all but `gone`, `settled` and `not_checked` are in the later."""

    files: tuple[str, ...]
    """Of the run before."""
    versions: tuple[str, ...]
    new: tuple[Told, ...]
    changed: tuple[Told, ...]
    """Called as before, and of another level, certainty or size."""
    unchanged: tuple[Told, ...]
    """Of some of them (`size`) only the name is known to be the same."""
    gone: tuple[Told, ...]
    settled: tuple[Told, ...]
    """Still there, and waived or accepted now."""
    first_checked: tuple[Told, ...]
    """The run before would not have told them."""
    not_checked: tuple[Told, ...]
    """The later run would not have told them."""
    added: Names
    """Inputs that the run before did not have."""
    missing: Names
    """Inputs that the later run does not have."""


def trend(before: Run, now: Run) -> Trend:
    """What became of the findings of the run before."""
    old, new = _by_identity(before.findings), _by_identity(now.findings)
    settled = Counter(each.identity for each in now.settled)
    it = _Sorted()
    for identity in {**new, **old}:
        rest = _Pair(old.get(identity, []), new.get(identity, []))
        it.unchanged += rest.take_equal()
        it.changed += rest.take_others()
        for each in rest.new:
            told = before.tells(each.input, each.kind.check)
            (it.new if told else it.first_checked).append(each)
        for each in rest.old:
            if settled[identity] > 0:
                settled[identity] -= 1
                it.settled.append(each)
            else:
                told = now.tells(each.input, each.kind.check)
                (it.gone if told else it.not_checked).append(each)
    return _trend(it, before, now)


class _Sorted:
    """The findings as they are sorted out."""

    def __init__(self) -> None:
        self.new: list[Told] = []
        self.changed: list[Told] = []
        self.unchanged: list[Told] = []
        self.gone: list[Told] = []
        self.settled: list[Told] = []
        self.first_checked: list[Told] = []
        self.not_checked: list[Told] = []


class _Pair:
    """The findings of one name in two runs, of which those that belong together are taken."""

    def __init__(self, old: list[Told], new: list[Told]) -> None:
        self.old = list(old)
        self.new = list(new)

    def take_equal(self) -> list[Told]:
        """Those of the later run that are as bad as one of the run before."""
        sizes = Counter(each.size for each in self.old)
        common = sizes & Counter(each.size for each in self.new)
        self.old = _without(self.old, Counter(common))[0]
        self.new, taken = _without(self.new, common)
        return taken

    def take_others(self) -> list[Told]:
        """As many of the later run's as there are others in the run before."""
        count = min(len(self.old), len(self.new))
        taken = self.new[:count]
        self.old, self.new = self.old[count:], self.new[count:]
        return taken


def _without(findings: list[Told], sizes: Counter[bytes]) -> tuple[list[Told], list[Told]]:
    """The findings without as many as counted of each size, and those."""
    left: list[Told] = []
    taken: list[Told] = []
    for each in findings:
        is_taken = sizes[each.size] > 0
        sizes[each.size] -= is_taken
        (taken if is_taken else left).append(each)
    return left, taken


def _by_identity(findings: Iterable[Told]) -> dict[bytes, list[Told]]:
    found: dict[bytes, list[Told]] = {}
    for each in findings:
        found.setdefault(each.identity, []).append(each)
    return found


def _trend(it: _Sorted, before: Run, now: Run) -> Trend:
    return Trend(
        before.files,
        before.versions,
        tuple(it.new),
        tuple(it.changed),
        tuple(it.unchanged),
        tuple(it.gone),
        tuple(it.settled),
        tuple(it.first_checked),
        tuple(it.not_checked),
        names(name for name in now.inputs if name not in before.inputs),
        names(name for name in before.inputs if name not in now.inputs),
    )
