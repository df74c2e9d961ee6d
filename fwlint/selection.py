"""Which findings the user wants to see."""

from collections.abc import Iterable, Sequence

from flowmodel.finding import Finding
from flowmodel.record import NamedTuple
from fwlint.errors import UsageError
from linter.checks.catalogue import IDS, QUIET


class Selection(NamedTuple):
    """Beginnings of ids: those to show, all if there is none, and those not to show."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def asks(self, check: str) -> bool:
        """Whether the user asks for the check of this id."""
        return self._names(check) and (check in self.wanted or check not in QUIET)

    def _names(self, check: str) -> bool:
        is_wanted = not self.wanted or check.startswith(self.wanted)
        return is_wanted and not check.startswith(self.unwanted)

    def left_out(self, checks: Iterable[str]) -> list[str]:
        """Those of the checks that the user does not ask for; advice is left out by itself."""
        return [each for each in checks if not self._names(each) and each not in QUIET]

    def has(self, finding: Finding) -> bool:
        """Whether the finding is to be shown."""
        return self.asks(finding.check)


def selection(select: Sequence[str], ignore: Sequence[str]) -> Selection:
    """What the arguments ask for, each a list with commas; UsageError if no id begins like that."""
    return Selection(_prefixes(select), _prefixes(ignore))


def _prefixes(arguments: Sequence[str]) -> tuple[str, ...]:
    told = [part.strip() for argument in arguments for part in argument.split(",")]
    prefixes = tuple(map(str.upper, told))
    for prefix, text in zip(prefixes, told, strict=True):
        if not prefix or not any(check.startswith(prefix) for check in IDS):
            raise UsageError(f"no check id starts with {text!r}; `fwlint checks` lists all checks")
    return prefixes
