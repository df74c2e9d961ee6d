"""The base chains that filter, with what their rules decide, in both families."""

from collections.abc import Iterator

from flowmodel.record import dataclass
from linter.checks.rulebase.judged import judged
from linter.checks.subject import Subject
from linter.engine.device.fates import Fates


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """One base chain of a device, in one family."""

    device: str
    fates: Fates


def filters(subject: Subject) -> Iterator[Walked]:
    """The base chains that filter and have rules; raises TooComplexError."""
    known: set[int] = set()
    for each in judged(subject):
        for seen in each.seen:
            base = seen.chain.base.base
            if id(seen.chain) not in known and base and base.purpose == "filter":
                known.add(id(seen.chain))
                yield Walked(each.device, seen.chain)
