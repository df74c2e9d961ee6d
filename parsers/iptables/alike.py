"""Rules that follow each other and are written alike but for one address, as blocklists are."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from flowmodel.match import Match, Test
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Rule
from flowmodel.source import Source
from flowmodel.values import Interval
from parsers.iptables.targets import Outcome
from parsers.shared.values import plain_networks

_FEW: Final = 16
"""Shorter runs are read line by line."""
_NETWORK: Final = r"[0-9]++\.[0-9]++\.[0-9]++\.[0-9]++(?>(?:/[1-9][0-9]?+)?)"
_RUN: Final = re.compile(
    rf"\n(?P<head>-A \S++ -(?P<side>[sd]) ){_NETWORK}(?P<tail> [^\n]*+)"
    rf"(?>(?:\n(?P=head){_NETWORK}(?P=tail)(?![^\n])){{{_FEW - 1},}})"
)
_SIDES: Final[dict[str, Literal["src", "dst"]]] = {"s": "src", "d": "dst"}


class Run(NamedTuple):
    """Lines of which each asks for one IPv4 network first, and that are the same in all else."""

    first: int
    """The number of the first line."""
    side: Literal["src", "dst"]
    networks: Sequence[Interval]
    """Those that the lines ask for, in their order; none is all addresses."""

    @property
    def end(self) -> int:
        """The number of the line behind the last one."""
        return self.first + len(self.networks)

    def rules(self, source: Source, match: Match, outcome: Outcome) -> list[Rule]:
        """The rules of the lines, of which the first one asks and does this, the network first.

        What stands in a line beside the network means the same in all of them: its digits, points
        and slash neither end a word nor begin another part of the rule.
        """
        side, others, verdict, effects = self.side, match[1:], outcome.verdict, outcome.effects
        return [
            Rule((Test(side, (network,)), *others), verdict, source, number, 1, 0, 0, effects)
            for number, network in enumerate(self.networks, self.first)
        ]


def runs(lines: Sequence[str], start: int, end: int) -> Iterator[Run]:
    """The runs among the lines with these numbers, without the last one; `start` begins none.

    Those with an address of an unusual form are left out.
    """
    text = "\n".join(lines[start - 1 : end - 1])
    number, at = start, 0
    for found in _RUN.finditer(text):
        number += text.count("\n", at, found.start()) + 1
        at = found.start() + 1
        head, tail = found["head"], found["tail"]
        inside = found[0][1 + len(head) : -len(tail)]
        networks = plain_networks(inside.split(f"{tail}\n{head}"))
        if networks:
            yield Run(number, _SIDES[found["side"]], networks)
