"""The format of `ip -j addr`, `ip -j route` and `ip -j rule`: where a machine with rules stands."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowmodel.source import Source
from parsers.shared.format import Recipe, Step, Surroundings

if TYPE_CHECKING:
    from parsers.shared.standing import Standing


_KEYS = "ifname|addr_info|dst|priority"
# ip prints an empty list where there is no route; objects are empty where a filter left them out.
_BEGINNING = rf'\s*\[\s*(?:\]\s*\Z|(?:\{{\s*\}}\s*,\s*)*\{{[^{{}}\[\]]*?"(?:{_KEYS})"\s*:)'


def _detect(text: str) -> bool:
    return text.lstrip().startswith("[") and bool(re.match(_BEGINNING, text))


def _read(sources: Sequence[Source]) -> "Standing":
    from parsers.iproute.read import read

    return read(sources)


SURROUNDINGS = Surroundings(
    name="ip -j",
    endings=("json",),
    recipes=(
        Recipe(
            names=("ip -j addr", "ip -j", "ip", "iproute", "addresses"),
            title="Linux, addresses and routes",
            steps=(
                Step(
                    "On the machine; root is not needed. The files say which addresses are its own "
                    "and where its networks are, so name them together with its rules.",
                    (
                        "ip -j addr > edge.addr.json",
                        "ip -j route > edge.route.json",
                        "ip -6 -j route > edge.route6.json",
                        "ip -j rule > edge.rule.json",
                    ),
                ),
            ),
        ),
    ),
    detect=_detect,
    read=_read,
    begins=r"\[",
)
