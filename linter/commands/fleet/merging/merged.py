"""The shares of a run in one format, put together: all of them, each once, and of one run."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from os.path import normpath
from typing import Final

import linter
from flowmodel.baseline import Unneeded
from flowmodel.finding import Report
from linter.checks.catalogue import IDS
from linter.commands.fleet.agreement import numbers_of, report_on, together
from linter.commands.fleet.cache import own_files
from linter.commands.fleet.kept import Kept
from linter.commands.fleet.merging.head import Head, about
from linter.report.many import Part, Total
from linter.report.tally import NOTHING, Tally

_SHOWN: Final = 10
"""How many missing shares are named."""
_DIGITS: Final = 12
"""Of a hash, what tells two files apart."""
_ANOTHER: Final = {
    "names": "inputs",
    "asked": "options",
    "trace": "options",
    "include_waived": "options",
    "category": "options",
    "settings": "settings",
    "baseline": "inputs",
}
"""What is another one where a member of `run` is."""


class Merged:
    """What was read of shares; the lists have their texts in the order of all inputs."""

    def __init__(self, stack: ExitStack) -> None:
        self._kept = Kept(stack)
        self._program = own_files()
        self.heads: dict[int, Head] = {}
        self._policies: dict[str, tuple[str, str]] = {}
        self._behind: Counter[str] = Counter()

    @property
    def first(self) -> Head:
        """The share that was read first."""
        return next(iter(self.heads.values()))

    def begin(self, head: Head) -> None:
        """Take a share among the others; raises InputError where it is not of their run."""
        if known := self.heads.get(head.number):
            also = f"in {known.path} too" if known.path != head.path else "given twice"
            raise about(head.path, f"share {head.number} of {head.of} is {also}")
        self._refuse_other_program(head)
        if self.heads:
            refuse_another_run(head, self.first)
        self.heads[head.number] = head

    def refuse_other_policy(self, path: str, policy: str, digest: str) -> None:
        """Raises InputError where a file's policy is not what another file says of it."""
        known, where = self._policies.setdefault(normpath(policy), (digest, path))
        if known != digest:
            raise about(path, f"{policy[:1000]} has another content here than in {where}")

    def add(self, name: str, place: int, text: str) -> None:
        """Keep a text of a list of the input at a place."""
        self._kept.add(name, place, text)

    def add_behind(self, part: Part) -> None:
        """Keep texts that are of no input, behind those of all inputs."""
        for name, text in part:
            self._behind[name] += 1
            self.add(name, self.first.inputs, text)

    def of(self, name: str) -> Iterator[str]:
        """The texts of a list."""
        return self._kept.of(name)

    def runs(self, name: str) -> list[tuple[int, int]]:
        """The places whose inputs have texts in a list, with how many, read or not."""
        its = sorted(run for head in self.heads.values() for run in head.lists[name])
        count = self._behind[name]
        return [*its, (self.first.inputs, count)] if count else its

    def refuse_missing(self) -> None:
        """Raises InputError where a share is missing, or an input, or one is there twice."""
        first = self.first
        if len(self.heads) < first.of:
            missing = (each for each in range(1, first.of + 1) if each not in self.heads)
            named = list(islice(missing, _SHOWN))
            more = first.of - len(self.heads) - len(named)
            listed = ", ".join(map(str, named)) + (f" and {more} more" if more else "")
            what = f"share {listed} is" if len(named) == 1 else f"shares {listed} are"
            raise about(first.path, f"of {first.of} shares, {what} missing")
        seen: dict[int, Head] = {}
        for head in self.heads.values():
            for place in head.places:
                if place in seen:
                    raise about(head.path, f"has an input that {seen[place].path} has too")
                seen[place] = head
        if len(seen) != first.inputs:
            raise about(first.path, f"all shares have {len(seen)} inputs, and not {first.inputs}")

    @property
    def numbers(self) -> Tally:
        """What all inputs come to."""
        return sum((head.numbers for head in self.heads.values()), NOTHING)

    @property
    def total(self) -> Total:
        """What the whole run comes to."""
        left_out = {each for head in self.heads.values() for each in head.left_out}
        ids = tuple(each for each in IDS if each in left_out)
        first = self.first
        numbers = self.numbers + numbers_of(self.of_baseline)
        agreed = first.terms.agreed if first.terms else None
        return Total(numbers, first.run["day"], ids, agreed, first.settings)

    @property
    def unneeded(self) -> Unneeded:
        """The entries of the baseline that no input needs which has them."""
        return together(head.unneeded for head in self.heads.values())

    @property
    def of_baseline(self) -> Report | None:
        """What is told of the baseline itself; None for nothing."""
        terms = self.first.terms
        return report_on(terms, self.unneeded, self.numbers) if terms else None

    @property
    def beside(self) -> list[str]:
        """Exports beside sites that no site of any share names."""
        others = [frozenset(head.beside) for head in self.heads.values()]
        return [path for path in self.first.beside if all(path in its for its in others)]

    def _refuse_other_program(self, head: Head) -> None:
        version = head.run["version"]
        if version != linter.__version__:
            message = f"is of fwlint {version[:100]}, and this one is {linter.__version__}"
            raise about(head.path, message)
        if head.run["program"] != self._program:
            message = f"is of another fwlint {version} than this one: its files differ"
            raise about(head.path, message)


def refuse_another_run(head: Head, first: Head) -> None:
    """Raises InputError where two shares are not of one run."""
    if head.of != first.of:
        raise about(head.path, f"is a share of {head.of}, and {first.path} is one of {first.of}")
    days = head.run["day"], first.run["day"]
    if days[0] != days[1]:
        raise about(
            head.path,
            f"is of {days[0][:100]}, and {first.path} of {days[1][:100]}; --date gives all shares "
            "one day",
        )
    levels = head.run["fail_on"], first.run["fail_on"]
    if levels[0] != levels[1]:
        raise about(head.path, f"has --fail-on {levels[0]}, and {first.path} {levels[1]}")
    if head.inputs != first.inputs:
        raise about(head.path, f"is of {head.inputs} inputs, and {first.path} of {first.inputs}")
    if _baseline(head) != _baseline(first):
        message = f"is of a run with {_said(head)}, and {first.path} with {_said(first)}"
        raise about(head.path, message)
    for name, what in _ANOTHER.items():
        if head.run[name] != first.run[name]:
            raise about(head.path, f"is of a run with other {what} than that of {first.path}")


def _baseline(head: Head) -> tuple[str, str]:
    """The baseline of the run: its path, and the hash of what it holds."""
    return (head.terms.agreed.path, head.terms.sha256) if head.terms else ("", "")


def _said(head: Head) -> str:
    path, digest = _baseline(head)
    return f"the baseline {path[:1000]} ({digest[:_DIGITS]})" if digest else "no baseline"
