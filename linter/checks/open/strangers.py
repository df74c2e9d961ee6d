"""What strangers can reach of the marked services, asked about alone.

Checks judge what strangers reach: marked services, and everything. Beside the services, they are
asked about a protocol that nobody has: it passes where everything does. Where none of all this
reaches anything, no row of the table is judged.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from flowmodel.fields import Family
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.values import Values, complement, full, overlaps, single, union
from linter.checks.open.marked import Marked
from linter.checks.open.words import Namer
from linter.engine.device.sieve import Sieve
from linter.engine.device.wanted import Services, Wanted, before_translation

if TYPE_CHECKING:
    from linter.checks.open.rows import Found


_NOBODYS: Final = 253
"""A protocol of no service (RFC 3692, for experiments). Marked services alone would not tell of
everything to addresses for many, to which nobody sends TCP."""


class UnclearError(Exception):
    """What is open to strangers may be more than the services that were asked about."""


class Strangers:
    """Everybody who is not inside, with the services that they must not find open."""

    def __init__(self, family: Family, known: Sequence[Marked]) -> None:
        self.family: Family = family
        self._bits = 32 if family == 4 else 128
        self._outside = complement(Namer(family, {}).private, self._bits)
        self._services: Services = {
            proto: union(ports for each in known if each.proto == proto for ports in each.ports)
            for proto in {each.proto for each in known}
        } | {_NOBODYS: single(0)}

    @cached_property
    def _sieve(self) -> Sieve:
        return Sieve(
            self.family,
            {
                "src": self._outside,
                "proto": union((proto, proto) for proto in self._services),
                "dport": union(each for ports in self._services.values() for each in ports),
            },
        )

    def may_pass(self, rulesets: Sequence[RuleSet], traffic: Traffic) -> bool:
        """Whether rules may let them reach what is judged, read off without packet sets."""
        return self._sieve.may_pass(rulesets, traffic)

    def packets(self, rulesets: Sequence[RuleSet]) -> Wanted | None:
        """What they send for what is judged; None where nobody knows what becomes such.

        Where none of it passes, no row of the table is judged: a line says no more than what
        passes, what other lines tell, and what nobody asks about.
        """
        services = before_translation(rulesets, self.family, self._services)
        return None if services is None else Wanted(services, self._outside, full(self._bits))

    def destinations(self, rulesets: Sequence[RuleSet], traffic: Traffic) -> Values:
        """Where they can send to, if nothing sends it on: not to private addresses behind it."""
        is_behind = traffic == "forward" and not any(each.place for each in rulesets)
        return self._outside if is_behind else full(self._bits)

    def from_anybody(self, wanted: Wanted, rows: "Sequence[Found]") -> Wanted:
        """What is wanted to the destinations of the rows, whoever sends it."""
        destinations = union(each for row in rows for each in row.ends.destinations)
        return replace(wanted, sources=full(self._bits), destinations=destinations)


def of_some_services(rows: "Sequence[Found]", there: Values) -> "list[Found]":
    """The rows that are sent on, or go there, if they can only be about single services.

    Whether everything is open, or nearly so by default, only the whole table tells: then it raises
    UnclearError.
    """
    found = [each for each in rows if each.row.sent_on or overlaps(each.ends.destinations, there)]
    if any(each.is_everything or each.row.by[0].kind != "rule" for each in found):
        raise UnclearError
    return found
