"""The format of `ipset save`, whose sets rules of iptables ask for."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from flowmodel.source import Source
from parsers.shared.format import Companion, Recipe, Step

if TYPE_CHECKING:
    from parsers.shared.sets import NamedSet


def _detect(text: str) -> bool:
    for line in text.split("\n", 1000):
        if line.strip() and not line.startswith("#"):
            pattern = r"create\s+\S+\s+(?:hash|bitmap|list):"
            return line.startswith("create") and bool(re.match(pattern, line))
    return False


def _sets(source: Source) -> "Mapping[str, NamedSet]":
    from parsers.ipset.read import parse_sets

    return parse_sets(source)


COMPANION = Companion(
    name="ipset save",
    endings=("ipset", "save"),
    recipes=(
        Recipe(
            names=("ipset save", "ipset"),
            title="Linux, sets of iptables",
            steps=(
                Step(
                    "On the machine, as root. Name the file together with the rules that ask for "
                    "the sets: it has no rules of its own.",
                    ("ipset save > edge.ipset", "fwlint check edge.rules edge.rules6 edge.ipset"),
                ),
            ),
        ),
    ),
    detect=_detect,
    sets=_sets,
    begins=r"create\s|add\s",
)
